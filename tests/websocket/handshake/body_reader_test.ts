import { assertEquals } from "@std/assert";
import { BodyReader } from "../../../websocket/handshake/_body_reader.ts";
import { type Fields, response } from "../support/_heads.ts";

const CHUNKED = { "Transfer-Encoding": "chunked" };

/** Reads a body in pieces of a size; `isDone` is told too. */
function read(
  fields: Fields,
  text: string,
  { status = 401, size = Infinity } = {},
): [text: string | undefined, isDone: boolean] {
  const reader = new BodyReader(response(fields, `HTTP/1.1 ${status} No`));
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) {
    reader.push(bytes.subarray(at, Math.min(bytes.length, at + size)));
  }
  return [reader.text, reader.isDone];
}

Deno.test("BodyReader reads by length, by chunks and to the end, in pieces of any size", () => {
  const chunks = "3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\nX: y\r\n\r\nmore";
  for (const size of [1, 2, 3, 7, Infinity]) {
    const sized = { size };
    const fixed = { "Content-Length": "5" };
    assertEquals(read(fixed, "hello, and more", sized), ["hello", true]);
    assertEquals(read(CHUNKED, chunks, sized), ["hello", true]);
    assertEquals(read({}, "größe 漢", sized), ["größe 漢", false]);
  }
});

Deno.test("BodyReader keeps the bytes before a fault or the end of the stream", () => {
  assertEquals(read({ "Content-Length": "50" }, "hello"), ["hello", false]);
  assertEquals(read(CHUNKED, "5\r\nhe"), ["he", false]);
  assertEquals(read(CHUNKED, "5\r\nhello\r\nzz\r\n"), ["hello", true]);
  assertEquals(read(CHUNKED, "ffffffffffff\r\nhello"), [undefined, true]);
  assertEquals(read(CHUNKED, `${"0".repeat(2000)}`), [undefined, true]);
  assertEquals(read(CHUNKED, "hello"), [undefined, false]);
});

Deno.test("BodyReader keeps 16 KiB at most, and no part of a character", () => {
  const long = "x".repeat(20_000);
  for (const fields of [{}, { "Content-Length": "20000" }]) {
    const [text, isDone] = read(fields, long);
    assertEquals([text?.length, isDone], [16384, true]);
  }
  const chunk = `2000\r\n${"x".repeat(8192)}\r\n`;
  assertEquals(read(CHUNKED, chunk.repeat(3))[0]?.length, 16384);
  const wide = `x${"漢".repeat(6000)}`;
  assertEquals(read({}, wide), [`x${"漢".repeat(5461)}`, true]);
});

Deno.test("BodyReader has no text where there is no body, or it is compressed", () => {
  assertEquals(read({ "Content-Length": "0" }, ""), [undefined, true]);
  assertEquals(read({}, ""), [undefined, false]);
  for (const status of [101, 204, 205, 304]) {
    assertEquals(read({}, "x", { status }), [undefined, true]);
  }
  const zipped = { "Content-Encoding": "gzip" };
  assertEquals(read(zipped, "x"), [undefined, true]);
  const both = { "Transfer-Encoding": "gzip, chunked" };
  assertEquals(read(both, "1\r\nx\r\n0\r\n\r\n"), [undefined, true]);
});
