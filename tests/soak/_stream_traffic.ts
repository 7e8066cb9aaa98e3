import { createConnection } from "node:net";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import { caCert, serverCert, serverKey } from "../certificates.ts";
import type { Random } from "../property/_random.ts";
import { pattern } from "../tcp/support/_bytes.ts";
import { HANGS, type Traffic } from "./_traffic.ts";
import { Account } from "./_ledger.ts";

type Conn = StreamConn<unknown>;

/** Sends bytes back until the peer has ended, in one of three ways. */
async function echo(conn: Conn, way: number): Promise<void> {
  if (way === 0) return await conn.readable.pipeTo(conn.writable);
  if (way === 1) {
    for await (const chunk of conn.readable) await conn.write(chunk);
    return await conn.closeWrite();
  }
  const buffer = new Uint8Array(8192);
  for (
    let length = await conn.read(buffer);
    length !== null;
    length = await conn.read(buffer)
  ) await conn.write(buffer.subarray(0, length));
  await conn.closeWrite();
}

/** Reads what comes back and compares it, up to the end or so many bytes. */
async function compare(conn: Conn, most = Infinity): Promise<number> {
  const buffer = new Uint8Array(16_384);
  let total = 0;
  while (total < most) {
    const length = await conn.read(buffer, HANGS);
    if (length === null) break;
    const expected = pattern(length, total);
    for (let at = 0; at < length; at++) {
      if (buffer[at] !== expected[at]) throw new Error(`Byte ${total + at}`);
    }
    total += length;
  }
  return total;
}

/** One session: it ends in some way, which is its result. */
async function use(
  dial: () => Promise<Conn>,
  account: Account,
  random: Random,
): Promise<string> {
  using conn = await dial();
  const size = random.pick([0, 10, 1000, 20_000, 300_000]);
  const data = pattern(size);
  const end = random.pick(["drain", "drain", "close", "abort", "timeout"]);
  if (end === "abort" || end === "timeout") {
    // A read that gives up takes nothing with it.
    const controller = new AbortController();
    const reading = conn.read(new Uint8Array(10), {
      signal: controller.signal,
      timeout: end === "timeout" ? random.below(3) : undefined,
    });
    controller.abort();
    await reading.then(() => {
      throw new Error("A read of nothing gave something");
    }, () => {});
  }
  if (end === "close") {
    const part = Math.min(size, 5000);
    const writing = conn.write(data, HANGS).then(() => size, () => 0);
    const returned = await compare(conn, Math.min(part, 1));
    conn.close();
    await writing;
    account.sent += size;
    account.returned += returned;
    account.lost += size - returned;
    return end;
  }
  const writing = conn.write(data, HANGS).then(() => conn.closeWrite());
  const returned = await compare(conn);
  await writing;
  account.sent += size;
  account.returned += returned;
  return end;
}

/** Connects, sends something and resets. */
function reset(port: number, random: Random): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const size = random.pick([0, 100, 50_000]);
  const socket = createConnection({ port, host: "127.0.0.1" }, () => {
    if (size === 0) socket.resetAndDestroy();
    else socket.write(new Uint8Array(size), () => socket.resetAndDestroy());
  });
  // The server may have been quicker to give up.
  socket.on("error", () => {});
  socket.once("error", reject);
  socket.once("connect", () => socket.off("error", reject));
  socket.on("close", () => resolve("reset"));
  return promise;
}

/** What a peer's reset may be told by. */
function isReset(error: unknown): boolean {
  return [
    Deno.errors.ConnectionReset,
    Deno.errors.ConnectionAborted,
    Deno.errors.BrokenPipe,
    Deno.errors.NotConnected,
    Deno.errors.UnexpectedEof,
  ].some((type) => error instanceof type);
}

/** TCP, or TLS: sessions that are drained, closed, timed out or reset. */
export function startStreams(kind: "tcp" | "tls"): Traffic {
  const account = new Account();
  const certificate = { cert: serverCert, key: serverKey };
  const listener = kind === "tcp"
    ? listenTcp("127.0.0.1:0")
    : listenTls("127.0.0.1:0", certificate);
  let turn = 0;
  const handle = (conn: Conn) => echo(conn, turn++ % 3);
  const onError = (error: unknown) => {
    if (!isReset(error)) account.faults.push(`${kind} server: ${error}`);
  };
  const serving = listener.serve(handle, { onError });
  const dial = () =>
    kind === "tcp"
      ? dialTcp(listener.addr, HANGS)
      : dialTls(listener.addr, { caCerts: [caCert], ...HANGS });
  return {
    name: kind,
    account,
    workers: kind === "tcp" ? 4 : 2,
    step: (random) =>
      kind === "tcp" && random.chance(0.1)
        ? reset(listener.addr.port, random)
        : use(dial, account, random),
    async stop() {
      const cut = await listener.shutdown(HANGS);
      await serving;
      if (cut > 0) account.faults.push(`${cut} connections were left`);
      if (listener.connectionCount > 0) account.faults.push("A count is wrong");
    },
  };
}
