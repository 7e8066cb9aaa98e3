// An echo server over TCP in one of several ways, for the benchmarks. It prints
// its port and runs until it is killed.
//
//   tcp_echo.ts deno|vnet calls|limit|pipe|iterate|reader [BUFFER_SIZE]

import { listenTcp } from "../../tcp/mod.ts";
import { announce } from "./_announce.mjs";

/** Clients reset their connections at the end of a run. */
const QUIET = { onError: () => {} };

type Conn = Pick<
  Deno.TcpConn,
  "read" | "write" | "readable" | "writable" | "close"
>;

const [kind = "vnet", way = "calls", size = "1024"] = Deno.args;

/** The loop by calls. Deno's own writes may be partial, ours never are. */
async function echoByCalls(conn: Conn): Promise<void> {
  const buffer = new Uint8Array(Number(size));
  while (true) {
    const length = await conn.read(buffer);
    if (length === null) return conn.close();
    let written = await conn.write(buffer.subarray(0, length));
    while (written < length) {
      written += await conn.write(buffer.subarray(written, length));
    }
  }
}

async function echoByIteration(conn: Conn): Promise<void> {
  const writer = conn.writable.getWriter();
  for await (const chunk of conn.readable) await writer.write(chunk);
}

async function echoByReader(conn: Conn): Promise<void> {
  const reader = conn.readable.getReader();
  const writer = conn.writable.getWriter();
  while (true) {
    const { done, value } = await reader.read();
    if (done) return;
    await writer.write(value);
  }
}

const ways: Record<string, (conn: Conn) => Promise<void>> = {
  calls: echoByCalls,
  limit: echoByCalls,
  pipe: (conn) => conn.readable.pipeTo(conn.writable),
  iterate: echoByIteration,
  reader: echoByReader,
};
const echo = ways[way] ?? echoByCalls;
/** The load generator cuts its connections at the end. */
const ignore = () => {};

if (kind === "deno") {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  announce(listener.addr.port);
  for await (const conn of listener) {
    conn.setNoDelay(true);
    echo(conn).catch(ignore);
  }
} else {
  const listener = listenTcp("127.0.0.1:0");
  announce(listener.addr.port);
  await listener.serve((conn) => {
    if (way === "limit") conn.setReadTimeout(30_000);
    return echo(conn);
  }, QUIET);
}
