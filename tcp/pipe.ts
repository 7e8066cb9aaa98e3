import type { Ends } from "../internal/address/address.ts";
import { makeMemoryPipe, type MemoryPipeEnd } from "./_memory_pipe.ts";
import { StreamConn } from "./conn/stream_conn.ts";

/**
 * The address of an end of a {@linkcode pipe}.
 *
 * @example Usage
 * ```ts
 * import { pipe, type PipeAddr } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const [left, right] = pipe();
 * using _left = left;
 * using _right = right;
 * const address: PipeAddr = left.localAddr;
 * assertEquals(address, { transport: "pipe", end: "left" });
 * assertEquals(right.remoteAddr, address);
 * ```
 */
export interface PipeAddr {
  /** Tells it from the addresses of sockets. */
  readonly transport: "pipe";
  /** Which of the two ends: the first or the second that `pipe()` returned. */
  readonly end: "left" | "right";
}

/**
 * One end of a {@linkcode pipe}: a connection like any other, without a socket.
 *
 * @example Usage
 * ```ts
 * import { pipe, PipeConn } from "@vnet/net/testing";
 * import { assertInstanceOf } from "@std/assert";
 *
 * const [left, right] = pipe();
 * using _left = left;
 * using _right = right;
 * assertInstanceOf(left, PipeConn);
 * ```
 */
export class PipeConn extends StreamConn<PipeAddr> {
  /**
   * Makes an end. Use {@linkcode pipe}.
   *
   * @param raw The transport.
   * @param end Which end it is.
   */
  constructor(raw: MemoryPipeEnd, end: "left" | "right") {
    const other = end === "left" ? "right" : "left";
    const ends: Ends<PipeAddr> = {
      localAddr: { transport: "pipe", end },
      remoteAddr: { transport: "pipe", end: other },
    };
    super({ raw, ends, keepsAlive: true });
  }

  /** Names the other end, for messages. */
  protected override describePeer(): string {
    return `the ${this.remoteAddr.end} end of the pipe`;
  }
}

/**
 * Makes two connected ends in memory (Go's `net.Pipe`, with buffers of 64 KiB
 * each way): for tests of protocols, without a port and without a permission.
 *
 * @returns The two ends, which the caller owns.
 *
 * @example Usage
 * ```ts
 * import { pipe } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const [client, server] = pipe();
 * using _client = client;
 * using _server = server;
 * await client.writeString("ping\n");
 * assertEquals(await server.readLine(), "ping");
 * ```
 */
export function pipe(): [left: PipeConn, right: PipeConn] {
  const [left, right] = makeMemoryPipe();
  return [new PipeConn(left, "left"), new PipeConn(right, "right")];
}
