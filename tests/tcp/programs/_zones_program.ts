/**
 * One end of two links, in a network namespace of its own: `server` answers on
 * the second link, `client` talks to it.
 */
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { dialUdp } from "../../../udp/dial_udp.ts";
import { listenUdp } from "../../../udp/listen_udp.ts";

const WAIT = { timeout: 10_000 };
const SERVER = "fe80::11";
const BACKENDS = "listenDatagram" in Deno
  ? ["node", "native"] as const
  : ["node"] as const;

function print(...words: unknown[]): void {
  console.log(words.join(" "));
}

async function serve(): Promise<void> {
  const bound = listenTcp(`[${SERVER}%l2]:7000`);
  const any = listenTcp("[::]:7001");
  const serving = [bound, any].map((listener) =>
    listener.serve(async (conn) => {
      await conn.writeString(`${conn.peerIp}\n`);
    })
  );
  const sockets = await Promise.all(
    BACKENDS.map((backend, index) =>
      listenUdp(`[${SERVER}%l2]:${7000 + index}`, { backend })
    ),
  );
  const echoing = sockets.map(async (socket) => {
    for await (const { data, addr } of socket) await socket.writeTo(addr, data);
  });
  using own = await dialTcp(bound.addr, WAIT);
  print(
    "ready",
    bound.addr.hostname,
    own.remoteAddr.hostname,
    sockets[0]?.addr.hostname,
  );
  await new Response(Deno.stdin.readable).text();
  for (const socket of sockets) socket.close();
  await Promise.all([
    bound.shutdown({ timeout: 0 }),
    any.shutdown({ timeout: 0 }),
  ]);
  await Promise.all([...serving, ...echoing]);
}

async function ask(): Promise<void> {
  for (const port of [7000, 7001]) {
    using conn = await dialTcp(`[${SERVER}%p2]:${port}`, WAIT);
    print(
      conn.localAddr.hostname,
      conn.remoteAddr.hostname,
      await conn.readLine(WAIT),
    );
  }
  for (const [index, backend] of BACKENDS.entries()) {
    const peer = `[${SERVER}%p2]:${7000 + index}`;
    using socket = await listenUdp("[fe80::2%p2]:0", { backend });
    await socket.writeToString(peer, "hello");
    const { addr } = await socket.receive(WAIT);
    using dialled = await dialUdp("[fe80::2%p2]:0", peer, { backend });
    await dialled.writeString("hello");
    await dialled.receive(WAIT);
    print(
      backend,
      addr.hostname,
      dialled.addr.hostname,
      dialled.remoteAddr?.hostname,
    );
  }
}

if (Deno.args[0] === "server") await serve();
else await ask();
