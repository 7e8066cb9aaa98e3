// 500 users of a chat over WebSockets, who join at the first line of the standard
// input and talk at the second. It prints a line when that is done.
//
//   deno run -A bench/clients/chat_team.ts PORT [PASSWORD]

import { dialWebSocket } from "../../websocket/mod.ts";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";

const USERS = 500;
const LINES = 4;

const [port, password] = Deno.args;
let acks = 0;
let allSaid = Promise.withResolvers<void>();
console.log("ready");
const users: WebSocketConn[] = [];
const commands = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const command of commands) {
  if (command === "join\n") await joinAll();
  else await talk();
  console.log("done");
}
// The nicknames are free for the next round.
for (const user of users) await user.write('{"type":"quit"}');
await Promise.all(users.map((user) => user.closed));

async function joinAll(): Promise<void> {
  const sockets = await Promise.all(
    Array.from(
      { length: USERS },
      () =>
        dialWebSocket(`ws://127.0.0.1:${port}/chat`, {
          protocols: ["vnet-chat.1"],
        }),
    ),
  );
  users.push(...sockets);
  await Promise.all(users.map(async (user, index) => {
    const hello = { type: "hello", version: 1, nickname: `user${index}` };
    const secret = password === "" ? {} : { password };
    await user.write(
      JSON.stringify({ ...hello, device: crypto.randomUUID(), ...secret }),
    );
    await until(user, '"type":"entered"');
    void drain(user);
  }));
}

/** Waits until a message has some text in it. */
async function until(user: WebSocketConn, text: string): Promise<void> {
  let last = "";
  for (;;) {
    const message = await user.read();
    if (message === null) throw new Error(`The server ended it: ${last}`);
    last = String(message);
    if (last.includes(text)) return;
  }
}

async function drain(user: WebSocketConn): Promise<void> {
  for (;;) {
    const message = await user.read().catch(() => null);
    if (message === null) return;
    if (!String(message).includes('"type":"ack"')) continue;
    if (++acks === USERS * LINES) allSaid.resolve();
  }
}

/** Each user says some lines in the lobby, where all hear them. */
async function talk(): Promise<void> {
  acks = 0;
  allSaid = Promise.withResolvers();
  for (let line = 0; line < LINES; line++) {
    for (const user of users) {
      const text = `line ${line} of *somebody*, who says what people say`;
      const ref = `${line}`;
      await user.write(JSON.stringify({ type: "say", text, ref }));
    }
  }
  await allSaid.promise;
}
