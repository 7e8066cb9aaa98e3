/**
 * Throttling: a fast sender, a slow reader, and bounded memory between them.
 *
 * It is the Node document's chapter on throttling, done right: the server sends
 * 128 MiB, the client pauses in the middle, and the server prints how much it
 * has held for the client at most. The arguments are other MiB.
 *
 * The counter-example there takes every chunk from the file as it comes:
 *
 * ```
 * file.on("data", (chunk) => {
 *   socket.write(chunk); // false from the second chunk on, which is ignored
 *   console.log(socket.bufferSize); // grows to 128 MiB, for each client
 * });
 * ```
 *
 * The same mistake here is to call `conn.write(chunk)` in a loop without
 * `await`. The word `await` replaces Node's result of `write`, `pause()`, the event
 * "drain" and `resume()`: the next chunk is taken after the system has this one.
 *
 * ```sh
 * deno run --allow-net examples/node_throttling.ts
 * ```
 *
 * @module
 */

import { dialTcp, listenTcp, type TcpConn } from "../tcp/mod.ts";

const MIB = 1024 * 1024;
const total = Number(Deno.args[0] ?? 128) * MIB;

/** A source that is faster than any network, in place of the big file. */
function* bigFile(): Generator<Uint8Array> {
  const chunk = new Uint8Array(64 * 1024).fill(8);
  for (let left = total; left > 0; left -= chunk.length) {
    yield chunk.subarray(0, left);
  }
}

async function send(conn: TcpConn): Promise<void> {
  let most = 0;
  for (const chunk of bigFile()) {
    const written = conn.write(chunk);
    most = Math.max(most, conn.bufferedBytes); // Node's `socket.bufferSize`
    await written; // pause; and when the system has room again, resume
  }
  // A stream does all of this by itself:
  //   await source.pipeTo(conn.writable);
  console.log(`server: sent ${conn.bytesWritten} bytes`);
  console.log(`server: held ${most} bytes at most`);
}

async function receive(conn: TcpConn): Promise<void> {
  let received = 0;
  for await (const chunk of conn.readable) {
    const isPause = received < MIB && received + chunk.length >= MIB;
    received += chunk.length;
    // A client that does not read is paused: the buffers of both systems fill up,
    // and then the server's `write` waits.
    if (isPause) await pause();
  }
  console.log(`client: received ${received} bytes`);
}

async function pause(): Promise<void> {
  console.log("client: paused");
  await new Promise((resolve) => setTimeout(resolve, 200));
  const [conn] = listener.activeConnections;
  const isStopped = conn !== undefined && conn.bytesWritten < total;
  console.log(`client: resumed; the server ${isStopped ? "waits" : "is done"}`);
}

const listener = listenTcp("127.0.0.1:0");
const serving = listener.serve(send);
using client = await dialTcp(listener.addr);
listener.close();
await receive(client);
await serving;
