/**
 * Recipe: a client that connects again when the connection is lost.
 *
 * It waits longer after each failure, for a random time, so that not all clients
 * connect to a restarted server at once. The server here closes after its first
 * client, and listens again after a while.
 *
 * ```sh
 * deno run --allow-net examples/reconnecting_client.ts
 * ```
 *
 * @module
 */

import { dialTcp, listenTcp, type TcpConn } from "../tcp/mod.ts";

const MIN_PAUSE = 50;
const MAX_PAUSE = 10_000;

/** Runs `use` on one connection after the other, until it says it is done. */
async function stayConnected(
  address: Deno.NetAddr,
  use: (conn: TcpConn) => Promise<"done" | "again">,
): Promise<void> {
  let pause = MIN_PAUSE;
  while (true) {
    try {
      using conn = await dialTcp(address, { timeout: 5000 });
      console.log("connected");
      if (await use(conn) === "done") return;
      // The connection was open, so the next failure counts as the first.
      pause = MIN_PAUSE;
    } catch (error) {
      console.log(`failed: ${error instanceof Error ? error.name : error}`);
    }
    const jitter = 0.5 + Math.random() / 2;
    await new Promise((resolve) => setTimeout(resolve, pause * jitter));
    pause = Math.min(pause * 2, MAX_PAUSE);
  }
}

/** Prints lines. A server that ends without a goodbye has been lost. */
async function printLines(conn: TcpConn): Promise<"done" | "again"> {
  for await (const line of conn.lines({ timeout: 60_000 })) {
    console.log(`received: ${line}`);
    if (line === "goodbye") return "done";
  }
  return "again";
}

/** Starts a server; it says a line to one client, and is gone. */
function startServer(port: number, line: string): Deno.NetAddr {
  const listener = listenTcp({ hostname: "127.0.0.1", port });
  const { addr } = listener;
  listener.serve(async (conn) => {
    await conn.writeString(`${line}\n`);
    await listener.shutdown({ timeout: 0 });
    // The server is restarted after a while.
    if (line !== "goodbye") {
      setTimeout(() => startServer(addr.port, "goodbye"), 200);
    }
  });
  return addr;
}

await stayConnected(startServer(0, "hello"), printLines);
