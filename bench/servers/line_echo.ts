// A server over TCP that sends each line back, or those of more than one
// character, in one of several ways, for the benchmarks. It prints its port and
// runs until it is killed.
//
//   line_echo.ts streams|lines|readLine all|long

import { TextLineStream } from "@std/streams";
import { listenTcp, type TcpConn } from "../../tcp/mod.ts";
import { announce } from "./_announce.mjs";

/** Clients reset their connections at the end of a run. */
const QUIET = { onError: () => {} };

const [way = "lines", which = "all"] = Deno.args;
const least = which === "all" ? 0 : 2;
const encoder = new TextEncoder();
/** The load generator cuts its connections at the end. */
const ignore = () => {};

async function echoByStreams(conn: Deno.Conn): Promise<void> {
  const lines = conn.readable
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  const writer = conn.writable.getWriter();
  for await (const line of lines) {
    if (line.length < least) continue;
    await writer.write(encoder.encode(`${line}\n`));
  }
}

async function echoByLines(conn: TcpConn): Promise<void> {
  for await (const line of conn.lines()) {
    if (line.length >= least) await conn.writeStr(`${line}\n`);
  }
}

async function echoByCalls(conn: TcpConn): Promise<void> {
  while (true) {
    const line = await conn.readLine();
    if (line === null) return;
    if (line.length >= least) await conn.writeStr(`${line}\n`);
  }
}

if (way === "streams") {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  announce(listener.addr.port);
  for await (const conn of listener) echoByStreams(conn).catch(ignore);
} else {
  const listener = listenTcp("127.0.0.1:0");
  announce(listener.addr.port);
  await listener.serve(
    way === "lines" ? echoByLines : echoByCalls,
    QUIET,
  );
}
