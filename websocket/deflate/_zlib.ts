/** What permessage-deflate needs of the runtime: `node:zlib`. */
export type Zlib = typeof import("node:zlib");

/**
 * Loads `node:zlib`, which only connections that have agreed on
 * permessage-deflate do. A dynamic import of a built-in works from a remote
 * module too, and needs no permission.
 *
 * What it can do in Deno 2.9, by trial:
 *
 * - `Z_SYNC_FLUSH`, window bits, `maxOutputLength` (the inflating stops there,
 *   however large the rest) and `info` (how much input was used) work.
 * - `dictionary` is ignored without a sign for raw deflate, both ways.
 * - The synchronous calls start afresh each time. The streams keep their window
 *   but answer later only, if within 3 µs under load.
 * - `windowBits: 8` is taken, and is 9 for compression, as in zlib itself. It
 *   never points back further than the window less 262 bytes, here 250, so
 *   who can inflate 8 bits only can read it.
 */
export function loadZlib(): Promise<Zlib> {
  return import("node:zlib");
}
