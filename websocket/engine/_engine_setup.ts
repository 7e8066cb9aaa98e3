import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import type {
  DeflateOptions,
  DeflateParams,
} from "../deflate/_deflate_negotiation.ts";
import { Deflater } from "../deflate/_deflater.ts";
import { Inflater } from "../deflate/_inflater.ts";
import type { Zlib } from "../deflate/_zlib.ts";
import type { WebSocketOptions } from "../websocket_options.ts";

/** The outcome of the negotiation of permessage-deflate. */
interface DeflateSetup {
  readonly params: DeflateParams;
  readonly options: DeflateOptions;
  readonly zlib: Zlib;
}

/** The outcome of a handshake. */
export interface EngineSetup {
  readonly conn: StreamConn<unknown>;
  readonly role: "server" | "client";
  readonly textAs: "string" | "bytes";
  readonly options: WebSocketOptions;
  /** How messages are compressed, if they are. */
  readonly deflate?: DeflateSetup | undefined;
}

/** Makes the compressor of what this side sends. */
export function makeDeflater(
  role: EngineSetup["role"],
  setup: DeflateSetup,
): Deflater {
  const { params, options, zlib } = setup;
  const isServer = role === "server";
  return new Deflater(zlib, {
    windowBits: isServer
      ? params.serverMaxWindowBits
      : params.clientMaxWindowBits,
    contextTakeover: isServer
      ? !params.serverNoContextTakeover
      : !params.clientNoContextTakeover,
    level: options.level,
  });
}

/** Makes what inflates the messages of the peer. */
export function makeInflater(
  role: EngineSetup["role"],
  { params, zlib }: DeflateSetup,
): Inflater {
  const isServer = role === "server";
  return new Inflater(zlib, {
    windowBits: isServer
      ? params.clientMaxWindowBits
      : params.serverMaxWindowBits,
    contextTakeover: isServer
      ? !params.clientNoContextTakeover
      : !params.serverNoContextTakeover,
  });
}
