import { serveChat } from "../../chat/server/serve_chat.ts";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import type { TcpConn } from "../../tcp/tcp_conn.ts";
import type { Random } from "../property/_random.ts";
import { Account } from "./_ledger.ts";
import { HANGS, type Traffic } from "./_traffic.ts";

/** Reads up to a line with a text in it. */
async function readUntil(conn: TcpConn, text: string): Promise<string> {
  for await (const line of conn.lines(HANGS)) {
    if (line.includes(text)) return line;
  }
  throw new Error(`The chat has ended before "${text}"`);
}

/** Enters the room. */
async function enter(addr: Deno.NetAddr, nickname: string): Promise<TcpConn> {
  const conn = await dialTcp(addr, HANGS);
  try {
    await conn.writeString(`${nickname}\r\n`);
    await readUntil(conn, nickname);
    return conn;
  } catch (error) {
    conn.close();
    throw error;
  }
}

/** A chat: two come, talk a little and leave, beside others. */
export function startChat(): Traffic {
  const account = new Account();
  const server = serveChat({
    tcp: { port: 0 },
    onError: (error) => account.faults.push(`chat server: ${error}`),
  });
  let pairs = 0;

  async function use(random: Random): Promise<string> {
    const id = `${++pairs}x${random.int(0, 2 ** 31).toString(36)}`;
    const names = [`ann${id}`, `bob${id}`];
    using ann = await enter(server.tcpAddr, names[0]);
    using bob = await enter(server.tcpAddr, names[1]);
    await readUntil(ann, names[1]);
    const end = random.pick(["goodbye", "half-close", "close"]);
    for (let count = 0; count < 3; count++) {
      for (
        const [from, to, name] of [[ann, bob, names[0]], [
          bob,
          ann,
          names[1],
        ]] as const
      ) {
        const text = `${id} ${count} ${"é".repeat(random.below(200))}.`;
        account.sent++;
        await from.writeString(`${text}\n`, HANGS);
        const line = await readUntil(to, `${id} ${count} `);
        if (!line.includes(name) || !line.endsWith(text)) {
          throw new Error(`Heard "${line}" for "${text}"`);
        }
        account.returned++;
      }
    }
    if (end === "goodbye") await ann.writeString("byebye\n");
    if (end === "half-close") await ann.closeWrite();
    if (end !== "close") {
      // The server has the last word, and ends the connection.
      while (await ann.readLine(HANGS) !== null);
    }
    return end;
  }

  return {
    name: "chat",
    account,
    workers: 2,
    step: use,
    async stop() {
      await server.shutdown(HANGS);
      await server.finished;
      if (server.connectionCount > 0) account.faults.push("Users are left");
      if (server.room.online > 0) account.faults.push("The room is not empty");
    },
  };
}
