import { listenTcp } from "../../tcp/listen_tcp.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";
import type { Random } from "../property/_random.ts";
import { Account } from "./_ledger.ts";
import { HANGS, type Traffic } from "./_traffic.ts";

/** What makes the server close. */
const CLOSE_ME = "close me";

/** A message that tells its number, as text or as bytes. */
function makeMessage(index: number, size: number): string | Uint8Array {
  if (index % 2 === 0) return `${index} `.repeat(size);
  return Uint8Array.from({ length: size }, (_, at) => at * index);
}

function isSame(
  a: string | Uint8Array,
  b: string | Uint8Array | null,
): boolean {
  if (typeof a === "string" || typeof b === "string" || b === null) {
    return a === b;
  }
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

async function echo(socket: WebSocketConn): Promise<void> {
  for (;;) {
    const message = await socket.read();
    if (message === null) break;
    if (message === CLOSE_ME) await socket.close(4000, "as you wish");
    else await socket.write(message);
  }
  await socket.closed;
}

async function use(
  url: string,
  account: Account,
  random: Random,
): Promise<string> {
  const deflate = random.chance(0.5);
  const socket = await dialWebSocket(url, { deflate });
  const end = random.pick(["close", "server close", "terminate", "timeout"]);
  try {
    const count = random.below(20);
    const messages: (string | Uint8Array)[] = [];
    for (let index = 0; index < count; index++) {
      messages.push(makeMessage(index, random.pick([0, 1, 30, 500, 9000])));
    }
    const writing = (async () => {
      for (const message of messages) await socket.write(message, HANGS);
    })();
    writing.catch(() => {});
    account.sent += count;
    const most = end === "terminate" ? random.below(count + 1) : count;
    for (let index = 0; index < most; index++) {
      const message = await socket.read(HANGS);
      if (!isSame(messages[index], message)) {
        throw new Error(`Message ${index} has come back as another`);
      }
      account.returned++;
    }
    account.lost += count - most;
    if (end === "terminate") {
      socket.terminate();
      await writing.catch(() => {});
    } else await writing;
    return await finish(socket, end);
  } finally {
    socket.terminate();
  }
}

/** Ends a session, and checks how that is told. */
async function finish(socket: WebSocketConn, end: string): Promise<string> {
  if (end === "timeout") {
    const error = await socket.read({ timeout: 1 }).catch((error) => error);
    if (error?.name !== "TimeoutError") throw new Error(`Read ${error}`);
    await socket.ping(undefined, HANGS);
  }
  if (end === "server close") {
    await socket.write(CLOSE_ME, HANGS);
    if (await socket.read(HANGS) !== null) throw new Error("It goes on");
  } else if (end !== "terminate") await socket.close(1000, "bye", HANGS);
  const { code, wasClean } = await socket.closed;
  const expected = end === "terminate"
    ? 1006
    : end === "server close"
    ? 4000
    : 1000;
  if (code !== expected || wasClean !== (code !== 1006)) {
    throw new Error(`Ended by "${end}" with ${code}, clean: ${wasClean}`);
  }
  return end;
}

/** WebSockets with and without compression, ended in all ways. */
export function startWebSockets(): Traffic {
  const account = new Account();
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn) => {
    const socket = await acceptWebSocket(conn, {
      deflate: true,
      pingInterval: 50,
    });
    // That a client has cut the link is what it has meant to do.
    await echo(socket).catch(() => {});
    await socket.closed;
  }, { onError: (error) => account.faults.push(`websocket server: ${error}`) });
  const url = `ws://127.0.0.1:${listener.addr.port}/`;
  return {
    name: "websocket",
    account,
    workers: 4,
    step: (random) => use(url, account, random),
    async stop() {
      const cut = await listener.shutdown(HANGS);
      await serving;
      if (cut > 0) account.faults.push(`${cut} connections were left`);
    },
  };
}
