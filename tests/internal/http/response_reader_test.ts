import { assertEquals } from "@std/assert";
import { encodeLatin1 } from "../../../internal/http/http_syntax.ts";
import { ResponseReader } from "../../../internal/http/response_reader.ts";
import { cuts } from "../../websocket/support/_frames.ts";

const FINAL = "HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n";

Deno.test("ResponseReader passes over interim responses and leaves what is behind", () => {
  const text = "HTTP/1.1 100 Continue\r\n\r\n" +
    `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${FINAL}\x81\x00`;
  for (const pieces of cuts(encodeLatin1(text))) {
    const reader = new ResponseReader();
    let rest = 0;
    for (const piece of pieces) rest += piece.length - reader.push(piece);
    assertEquals(reader.head?.start.status, 101);
    assertEquals(reader.head?.fields.get("a"), "b");
    assertEquals(reader.head?.fields.get("link"), undefined);
    assertEquals(rest, 2);
  }
});

Deno.test("ResponseReader takes any final response", () => {
  for (const status of [200, 302, 401, 599]) {
    const reader = new ResponseReader();
    reader.push(encodeLatin1(`HTTP/1.1 ${status} X\r\n\r\n`));
    assertEquals(reader.head?.start.status, status);
  }
});

Deno.test("ResponseReader counts interim responses against its limit", () => {
  const interim = "HTTP/1.1 100 Continue\r\n\r\n";
  const limit = 3 * interim.length + FINAL.length;
  const fitting = new ResponseReader(limit);
  fitting.push(encodeLatin1(interim.repeat(3) + FINAL));
  assertEquals(fitting.head?.start.status, 101);
  const endless = new ResponseReader(limit);
  for (let count = 0; count < 1000; count++) {
    endless.push(encodeLatin1(interim));
  }
  assertEquals(endless.head, undefined);
  assertEquals(endless.failure !== undefined, true);
});

Deno.test("ResponseReader ends endless headers and malformed answers", () => {
  const reader = new ResponseReader();
  reader.push(encodeLatin1("HTTP/1.1 101 X\r\n"));
  for (let count = 0; count < 10000; count++) {
    reader.push(encodeLatin1("X: y\r\n"));
  }
  assertEquals(reader.failure?.reason, "Too many header fields");
  const other = new ResponseReader();
  other.push(encodeLatin1("SSH-2.0-OpenSSH\r\n"));
  assertEquals(other.failure?.reason, "Malformed status line");
});
