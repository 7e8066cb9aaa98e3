import { assertEquals, assertThrows } from "@std/assert";
import { formatRefusal } from "../../../websocket/handshake/_refusal.ts";
import { latin1 } from "../support/_heads.ts";

Deno.test("formatRefusal() formats a whole response that closes", () => {
  assertEquals(
    latin1(formatRefusal({ status: 403, reason: "Origin not allowed" })),
    "HTTP/1.1 403 Forbidden\r\n" +
      "content-type: text/plain; charset=utf-8\r\n" +
      "content-length: 19\r\n" +
      "connection: close\r\n\r\n" +
      "Origin not allowed\n",
  );
});

Deno.test("formatRefusal() names the protocol to upgrade to in a 426", () => {
  const text = latin1(formatRefusal({ status: 426, reason: "No" }));
  const lines = text.split("\r\n");
  assertEquals(lines[0], "HTTP/1.1 426 Upgrade Required");
  assertEquals(lines.slice(3, 6), [
    "connection: upgrade, close",
    "upgrade: websocket",
    "sec-websocket-version: 13",
  ]);
});

Deno.test("formatRefusal() takes other headers and another body", () => {
  const text = latin1(formatRefusal({
    status: 401,
    reason: "Unused",
    headers: { "www-authenticate": "Basic", "content-type": "text/html" },
    body: new TextEncoder().encode("<p>é"),
  }));
  assertEquals(
    text,
    "HTTP/1.1 401 Unauthorized\r\n" +
      "content-type: text/html\r\n" +
      "www-authenticate: Basic\r\n" +
      "content-length: 5\r\n" +
      "connection: close\r\n\r\n" +
      "<p>\xc3\xa9",
  );
});

Deno.test("formatRefusal() refuses statuses that are not final, and headers that would break the response", () => {
  for (const status of [0, 101, 199, 600, 404.5, NaN]) {
    assertThrows(() => formatRefusal({ status, reason: "" }), RangeError);
  }
  for (const status of [299, 399, 599]) {
    const text = latin1(formatRefusal({ status, reason: "" }));
    assertEquals(text.startsWith(`HTTP/1.1 ${status} \r\n`), true);
  }
  const bad: HeadersInit[] = [
    { "content-length": "5" },
    { "transfer-encoding": "chunked" },
    { "x": "a\x00b" },
  ];
  for (const headers of bad) {
    const refusal = { status: 400, reason: "", headers };
    assertThrows(() => formatRefusal(refusal), TypeError);
  }
});

Deno.test("formatRefusal() sends no body with 204, 205 and 304", () => {
  for (const status of [204, 205, 304]) {
    const lines = latin1(formatRefusal({ status, reason: "No" })).split("\r\n");
    assertEquals(lines.slice(1), ["connection: close", "", ""]);
  }
});
