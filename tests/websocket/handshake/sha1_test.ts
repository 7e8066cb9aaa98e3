import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { sha1 } from "../../../websocket/handshake/_sha1.ts";

const ENCODER = new TextEncoder();

/** The first two of RFC 3174 section 7.3, and the empty message. */
const VECTORS = [
  ["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
  ],
] as const;

Deno.test("sha1() computes the examples of RFC 3174", () => {
  for (const [message, digest] of VECTORS) {
    assertEquals(sha1(ENCODER.encode(message)).toHex(), digest);
  }
});

Deno.test("sha1() agrees with node:crypto for messages of all lengths to four blocks", () => {
  for (let length = 0; length <= 256; length++) {
    const message = crypto.getRandomValues(new Uint8Array(length));
    const digest = createHash("sha1").update(message).digest("hex");
    assertEquals(sha1(message).toHex(), digest);
  }
});
