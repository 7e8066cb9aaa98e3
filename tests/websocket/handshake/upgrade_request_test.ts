import { assert, assertEquals } from "@std/assert";
import {
  isRefusal,
  readUpgradeRequest,
  type UpgradeOptions,
  type UpgradeRequest,
} from "../../../websocket/handshake/_upgrade_request.ts";
import { type Fields, KEY, request } from "../support/_heads.ts";

function read(
  fields: Fields = {},
  line = "GET / HTTP/1.1",
  options: Partial<UpgradeOptions> = {},
) {
  const all = { isSecure: false, ...options };
  return readUpgradeRequest(request(fields, line), all);
}

function accepted(...args: Parameters<typeof read>): UpgradeRequest {
  const outcome = read(...args);
  if (isRefusal(outcome)) throw new Error(outcome.reason);
  return outcome;
}

function status(...args: Parameters<typeof read>): number | undefined {
  const outcome = read(...args);
  return isRefusal(outcome) ? outcome.status : undefined;
}

Deno.test("readUpgradeRequest() reads a good request", () => {
  const outcome = accepted({
    "Origin": "http://example.org",
    "Sec-WebSocket-Protocol": ["chat, superchat", "v2"],
    "Sec-WebSocket-Extensions": ["permessage-deflate; x", "other"],
    "Cookie": "a=1",
  }, "GET /room/1?name=a&b=c HTTP/1.1");
  assertEquals(outcome.resourceName, "/room/1?name=a&b=c");
  assertEquals(outcome.path, "/room/1");
  assertEquals(outcome.host, "example.org");
  assertEquals(outcome.origin, "http://example.org");
  assertEquals(outcome.key, KEY);
  assertEquals(outcome.protocols, ["chat", "superchat", "v2"]);
  assertEquals(outcome.extensions, [
    {
      name: "permessage-deflate",
      params: [{ name: "x", value: undefined }],
    },
    { name: "other", params: [] },
  ]);
  assertEquals(outcome.fields.get("cookie"), "a=1");
});

Deno.test("readUpgradeRequest() compares Upgrade and Connection without regard to case and order", () => {
  accepted({ "Upgrade": "WebSocket", "Connection": "keep-alive, UPGRADE" });
  accepted({ "Connection": ["keep-alive", "upgrade"] });
  accepted({ "Upgrade": "foo, websocket" });
});

Deno.test("readUpgradeRequest() refuses other methods, versions and bodies with 400", () => {
  for (const method of ["POST", "HEAD", "get", "CONNECT"]) {
    assertEquals(status({}, `${method} / HTTP/1.1`), 400);
  }
  assertEquals(status({}, "GET / HTTP/1.0"), 400);
  assertEquals(status({ "Content-Length": "5" }), 400);
  assertEquals(status({ "Content-Length": ["0", "5"] }), 400);
  assertEquals(status({ "Transfer-Encoding": "chunked" }), 400);
  accepted({ "Content-Length": "0" });
});

Deno.test("readUpgradeRequest() refuses a missing, repeated or malformed Host with 400", () => {
  const bad = [undefined, "", ["a", "a"], "a b", "a/b", "a?b", "u@a", "a:b"];
  bad.push("[::1", "a:99999", "a\\b", "a#b");
  for (const host of bad) assertEquals(status({ "Host": host }), 400);
  for (const host of ["a", "a:1", "[::1]:80", "127.0.0.1", "a_b.example"]) {
    assertEquals(accepted({ "Host": host }).host, host);
  }
});

Deno.test("readUpgradeRequest() takes paths and whole URLs, and no other targets", () => {
  const whole = accepted({}, "GET http://other.example:81/a?b HTTP/1.1");
  assertEquals(
    [whole.resourceName, whole.path, whole.host],
    ["/a?b", "/a", "other.example:81"],
  );
  for (const target of ["*", "a", "a:80", "ftp://a/", "/a#b", "http://"]) {
    assertEquals(status({}, `GET ${target} HTTP/1.1`), 400);
  }
});

