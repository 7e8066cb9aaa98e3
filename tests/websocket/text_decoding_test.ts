import { assertEquals } from "@std/assert";
import {
  decodeAscii,
  decodeUtf8,
  loadAsciiDecoder,
} from "../../websocket/_text_decoding.ts";
import { concat, utf8 } from "./_frames.ts";

Deno.test("decodeAscii() decodes any length, with and without a decoder for long texts", async () => {
  const long = await loadAsciiDecoder();
  for (const length of [0, 1, 7, 8, 9, 31, 32, 33, 127, 128, 129, 5000]) {
    let text = "";
    while (text.length < length) {
      text += String.fromCharCode(text.length * 7 % 128);
    }
    const bytes = concat(utf8("<<<"), utf8(text), utf8(">>>"));
    assertEquals(decodeAscii(bytes, 3, 3 + length), text);
    assertEquals(decodeAscii(bytes, 3, 3 + length, long), text);
    const view = bytes.subarray(2);
    assertEquals(decodeAscii(view, 1, 1 + length, long), text);
  }
});

Deno.test("decodeUtf8() keeps a byte order mark", () => {
  const bytes = utf8("\ufeffa");
  assertEquals(decodeUtf8(bytes, 0, bytes.length), "\ufeffa");
});

Deno.test("decodeUtf8() returns undefined for bytes that are not UTF-8", () => {
  assertEquals(decodeUtf8(Uint8Array.of(0x61, 0xff), 0, 2), undefined);
  assertEquals(decodeUtf8(Uint8Array.of(0x61, 0xc3), 0, 2), undefined);
  assertEquals(decodeUtf8(Uint8Array.of(0x61, 0xff), 0, 1), "a");
});
