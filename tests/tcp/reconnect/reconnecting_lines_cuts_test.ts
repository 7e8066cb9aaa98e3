import { assert } from "@std/assert";
import {
  acceptTls,
  dialTcp,
  dialTls,
  type StreamConn,
  type TcpConn,
  type TlsConn,
} from "../../../tcp/mod.ts";
import { LineSplitter } from "../../../tcp/reconnect/_line_splitter.ts";
import { reconnectingLines } from "../../../tcp/reconnect/reconnecting_lines.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import {
  checkReport,
  type Kind,
  type Peer,
  runCuts,
} from "../../internal/reconnect/_cuts.ts";

const PLAIN: Kind<TcpConn> = {
  dial: (addr, signal) => dialTcp(addr, { signal }),
  connect: (dial) => reconnectingLines(dial, { initialDelay: 0 }),
  accept: (conn) => Promise.resolve(toPeer(conn)),
  handshake: 0,
};

/** A socket of `node:net`, which tells less of a write that fails. */
const NODE: Kind<TcpConn> = {
  ...PLAIN,
  dial: (addr, signal) => dialTcp(addr, { signal, localAddress: "127.0.0.1" }),
};

const TLS: Kind<TlsConn> = {
  dial: (addr, signal) => dialTls(addr, { signal, caCerts: [caCert] }),
  connect: (dial) => reconnectingLines(dial, { initialDelay: 0 }),
  accept: async (conn) => {
    const options = { cert: serverCert, key: serverKey };
    return toPeer(await acceptTls(conn, options));
  },
  handshake: 2000,
};

/** The server's end. A line without an end is none, as it may have been cut. */
function toPeer(conn: StreamConn<unknown>): Peer {
  const lines = readLines(conn);
  return {
    read: async () => (await lines.next()).value ?? null,
    write: (line) => conn.writeString(`${line}\n`),
    terminate: () => conn.terminate(),
    closed: conn.closed,
  };
}

async function* readLines(
  conn: StreamConn<unknown>,
): AsyncGenerator<string, void, undefined> {
  const splitter = new LineSplitter(2_000_000);
  for await (const chunk of conn.readable) {
    for (const { text } of splitter.split(chunk)) yield text;
  }
}

Deno.test("reconnectingLines() keeps the order and sends nothing twice or torn over 1,000 cuts", async () => {
  const report = await runCuts(PLAIN, { cuts: 1000, scale: 1, seed: 1 });

  checkReport(report, 1000);
  assert(report.stats.torn > 0);
});

for (const [name, kind] of Object.entries({ PLAIN, NODE })) {
  Deno.test(`reconnectingLines() tells which lines are uncertain when long ones are cut: ${name}`, async () => {
    const report = await runCuts(kind, { cuts: 30, scale: 20_000, seed: 2 });

    checkReport(report, 30);
    assert(report.rejected > 0);
  });
}

for (const scale of [1, 2000]) {
  Deno.test(`reconnectingLines() keeps the order and sends nothing twice over TLS: ${scale}`, async () => {
    const report = await runCuts(TLS, { cuts: 30, scale, seed: 5 });

    checkReport(report, 30);
  });
}