Deno.test("readUpgradeRequest() refuses another path than the route with 404", () => {
  const options = { route: "/chat" };
  accepted({}, "GET /chat HTTP/1.1", options);
  accepted({}, "GET /chat?x HTTP/1.1", options);
  for (const path of ["/", "/chat/", "/Chat", "/chats", "/chat%20"]) {
    assertEquals(status({}, `GET ${path} HTTP/1.1`, options), 404);
  }
  // Also to those that want no WebSocket.
  const plain = { "Upgrade": undefined, "Connection": undefined };
  assertEquals(status(plain, "GET /x HTTP/1.1", options), 404);
});

Deno.test("readUpgradeRequest() answers who wants no WebSocket with 426", () => {
  assertEquals(status({ "Upgrade": undefined, "Connection": undefined }), 426);
  assertEquals(status({ "Upgrade": "h2c" }), 426);
  assertEquals(status({ "Upgrade": "websockets" }), 426);
});

Deno.test("readUpgradeRequest() refuses a missing or malformed Connection or Upgrade with 400", () => {
  assertEquals(status({ "Connection": undefined }), 400);
  assertEquals(status({ "Connection": "keep-alive" }), 400);
  assertEquals(status({ "Upgrade": "" }), 400);
  const blanks = " ,".repeat(32768);
  assertEquals(status({ "Connection": blanks }), 400);
  assertEquals(status({ "Upgrade": blanks }), 400);
});

Deno.test("readUpgradeRequest() answers other protocol versions with 426", () => {
  for (const version of [undefined, "", "8", "12", "14", "013", "13, 8"]) {
    assertEquals(status({ "Sec-WebSocket-Version": version }), 426);
  }
  assertEquals(status({ "Sec-WebSocket-Version": ["13", "13"] }), 426);
});

Deno.test("readUpgradeRequest() refuses keys that are not Base64 of 16 bytes, once", () => {
  const bad = [undefined, "", "dummy", "a".repeat(1024), [KEY, KEY]];
  bad.push(`${KEY}, ${KEY}`, "dGhlIHNhbXBsZSBub25jZR==");
  for (const key of bad) {
    assertEquals(status({ "Sec-WebSocket-Key": key }), 400);
  }
});

Deno.test("readUpgradeRequest() refuses malformed subprotocols with 400", () => {
  const bad = ["", ",", "a b", "a, a", "a/b", "\xe9", `b${" ".repeat(32000)}x`];
  for (const protocol of bad) {
    assertEquals(status({ "Sec-WebSocket-Protocol": protocol }), 400);
  }
  assertEquals(accepted().protocols, []);
  const single = accepted({ "Sec-WebSocket-Protocol": "chat" });
  assertEquals(single.protocols, ["chat"]);
  assertEquals(
    accepted({ "Sec-WebSocket-Protocol": "__proto__, constructor" }).protocols,
    ["__proto__", "constructor"],
  );
});

Deno.test("readUpgradeRequest() declines malformed extensions without refusing", () => {
  for (const value of ["", ";", "a;=", '"', "\xff", "a b", ",".repeat(9999)]) {
    const outcome = accepted({ "Sec-WebSocket-Extensions": value });
    assertEquals(outcome.extensions, []);
  }
});

Deno.test("readUpgradeRequest() refuses pages of other origins with 403", () => {
  const evil = { "Origin": "https://evil.example" };
  assertEquals(status(evil), 403);
  const line = "GET / HTTP/1.1";
  const allowedOrigins = ["https://evil.example"];
  assertEquals(status(evil, line, { allowedOrigins }), undefined);
  const same = { "Origin": "https://example.org" };
  assertEquals(status(same, line, { isSecure: true }), undefined);
  assertEquals(status(same, line, { isSecure: false }), 403);
  assertEquals(status({ "Origin": "null" }), 403);
  const twice = ["http://example.org", "https://evil.example"];
  assertEquals(status({ "Origin": twice }), 403);
});

Deno.test("isRefusal() tells refusals from requests", () => {
  assert(isRefusal(read({}, "POST / HTTP/1.1")));
  assert(!isRefusal(read()));
});
