// A server over TCP that reads lines in one of several ways, for the benchmarks.
// It answers each 1,000 lines with a byte, prints its port and runs until it is
// killed.
//
//   tcp_lines.ts streams|lines|readLine

import { TextLineStream } from "@std/streams";
import { listenTcp, type TcpConn } from "../../tcp/mod.ts";
import { announce } from "./_announce.mjs";

/** Clients reset their connections at the end of a run. */
const QUIET = { onError: () => {} };

type Conn = Pick<Deno.TcpConn, "write" | "readable">;

const LINES_PER_ANSWER = 1000;
const ANSWER = new TextEncoder().encode(".");

const [way = "lines"] = Deno.args;

async function count(conn: Conn, lines: AsyncIterable<string>): Promise<void> {
  let seen = 0;
  for await (const _line of lines) {
    seen++;
    if (seen % LINES_PER_ANSWER === 0) await conn.write(ANSWER);
  }
}

async function countByCalls(conn: TcpConn): Promise<void> {
  let seen = 0;
  while (await conn.readLine() !== null) {
    seen++;
    if (seen % LINES_PER_ANSWER === 0) await conn.write(ANSWER);
  }
}

function byStreams(conn: Conn): Promise<void> {
  const lines = conn.readable
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  return count(conn, lines);
}

/** The load generator cuts its connections at the end. */
const ignore = () => {};

if (way === "streams") {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  announce(listener.addr.port);
  for await (const conn of listener) byStreams(conn).catch(ignore);
} else {
  const listener = listenTcp("127.0.0.1:0");
  announce(listener.addr.port);
  await listener.serve(
    (conn) => way === "lines" ? count(conn, conn.lines()) : countByCalls(conn),
    QUIET,
  );
}
