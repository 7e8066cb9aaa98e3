/**
 * A chat room with nicknames, the number of users, and messages to all.
 *
 * It is the Node document's chat room v1, for `nc 127.0.0.1 8080` or telnet
 * from several terminals; `byebye` leaves. The argument is another port. These
 * faults of v1 are mended:
 *
 * - it checked for a taken nickname too early, so that a second user of a name
 *   replaced the first;
 * - an empty line made a user without a name, whose further lines were all
 *   refused as a taken nickname;
 * - it treated each chunk as a line, though a line may arrive in pieces, and
 *   several lines at once;
 * - a broken connection left its user in the room for ever, and a user who left
 *   without a nickname was announced as `undefined`;
 * - all messages were queued for a user who did not read.
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

/** Sends a line to all users but its sender. */
function broadcast(from: string, text: string): void {
  for (const [nickname, conn] of users) {
    if (nickname !== from) say(conn, text);
  }
}

/** Sends a line without waiting. */
function say(conn: TcpConn, text: string): void {
  if (conn.bufferedBytes > MAX_UNREAD) return conn.close();
  // The reader of the connection sees a failure too.
  conn.writeString(`${text}\r\n`).catch(() => {});
}
