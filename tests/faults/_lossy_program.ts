// Both ends of a lossy link, for the test over network namespaces:
//
//   deno run --allow-net _lossy_program.ts serve 10.0.0.1
//   deno run --allow-net _lossy_program.ts dial '{"tcp":…,"ws":…,"udp":…}'
//
// The server tells its addresses and echoes until its input ends; the client
// sends, compares, and tells what has become of it.
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { readAll } from "../../tcp/read_all.ts";
import { dialUdp } from "../../udp/dial_udp.ts";
import { listenUdp } from "../../udp/listen_udp.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { joinAddress } from "../../internal/address/address.ts";
import { pattern } from "../tcp/support/_bytes.ts";

const HANGS = { timeout: 60_000 };
const BULK = 2 * 2 ** 20;
const DATAGRAMS = 2000;

/** What the client has found. */
interface Report {
  readonly bulkIsRight: boolean;
  readonly messagesAreRight: boolean;
  readonly datagramsSent: number;
  readonly datagramsBack: number;
  readonly datagramsWrong: number;
}

async function serve(hostname: string): Promise<void> {
  const tcp = listenTcp({ hostname, port: 0 });
  const ws = listenTcp({ hostname, port: 0 });
  using udp = await listenUdp({ hostname, port: 0 });
  const serving = [
    tcp.serve((conn) => conn.readable.pipeTo(conn.writable)),
    ws.serve(async (conn) => {
      const socket = await acceptWebSocket(conn, { deflate: true });
      for await (const message of socket.readable) await socket.write(message);
      await socket.closed;
    }),
    (async () => {
      for await (const { data, addr } of udp) await udp.writeTo(addr, data);
    })(),
  ];
  console.log(JSON.stringify({
    tcp: joinAddress(hostname, tcp.addr.port),
    ws: joinAddress(hostname, ws.addr.port),
    udp: joinAddress(hostname, udp.addr.port),
  }));
  const reader = Deno.stdin.readable.getReader();
  while (!(await reader.read()).done) { /* Until the end. */ }
  udp.close();
  await Promise.all([tcp.shutdown(HANGS), ws.shutdown(HANGS), ...serving]);
}

async function echoBulk(address: string): Promise<boolean> {
  using conn = await dialTcp(address, HANGS);
  const data = pattern(BULK);
  const writing = conn.write(data, HANGS).then(() => conn.closeWrite());
  const back = await readAll(conn, { maxBytes: BULK });
  await writing;
  return back.length === BULK && back.every((byte, at) => byte === data[at]);
}

async function echoMessages(address: string): Promise<boolean> {
  const socket = await dialWebSocket(`ws://${address}/`, { deflate: true });
  let isRight = true;
  for (let index = 0; index < 50; index++) {
    const message = `message ${index} `.repeat(index * 20);
    await socket.write(message, HANGS);
    isRight &&= await socket.read(HANGS) === message;
  }
  await socket.close();
  return isRight && (await socket.closed).wasClean;
}

async function echoDatagrams(address: string): Promise<[number, number]> {
  using conn = await dialUdp(address);
  const seen = new Set<number>();
  let wrong = 0;
  const receiving = (async () => {
    try {
      for (;;) {
        const { data } = await conn.receive({ timeout: 1000 });
        const [index] = new Uint32Array(data.buffer.slice(0, 4));
        const expected = pattern(996, index);
        const isRight = data.length === 1000 && !seen.has(index) &&
          expected.every((byte, at) => byte === data[at + 4]);
        if (!isRight) wrong++;
        seen.add(index);
      }
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  })();
  for (let index = 0; index < DATAGRAMS; index++) {
    const data = new Uint8Array(1000);
    new Uint32Array(data.buffer, 0, 1)[0] = index;
    data.set(pattern(996, index), 4);
    await conn.write(data, HANGS);
  }
  await receiving;
  return [seen.size, wrong];
}

async function dial(addresses: Record<"tcp" | "ws" | "udp", string>) {
  const bulkIsRight = await echoBulk(addresses.tcp);
  const messagesAreRight = await echoMessages(addresses.ws);
  const [datagramsBack, datagramsWrong] = await echoDatagrams(addresses.udp);
  const report: Report = {
    bulkIsRight,
    messagesAreRight,
    datagramsSent: DATAGRAMS,
    datagramsBack,
    datagramsWrong,
  };
  console.log(JSON.stringify(report));
}

const [role, argument] = Deno.args;
if (role === "serve") await serve(argument);
else await dial(JSON.parse(argument));
