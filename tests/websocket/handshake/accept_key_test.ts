import { assertEquals, assertNotEquals } from "@std/assert";
import {
  acceptKey,
  isKey,
  makeKey,
} from "../../../websocket/handshake/_accept_key.ts";
import { ACCEPT, KEY } from "../support/_heads.ts";

Deno.test("acceptKey() computes the example of RFC 6455", () => {
  assertEquals(acceptKey(KEY), ACCEPT);
});

Deno.test("makeKey() makes Base64 of 16 bytes, another each time", () => {
  const key = makeKey();
  assertEquals(isKey(key), true);
  assertEquals(Uint8Array.fromBase64(key).length, 16);
  assertNotEquals(makeKey(), key);
});

Deno.test("isKey() takes Base64 of exactly 16 bytes", () => {
  for (let length = 0; length < 40; length++) {
    const key = new Uint8Array(length).fill(0xfb).toBase64();
    assertEquals(isKey(key), length === 16, key);
  }
  const bad = [
    "dummy",
    KEY.slice(0, -2), // without padding
    `${KEY}=`,
    ` ${KEY}`,
    `${KEY}\n`,
    KEY.replace("Q==", "R=="), // stray bits
    KEY.replace("d", "-"),
    KEY.repeat(40),
  ];
  for (const key of bad) assertEquals(isKey(key), false, key);
});
