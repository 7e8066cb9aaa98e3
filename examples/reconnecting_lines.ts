/**
 * Recipe: a line client whose connection comes back.
 *
 * It subscribes again on each connection, and finds a dead one by probes. The
 * server here ends each connection after one line, and the client closes after
 * the third.
 *
 * ```sh
 * deno run --allow-net examples/reconnecting_lines.ts
 * ```
 *
 * @module
 */

import {
  dialTcp,
  listenTcp,
  reconnectingLines,
  type TcpConn,
} from "../tcp/mod.ts";

const listener = listenTcp("127.0.0.1:0");
let count = 0;
listener.serve(async (conn) => {
  console.log(`server: ${await conn.readLine()}`);
  await conn.writeString(`headline ${++count}\n`);
});

const news = reconnectingLines<TcpConn>(
  ({ signal }) => dialTcp(listener.addr, { signal }),
  {
    onOpen: (conn) => conn.writeString("SUBSCRIBE news\n"),
    heartbeat: {
      interval: 30_000,
      probe: (conn) => conn.writeString("PING\n"),
    },
    initialDelay: 100,
  },
);

/** Prints the states, as a program would show them to its user. */
async function showStates(): Promise<void> {
  for await (const state of news.states) {
    if (state.type === "lost") console.log("client: connection lost");
    else if (state.type !== "connecting") console.log(`client: ${state.type}`);
  }
}

const showing = showStates();
for await (const line of news.readable) {
  console.log(`client: received ${line}`);
  // Leaving the loop closes.
  if (line === "headline 3") break;
}
await showing;
listener.close();
