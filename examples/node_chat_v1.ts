/**
 * A chat room: nicknames, the number of those present, and what each says to
 * all.
 *
 * It is the Node document's chat room v1, for `nc 127.0.0.1 8080` or telnet
 * from several terminals; `byebye` leaves. The argument is another port. What
 * v1 got wrong is right here:
 *
 * - it looked for a taken nickname before there was one, so that the second of
 *   a name took the place of the first;
 * - an empty line made a user without a name, whose every further line was
 *   refused as a nickname that is taken;
 * - it took each chunk for a line, though a line may come in pieces, and
 *   several at once;
 * - a connection that broke left its user in the room for ever, and one who
 *   left without a nickname was announced as `undefined`;
 * - whoever did not read had everything kept for him.
 *
 * A room for real use is in `chat/`.
 *
 * ```sh
 * deno run --allow-net examples/node_chat_v1.ts
 * ```
 *
 * @module
 */

import { listenTcp, type TcpConn } from "../tcp/mod.ts";

/** How many bytes may wait for a user who does not read. */
const MAX_UNREAD = 64 * 1024;

const users = new Map<string, TcpConn>();
/** How many are in the room, those without a nickname included. */
let online = 0;
const port = Number(Deno.args[0] ?? 8080);
const listener = listenTcp({ hostname: "127.0.0.1", port });
console.log(`The room is open: nc 127.0.0.1 ${listener.addr.port}`);

await listener.serve(async (conn) => {
  online++;
  try {
    await talk(conn);
  } finally {
    online--;
  }
});

/** Serves a user until they leave. */
async function talk(conn: TcpConn): Promise<void> {
  say(conn, `Welcome, ${online} online. What is your nickname?`);
  const lines = conn.lines({ maxLength: 1000 });
  const nickname = await askNickname(conn, lines);
  if (nickname === undefined) return;

  users.set(nickname, conn);
  broadcast(nickname, `Welcome ${nickname}!`);
  try {
    for await (const line of lines) {
      if (line === "byebye") break;
      broadcast(nickname, `${nickname}: ${line}`);
    }
  } finally {
    users.delete(nickname);
    broadcast(nickname, `${nickname} has left.`);
  }
}

/** Takes the first line that is a free nickname, if one comes. */
async function askNickname(
  conn: TcpConn,
  lines: AsyncIterator<string>,
): Promise<string | undefined> {
  while (true) {
    const { value, done } = await lines.next();
    if (done || value === "byebye") return undefined;
    const nickname = value.trim();
    if (nickname === "") {
      say(conn, "A nickname can't be empty, please type one.");
    } else if (users.has(nickname)) {
      say(conn, "This nickname is taken, please choose another one.");
    } else return nickname;
  }
}

/** Says something to all but the one who has said it. */
function broadcast(from: string, text: string): void {
  for (const [nickname, conn] of users) {
    if (nickname !== from) say(conn, text);
  }
}

/** Sends a line, and waits for nobody. */
function say(conn: TcpConn, text: string): void {
  if (conn.bufferedBytes > MAX_UNREAD) return conn.close();
  // A failure shows where the connection is read, too.
  conn.writeString(`${text}\r\n`).catch(() => {});
}
