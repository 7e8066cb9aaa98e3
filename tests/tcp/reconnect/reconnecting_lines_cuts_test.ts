import { assert } from "@std/assert";
import { dialTcp, type TcpConn } from "../../../tcp/mod.ts";
import { LineSplitter } from "../../../tcp/reconnect/_line_splitter.ts";
import { reconnectingLines } from "../../../tcp/reconnect/reconnecting_lines.ts";
import {
  checkReport,
  type Kind,
  type Peer,
  runCuts,
} from "../../internal/reconnect/_cuts.ts";

const LINES: Kind<TcpConn> = {
  dial: (addr, signal) => dialTcp(addr, { signal }),
  connect: (dial) => reconnectingLines(dial, { initialDelay: 0 }),
  accept: (conn) => Promise.resolve(toPeer(conn)),
  handshake: 0,
};

/** The server's end. A line without an end is none, as it may have been cut. */
function toPeer(conn: TcpConn): Peer {
  const lines = readLines(conn);
  return {
    read: async () => (await lines.next()).value ?? null,
    write: (line) => conn.writeString(`${line}\n`),
    terminate: () => conn.terminate(),
    closed: conn.closed,
  };
}

async function* readLines(
  conn: TcpConn,
): AsyncGenerator<string, void, undefined> {
  const splitter = new LineSplitter(2_000_000);
  for await (const chunk of conn.readable) {
    for (const { text } of splitter.split(chunk)) yield text;
  }
}

Deno.test("reconnectingLines() keeps the order and sends nothing twice or torn over 1,000 cuts", async () => {
  const report = await runCuts(LINES, { cuts: 1000, scale: 1, seed: 1 });

  checkReport(report, 1000);
  assert(report.stats.torn > 0);
});

Deno.test("reconnectingLines() tells which lines are uncertain when long ones are cut", async () => {
  const report = await runCuts(LINES, { cuts: 30, scale: 20_000, seed: 2 });

  checkReport(report, 30);
  assert(report.rejected > 0);
});
