import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { pipe } from "@vnet/net/testing";
import {
  acceptWebSocket,
  dialWebSocket,
  newServer,
  upgradeWebSocket,
} from "@vnet/net/websocket";
import {
  type AllowedOrigins,
  checkAllowedOrigins,
  isAllowedOrigin,
} from "../../../websocket/handshake/_origin.ts";
import { serve } from "../support/_servers.ts";

function check(
  origin: string | undefined,
  host: string,
  isSecure = false,
  allowed: AllowedOrigins = [],
): boolean {
  return isAllowedOrigin(origin, { host, isSecure }, allowed);
}

Deno.test("isAllowedOrigin() lets requests without an origin pass", () => {
  assertEquals(check(undefined, "example.org"), true);
  assertEquals(check(undefined, "example.org", true, []), true);
});

Deno.test("isAllowedOrigin() lets the same origin pass, by scheme, host and port", () => {
  const same: [string, string, boolean][] = [
    ["http://example.org", "example.org", false],
    ["http://example.org", "EXAMPLE.org:80", false],
    ["HTTP://Example.ORG:80", "example.org", false],
    ["https://example.org", "example.org", true],
    ["https://example.org", "example.org:443", true],
    ["http://example.org:8080", "example.org:8080", false],
    ["http://[::1]:8080", "[::1]:8080", false],
    ["http://127.0.0.1", "127.0.0.1", false],
  ];
  for (const [origin, host, isSecure] of same) {
    assertEquals(check(origin, host, isSecure), true, origin);
  }
  const others: [string, string, boolean][] = [
    ["https://evil.example", "example.org", false],
    ["https://example.org", "example.org", false],
    ["http://example.org", "example.org", true],
    ["http://example.org:8080", "example.org", false],
    ["http://example.org", "example.org:8080", false],
    ["http://sub.example.org", "example.org", false],
    ["http://example.org.evil.example", "example.org", false],
    ["null", "null", false],
    ["", "example.org", false],
    ["example.org", "example.org", false],
    ["http://user@example.org", "example.org", false],
    ["http://evil.example@example.org", "example.org", false],
    ["http://example.org/path", "example.org", false],
    ["http://example.org?", "example.org", false],
    ["http://example.org#", "example.org", false],
    ["http://example.org\\@evil.example", "example.org", false],
    ["http://example.org, http://example.org", "example.org", false],
    [" http://example.org", "example.org", false],
    ["http://exa\tmple.org", "example.org", false],
    ["file://", "", false],
  ];
  for (const [origin, host, isSecure] of others) {
    assertEquals(check(origin, host, isSecure), false, origin);
  }
});

Deno.test("isAllowedOrigin() widens to strings, patterns and any", () => {
  const host = "api.example";
  const allowed = [
    "https://App.example:443",
    /^https:\/\/\w+\.test$/gy,
    "null",
  ];
  assertEquals(check("https://app.example", host, true, allowed), true);
  assertEquals(check("http://app.example", host, true, allowed), false);
  // A pattern with state gives the same answer each time.
  for (let count = 0; count < 3; count++) {
    assertEquals(check("https://a.test", host, true, allowed), true);
    assertEquals(check("https://a.test.evil", host, true, allowed), false);
  }
  assertEquals(check("null", host, true, allowed), true);
  assertEquals(check("https://api.example", host, true, allowed), true);
  assertEquals(check("https://evil.example", host, true, allowed), false);
  assertEquals(check("https://evil.example", host, true, "*"), true);
  assertEquals(check("https://evil.example", host, true, ["*"]), true);
});

Deno.test("isAllowedOrigin() takes an asterisk for one label or more", () => {
  const allowed = ["https://*.Example.com", "http://*.dev.test:8080"];
  const good = [
    "https://a.example.com",
    "https://A.B.example.com",
    "https://a.example.com:443",
    "https://xn--gre-6ka8i.example.com",
    "http://a.dev.test:8080",
  ];
  for (const origin of good) {
    assertEquals(check(origin, "x", true, allowed), true, origin);
  }
  const bad = [
    "https://example.com",
    "https://.example.com",
    "https://a..example.com",
    "https://evilexample.com",
    "https://a-example.com",
    "http://a.example.com",
    "https://a.example.com:8443",
    "https://a.example.com.evil.test",
    "https://a.example.com.",
    "https://evil.test/.example.com",
    "https://evil.test#.example.com",
    "https://evil.test:1.example.com",
    "https://u@a.example.com",
    "http://dev.test:8080",
    "http://a.dev.test",
    "null",
  ];
  for (const origin of bad) {
    assertEquals(check(origin, "x", true, allowed), false, origin);
  }
  assertEquals(
    check("https://a.xn--gre-6ka8i.test", "x", true, ["https://*.größe.test"]),
    true,
  );
});

Deno.test("checkAllowedOrigins() refuses what matches no origin", () => {
  const bad: unknown[] = [
    ["app.example"],
    ["app.example:8080"],
    ["*.example.com"],
    ["https://"],
    ["https://app.example/path"],
    ["https://app.example?x"],
    ["https://u@app.example"],
    ["https://*"],
    ["https://*example.com"],
    ["https://a.*.example.com"],
    ["https://*.*.example.com"],
    ["https://*.example.com/path"],
    ["https://*.0.0.1"],
    ["https://*."],
    ["https://*..example"],
    ["https://*.:80"],
    ["ws://app.example"],
    ["WSS://app.example"],
    ["wss://*.app.example"],
    ["ftp://app.example"],
    ["file://app"],
    ["blob:https://app.example"],
    [" https://app.example"],
    ["https://good.example", ""],
    [undefined],
    [1],
    "https://app.example",
    1,
    null,
    {},
  ];
  for (const allowed of bad) {
    assertThrows(
      () => checkAllowedOrigins(allowed),
      TypeError,
      "allowedOrigins",
      Deno.inspect(allowed),
    );
  }
  checkAllowedOrigins("*");
  checkAllowedOrigins([]);
  checkAllowedOrigins([
    "*",
    "null",
    /x/,
    "https://a.example",
    "HTTP://[::1]:80/",
    "https://*.example.com:8443",
    "chrome-extension://abc",
    "capacitor://localhost",
  ]);
});

Deno.test("All servers check allowedOrigins when they are given", async () => {
  const allowedOrigins = ["app.example"];
  const says = 'Cannot use "app.example" in allowedOrigins: expected an origin';
  assertThrows(() => newServer(0, "", { allowedOrigins }), TypeError, says);
  const request = new Request("http://127.0.0.1/");
  assertThrows(
    () => upgradeWebSocket(request, { allowedOrigins }),
    TypeError,
    says,
  );
  const [left, right] = pipe();
  await assertRejects(
    () => acceptWebSocket(left, { allowedOrigins }),
    TypeError,
    says,
  );
  assertEquals(left.state, "closed");
  right.close();
});

Deno.test('All servers take "*" in a list of origins for any origin', async () => {
  const headers = { origin: "https://evil.example" };
  const allowedOrigins = ["https://app.example", "*"];
  const server = newServer(0, "", { hostname: "127.0.0.1", allowedOrigins });
  await using served = await serve(server);
  await using http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => upgradeWebSocket(request, { allowedOrigins }).response,
  );
  const { port } = http.addr as Deno.NetAddr;
  for (const url of [served.url, `ws://127.0.0.1:${port}/`]) {
    const client = await dialWebSocket(url, { headers });
    await client.close();
  }
});
