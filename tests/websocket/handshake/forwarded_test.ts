import { assertEquals } from "@std/assert";
import {
  type ForwardedHeader,
  readForwarded,
} from "../../../websocket/handshake/_forwarded.ts";
import { HeaderFields } from "../../../internal/http/header_fields.ts";

const isTrusted = (address: string) =>
  address.startsWith("10.") || address === "fd00::1";

function read(
  header: ForwardedHeader,
  lines: readonly (readonly [name: string, value: string])[],
) {
  const fields = new HeaderFields();
  for (const [name, value] of lines) fields.add(name, value);
  return readForwarded(fields, "10.0.0.1", header, isTrusted);
}

function clientOf(header: ForwardedHeader, ...values: string[]) {
  return read(header, values.map((value) => [header, value] as const)).client;
}

Deno.test("readForwarded() takes the rightmost address that is not trusted", () => {
  for (
    const [value, client] of [
      ["203.0.113.5", "203.0.113.5"],
      ["6.6.6.6, 203.0.113.5", "203.0.113.5"],
      ["203.0.113.5, 10.0.0.9", "203.0.113.5"],
      ["6.6.6.6, 203.0.113.5, 10.0.0.9,10.0.0.8", "203.0.113.5"],
      ["203.0.113.5:4711", "203.0.113.5"],
      ["2001:db8::5", "2001:db8::5"],
      ["[2001:db8::5]:4711", "2001:db8::5"],
      ["::ffff:203.0.113.5", "203.0.113.5"],
      ["10.0.0.3, 10.0.0.2", "10.0.0.3"],
      ["203.0.113.5, fd00::1", "203.0.113.5"],
    ]
  ) {
    assertEquals(clientOf("x-forwarded-for", value), client, value);
  }
});

Deno.test("readForwarded() joins repeated fields in their order", () => {
  assertEquals(
    clientOf("x-forwarded-for", "6.6.6.6", "203.0.113.5, 10.0.0.9"),
    "203.0.113.5",
  );
  assertEquals(
    clientOf("forwarded", "for=6.6.6.6", "for=203.0.113.5, for=10.0.0.9"),
    "203.0.113.5",
  );
});

Deno.test("readForwarded() stops at what is no address", () => {
  for (
    const [value, client] of [
      ["", "10.0.0.1"],
      ["unknown", "10.0.0.1"],
      ["203.0.113.5, unknown", "10.0.0.1"],
      ["203.0.113.5, unknown, 10.0.0.9", "10.0.0.9"],
      ["203.0.113.5,", "10.0.0.1"],
      ["203.0.113.500", "10.0.0.1"],
      ["fe80::1%eth0", "10.0.0.1"],
      ["[::1", "10.0.0.1"],
    ]
  ) {
    assertEquals(clientOf("x-forwarded-for", value), client, value);
  }
});

Deno.test("readForwarded() reads Forwarded by RFC 7239", () => {
  for (
    const [value, client] of [
      ["for=203.0.113.5", "203.0.113.5"],
      ["For=203.0.113.5;proto=https;by=10.0.0.1", "203.0.113.5"],
      ['for="[2001:db8::5]:4711"', "2001:db8::5"],
      ['for="203.0.113.5:4711", for=10.0.0.9', "203.0.113.5"],
      ['for=6.6.6.6, for="203.0.113.5"', "203.0.113.5"],
      ['for="a, for=6.6.6.6", for=203.0.113.5', "203.0.113.5"],
      ['for="\\2\\03.0.113.5"', "203.0.113.5"],
      ["for=203.0.113.5, for=_hidden", "10.0.0.1"],
      ['for=", for=203.0.113.5', "203.0.113.5"],
      ['for="6.6.6.6, for=203.0.113.5;proto=https', "203.0.113.5"],
      ["for=unknown", "10.0.0.1"],
      ["by=10.0.0.1", "10.0.0.1"],
      ["for=203.0.113.5;for=6.6.6.6", "10.0.0.1"],
      ["for = 203.0.113.5", "10.0.0.1"],
      ['for="203.0.113.5', "10.0.0.1"],
      ["203.0.113.5", "10.0.0.1"],
    ]
  ) {
    assertEquals(clientOf("forwarded", value), client, value);
  }
});

Deno.test("readForwarded() never reads the other field", () => {
  const lines = [
    ["forwarded", "for=6.6.6.6;proto=https;host=evil.example"],
    ["x-forwarded-for", "203.0.113.5"],
  ] as const;

  assertEquals(read("x-forwarded-for", lines), {
    client: "203.0.113.5",
    isSecure: undefined,
    host: undefined,
  });
  assertEquals(
    read("forwarded", [
      ["x-forwarded-for", "6.6.6.6"],
      ["x-forwarded-proto", "https"],
      ["x-forwarded-host", "evil.example"],
      ["forwarded", "for=203.0.113.5"],
    ]),
    { client: "203.0.113.5", isSecure: undefined, host: undefined },
  );
});

Deno.test("readForwarded() tells the scheme and the host of the nearest proxy", () => {
  assertEquals(
    read("x-forwarded-for", [
      ["x-forwarded-for", "203.0.113.5"],
      ["x-forwarded-proto", "http, HTTPS"],
      ["x-forwarded-host", "evil.example, app.example:8443"],
    ]),
    { client: "203.0.113.5", isSecure: true, host: "app.example:8443" },
  );
  assertEquals(
    read("x-forwarded-for", [["x-forwarded-proto", "http"]]).isSecure,
    false,
  );
  assertEquals(
    read("x-forwarded-for", [["x-forwarded-proto", "gopher"]]).isSecure,
    undefined,
  );
});

Deno.test("readForwarded() takes both from the element of the client", () => {
  assertEquals(
    read("forwarded", [[
      "forwarded",
      'for=6.6.6.6;proto=http;host=evil.example, for=203.0.113.5;proto=https;host="app.example:8443", for=10.0.0.9;proto=http;host=inner',
    ]]),
    { client: "203.0.113.5", isSecure: true, host: "app.example:8443" },
  );
});
