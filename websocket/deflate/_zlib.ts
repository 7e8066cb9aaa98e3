import type { DeflateOptions, DeflateParams } from "./_deflate_negotiation.ts";

/** The part of the runtime that permessage-deflate uses: `node:zlib`. */
export type Zlib = typeof import("node:zlib");

/** The compression of one connection. */
export interface DeflateSetup {
  /** The parameters that both sides have agreed on. */
  readonly params: DeflateParams;
  /** The options of this side. */
  readonly options: DeflateOptions;
  readonly zlib: Zlib;
}

/**
 * Loads the compression of a connection, `undefined` if the sides have agreed on
 * none.
 */
export async function loadDeflate(
  params: DeflateParams | undefined,
  options: DeflateOptions | undefined,
): Promise<DeflateSetup | undefined> {
  if (params === undefined || options === undefined) return undefined;
  return { params, options, zlib: await loadZlib() };
}

/**
 * Loads `node:zlib`, which happens only for connections that have agreed on
 * permessage-deflate. A dynamic import of a built-in works from a remote module
 * too, and needs no permission.
 *
 * Behaviour of `node:zlib` in Deno 2.9, found by trial:
 *
 * - `Z_SYNC_FLUSH`, window bits, `maxOutputLength` (inflating stops there,
 *   however large the rest) and `info` (how much input was used) work.
 * - `dictionary` is silently ignored for raw deflate, in both directions.
 * - Each synchronous call starts with an empty window. The streams keep their
 *   window but answer asynchronously, within 3 µs under load.
 * - `windowBits: 8` is accepted, and means 9 for compression, as in zlib itself.
 *   Its references reach no further back than the window less 262 bytes, here
 *   250, so that an inflater of 8 bits can read them.
 */
export function loadZlib(): Promise<Zlib> {
  return import("node:zlib");
}
