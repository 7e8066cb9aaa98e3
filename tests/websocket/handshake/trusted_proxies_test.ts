import { assertEquals, assertThrows } from "@std/assert";
import { pipe } from "@vnet/net/testing";
import { HeaderFields } from "../../../internal/http/header_fields.ts";
import {
  findSource,
  type ProxyOptions,
  toProxyTrust,
} from "../../../websocket/handshake/_trusted_proxies.ts";
import { newServer } from "../../../websocket/callbacks/server.ts";
import { upgradeWebSocket } from "../../../websocket/upgrade_websocket.ts";

const CLIENT = "203.0.113.7";
const FIELDS = {
  "x-forwarded-for": CLIENT,
  "x-forwarded-proto": "https",
  "x-forwarded-host": "chat.example",
};

function find(
  remoteAddr: unknown,
  options: ProxyOptions,
  lines: Readonly<Record<string, string>> = FIELDS,
) {
  const fields = new HeaderFields();
  for (const [name, value] of Object.entries(lines)) fields.add(name, value);
  const socket = { remoteAddr, isSecure: false };
  return findSource(fields, socket, toProxyTrust(options));
}

function from(hostname: string): Deno.NetAddr {
  return { transport: "tcp", hostname, port: 50_000 };
}

const HERE = { trustedProxies: { from: ["127.0.0.0/8", "::1"] } };

Deno.test("findSource() believes trusted proxies only", () => {
  for (
    const hostname of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]
  ) {
    assertEquals(find(from(hostname), HERE), {
      clientAddress: CLIENT,
      isProxied: true,
      isSecure: false,
      host: undefined,
    }, hostname);
  }
  for (const options of [{}, HERE, { ...HERE, forwardedOrigin: true }]) {
    assertEquals(find(from("192.0.2.1"), options), {
      clientAddress: "192.0.2.1",
      isProxied: false,
      isSecure: false,
      host: undefined,
    });
  }
});

Deno.test("findSource() takes the proxy for the client if the field is missing", () => {
  const { clientAddress, isProxied } = find(from("127.0.0.1"), HERE, {});
  assertEquals([clientAddress, isProxied], ["127.0.0.1", true]);
});

Deno.test("findSource() takes the origin from proxies only with forwardedOrigin", () => {
  const options = { ...HERE, forwardedOrigin: true };
  const { isSecure, host } = find(from("127.0.0.1"), options);
  assertEquals([isSecure, host], [true, "chat.example"]);
  const without = find(from("127.0.0.1"), options, {});
  assertEquals([without.isSecure, without.host], [false, undefined]);
});

Deno.test("findSource() never reads the field that is not chosen", () => {
  const header = "forwarded";
  const trustedProxies = { from: ["127.0.0.1"], header } as const;
  const options = { trustedProxies, forwardedOrigin: true };
  const lines = {
    ...FIELDS,
    forwarded: 'for="[2001:db8::5]:1";proto=https;host=new.example',
  };
  const told = find(from("127.0.0.1"), options, lines);
  assertEquals([told.clientAddress, told.host], ["2001:db8::5", "new.example"]);
  const other = find(from("127.0.0.1"), options);
  assertEquals([other.clientAddress, other.host], ["127.0.0.1", undefined]);
  const usual = find(from("127.0.0.1"), HERE, lines);
  assertEquals(usual.clientAddress, CLIENT);
});

Deno.test("findSource() believes Unix sockets if told so, and pipes never", () => {
  const unix: Deno.UnixAddr = { transport: "unix", path: "/run/chat.sock" };
  const trusted = { trustedProxies: { from: ["unix"] } };
  assertEquals(find(unix, trusted).clientAddress, CLIENT);
  assertEquals(find(unix, trusted, {}).clientAddress, undefined);
  assertEquals(find(unix, HERE).clientAddress, undefined);
  const [left, right] = pipe();
  const everyone = { trustedProxies: { from: ["unix", "0.0.0.0/0", "::/0"] } };
  assertEquals(find(left.remoteAddr, everyone), {
    clientAddress: undefined,
    isProxied: false,
    isSecure: false,
    host: undefined,
  });
  left.terminate();
  right.terminate();
});

Deno.test("trustedProxies and forwardedOrigin are checked when they are given", () => {
  const bad: readonly [
    options: unknown,
    type: ErrorConstructor,
    message: string,
  ][] = [
    [{ trustedProxies: "10.0.0.1" }, TypeError, "Cannot use trustedProxies"],
    [{ trustedProxies: {} }, TypeError, "Cannot use trustedProxies.from"],
    [{ trustedProxies: { from: [] } }, TypeError, "the address of a proxy"],
    [
      { trustedProxies: { from: ["localhost"] } },
      SyntaxError,
      'Cannot use "localhost" in trustedProxies.from',
    ],
    [
      { trustedProxies: { from: ["::1"], header: "x-real-ip" } },
      TypeError,
      "Cannot use trustedProxies.header",
    ],
    [{ ...HERE, forwardedOrigin: 1 }, TypeError, "Cannot use forwardedOrigin"],
    [{ forwardedOrigin: true }, TypeError, "expected trustedProxies beside it"],
  ];
  for (const [options, type, message] of bad) {
    const given = options as ProxyOptions;
    assertThrows(() => newServer(0, "", given), type, message);
    const request = new Request("http://127.0.0.1/");
    assertThrows(() => upgradeWebSocket(request, given), type, message);
  }
});
