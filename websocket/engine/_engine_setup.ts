import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import type { DeflateParams } from "../deflate/_deflate_negotiation.ts";
import { Deflater } from "../deflate/_deflater.ts";
import { Inflater, type InflaterOptions } from "../deflate/_inflater.ts";
import type { DeflateSetup } from "../deflate/_zlib.ts";
import type { WebSocketOptions } from "../websocket_options.ts";

/** The outcome of a handshake. */
export interface EngineSetup {
  readonly conn: StreamConn<unknown>;
  readonly role: "server" | "client";
  readonly textAs: "string" | "bytes";
  readonly options: WebSocketOptions;
  /** How messages are compressed, if they are. */
  readonly deflate?: DeflateSetup | undefined;
}

/** Makes the compressor of outgoing messages. */
export function makeDeflater(
  role: EngineSetup["role"],
  { params, options, zlib }: DeflateSetup,
): Deflater {
  return new Deflater(zlib, {
    ...windowOf(role, params),
    level: options.level,
  });
}

/** Makes the decompressor of the peer's messages. */
export function makeInflater(
  role: EngineSetup["role"],
  { params, zlib }: DeflateSetup,
): Inflater {
  const peer = role === "server" ? "client" : "server";
  return new Inflater(zlib, windowOf(peer, params));
}

/** The window with which one side compresses. */
function windowOf(
  side: EngineSetup["role"],
  params: DeflateParams,
): InflaterOptions {
  return side === "server"
    ? {
      windowBits: params.serverMaxWindowBits,
      contextTakeover: !params.serverNoContextTakeover,
    }
    : {
      windowBits: params.clientMaxWindowBits,
      contextTakeover: !params.clientNoContextTakeover,
    };
}
