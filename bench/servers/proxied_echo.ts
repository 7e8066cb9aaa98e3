// An echo server over TCP behind the PROXY protocol, or without it, for the
// benchmarks. It prints its port and runs until it is killed.
//
//   proxied_echo.ts plain|proxied

import { listenTcp, type TcpConn } from "../../tcp/mod.ts";
import { announce } from "./_announce.mjs";

const [way] = Deno.args;

async function echo(conn: TcpConn): Promise<void> {
  const buffer = new Uint8Array(1024);
  while (true) {
    const length = await conn.read(buffer);
    if (length === null) return;
    await conn.write(buffer.subarray(0, length));
  }
}

const proxyProtocol = way === "proxied" ? { from: ["127.0.0.1"] } : undefined;
const listener = listenTcp("127.0.0.1:0", { proxyProtocol });
announce(listener.addr.port);
// The load generator cuts its connections at the end.
await listener.serve(echo, { onError: () => {} });
