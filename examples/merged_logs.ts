/**
 * Recipe: the lines of many servers as one stream, such as their logs.
 *
 * `pooledMap` of `@std/async` dials only so many at a time, and gives their
 * connections in order; `mergeReadableStreams` of `@std/streams` joins their lines
 * as they come, and holds all servers back that its reader does not keep up with.
 * A server that can't be reached is told, and the others go on.
 *
 * ```sh
 * deno run --allow-net examples/merged_logs.ts
 * ```
 *
 * Its arguments are the addresses of servers. Without any it starts three servers
 * itself, and one address has none.
 *
 * @module
 */

import { pooledMap } from "jsr:@std/async@^1.5.0/pool";
import { mergeReadableStreams } from "jsr:@std/streams@^1.1.2/merge-readable-streams";
import { TextLineStream } from "jsr:@std/streams@^1.1.2/text-line-stream";
import { dialTcp, listenTcp, type TcpListener } from "../tcp/mod.ts";

/** How many are dialled at a time. */
const DIALS = 8;

/** The lines of a server, each with the address behind it. */
async function linesOf(address: string): Promise<ReadableStream<string>> {
  try {
    const conn = await dialTcp(address, { timeout: 5000 });
    return conn.readable
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .pipeThrough(
        new TransformStream<string, string>({
          transform: (line, controller) =>
            controller.enqueue(`${line} (${address})`),
          // The writing side is still open.
          flush: () => conn.close(),
        }),
      );
  } catch (error) {
    const { name } = error instanceof Error ? error : new Error();
    return ReadableStream.from([`unreachable: ${name} (${address})`]);
  }
}

/** Servers of a few lines each, and an address where nobody listens. */
function startServers(): { listeners: TcpListener[]; addresses: string[] } {
  const listeners = ["red", "green", "blue"].map((colour) => {
    const listener = listenTcp("127.0.0.1:0");
    listener.serve(async (conn) => {
      await conn.writeString(`${colour} is up\n${colour} is done\n`);
    });
    return listener;
  });
  const gone = listenTcp("127.0.0.1:0");
  gone.close();
  const addresses = [...listeners, gone].map(({ addr }) =>
    `${addr.hostname}:${addr.port}`
  );
  return { listeners, addresses };
}

const { listeners, addresses } = Deno.args.length > 0
  ? { listeners: [], addresses: Deno.args }
  : startServers();
const streams = await Array.fromAsync(pooledMap(DIALS, addresses, linesOf));
for await (const line of mergeReadableStreams(...streams)) console.log(line);
for (const listener of listeners) listener.close();
