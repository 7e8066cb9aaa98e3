import { assertEquals, assertThrows } from "@std/assert";
import { HandshakeError } from "../../../websocket/handshake_error.ts";
import {
  checkConnectResponse,
  makeConnectRequest,
} from "../../../websocket/handshake/_proxy_connect.ts";
import { parseWebSocketUrl } from "../../../websocket/handshake/_websocket_url.ts";
import { latin1, response } from "../support/_heads.ts";

Deno.test("makeConnectRequest() asks for a tunnel, with credentials if there are some", () => {
  const target = parseWebSocketUrl("wss://me:secret@example.org/path");
  assertEquals(
    latin1(makeConnectRequest(target)),
    "CONNECT example.org:443 HTTP/1.1\r\nhost: example.org:443\r\n\r\n",
  );
  assertEquals(
    latin1(
      makeConnectRequest(parseWebSocketUrl("ws://[::1]:81"), "Basic eA=="),
    ),
    "CONNECT [::1]:81 HTTP/1.1\r\n" +
      "host: [::1]:81\r\n" +
      "proxy-authorization: Basic eA==\r\n\r\n",
  );
});

Deno.test("checkConnectResponse() takes every 2xx and reports all others", () => {
  const target = parseWebSocketUrl("ws://example.org/");
  checkConnectResponse(target, response({}, "HTTP/1.1 200 OK"));
  checkConnectResponse(target, response({}, "HTTP/1.0 200 OK"));
  for (const status of [101, 302, 403, 407, 502]) {
    const head = response({ "X": "y" }, `HTTP/1.1 ${status} No`);
    const error = assertThrows(
      () => checkConnectResponse(target, head),
      HandshakeError,
      `the proxy answered ${status}`,
    );
    assertEquals(error.status, status);
    assertEquals(error.headers.get("x"), "y");
  }
});
