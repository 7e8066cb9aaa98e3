import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseWebSocketUrl } from "../../../websocket/handshake/_websocket_url.ts";

Deno.test("parseWebSocketUrl() reads host, port, path and credentials", () => {
  assertEquals(parseWebSocketUrl("ws://Example.org"), {
    url: "ws://example.org/",
    hostname: "example.org",
    port: 80,
    host: "example.org",
    isSecure: false,
    resourceName: "/",
    authorization: undefined,
  });
  assertEquals(parseWebSocketUrl("wss://me:p%40ss@[::1]:8443/a b?c=ü"), {
    url: "wss://[::1]:8443/a%20b?c=%C3%BC",
    hostname: "::1",
    port: 8443,
    host: "[::1]:8443",
    isSecure: true,
    resourceName: "/a%20b?c=%C3%BC",
    authorization: "Basic bWU6cEBzcw==",
  });
  assertEquals(parseWebSocketUrl(new URL("https://a")).url, "wss://a/");
  assertEquals(parseWebSocketUrl("https://a").port, 443);
  assertEquals(parseWebSocketUrl("http://a:443").port, 443);
  assertEquals(parseWebSocketUrl("ws://a:80").host, "a");
});

Deno.test("parseWebSocketUrl() refuses what is no WebSocket URL", () => {
  for (const url of ["", "a", "/a", "ftp://a", "ws:", "ws://", "ws://a:x"]) {
    assertThrows(
      () => parseWebSocketUrl(url),
      SyntaxError,
      "Cannot parse WebSocket URL",
    );
  }
});

Deno.test("parseWebSocketUrl() refuses fragments, also empty ones", () => {
  for (const url of ["ws://a/#b", "ws://a/#"]) {
    assertThrows(() => parseWebSocketUrl(url), SyntaxError, "no fragment");
  }
});

Deno.test("parseWebSocketUrl() keeps passwords out of messages", () => {
  for (
    const url of [
      "ws://me:secret@a/#b",
      "ftp://me:secret@a",
      "x//me:secret@",
      "me:secret@a",
      "ws:me:secret@a b",
      "ws://me:sec//secret@a b",
      "ws://me:x@secret@a b",
    ]
  ) {
    const error = assertThrows(() => parseWebSocketUrl(url), SyntaxError);
    assert(!error.message.includes("secret"));
  }
  assertThrows(
    () => parseWebSocketUrl("ftp://me:secret@host/path"),
    SyntaxError,
    'Cannot parse WebSocket URL "ftp://host/path": expected',
  );
  assertThrows(
    () => parseWebSocketUrl("me@host"),
    SyntaxError,
    'Cannot parse WebSocket URL "me@host": expected',
  );
});
