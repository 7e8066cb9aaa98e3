import { assertEquals } from "@std/assert";
import {
  hasBody,
  isPlainRequest,
  toHttpRequest,
} from "../../../websocket/handshake/_plain_request.ts";
import { request } from "../support/_heads.ts";

Deno.test("isPlainRequest() looks for websocket in Upgrade, among other names", () => {
  assertEquals(isPlainRequest(request({ "Upgrade": undefined })), true);
  assertEquals(isPlainRequest(request({ "Upgrade": "h2c" })), true);
  assertEquals(isPlainRequest(request({ "Upgrade": "h2c, WebSocket" })), false);
});

Deno.test("toHttpRequest() takes the path out of each form of target", () => {
  const targets = [
    ["/a/b", "/a/b"],
    ["/a?b=/c?d", "/a"],
    ["http://example.org/a%20b?c", "/a%20b"],
    ["*", "*"],
  ];
  for (const [target, path] of targets) {
    const head = request({ "X-Own": ["1", "2"] }, `PUT ${target} HTTP/1.1`);
    const { headers, ...line } = toHttpRequest(head, "203.0.113.7");
    const clientAddress = "203.0.113.7";
    assertEquals(line, { method: "PUT", target, path, clientAddress });
    assertEquals(headers.get("x-own"), "1, 2");
  }
});

Deno.test("hasBody() is true if a body is announced, of whatever length", () => {
  const has = (name: string, value: string) =>
    hasBody(request({ [name]: value }).fields);
  assertEquals(has("Content-Length", "0"), false);
  assertEquals(has("Content-Length", "5"), true);
  assertEquals(has("Content-Length", "x"), true);
  assertEquals(has("Transfer-Encoding", "chunked"), true);
  assertEquals(hasBody(request().fields), false);
});
