/**
 * A chat room with commands: messages to all or to one user, a list of users, and
 * nicknames.
 *
 * It is the Node document's chat room v2, for `nc 127.0.0.1 8080` or telnet
 * from several terminals. The argument is another port.
 *
 * ```
 * b:TEXT        say TEXT to all others
 * c:NAME:TEXT   say TEXT to NAME alone
 * l             list the users
 * n:NAME        change the nickname to NAME
 * ```
 *
 * These faults of v2 are mended: private text was cut at its first colon, two users
 * could have one name, so that the second was never reached, the greeting had no
 * line end, chunks were treated as lines, and a broken connection left its user in
 * the room for ever.
 *
 * A room for real use is in `chat/`.
 *
 * ```sh
 * deno run --allow-net examples/node_chat_v2.ts
 * ```
 *
 * @module
 */

import { joinAddress, listenTcp, type TcpConn } from "../tcp/mod.ts";

/** How many bytes may wait for a user who does not read. */
const MAX_UNREAD = 64 * 1024;
const ANONYMOUS = "anonymous";

interface User {
  readonly conn: TcpConn;
  nickname: string;
}

const users = new Set<User>();
const port = Number(Deno.args[0] ?? 8080);
const listener = listenTcp({ hostname: "127.0.0.1", port });
console.log(`The room is open: nc 127.0.0.1 ${listener.addr.port}`);

await listener.serve(async (conn) => {
  const { hostname, port } = conn.remoteAddr;
  const user: User = { conn, nickname: ANONYMOUS };
  users.add(user);
  say(user, `Welcome, your address is ${joinAddress(hostname, port)}`);
  try {
    for await (const line of conn.lines({ maxLength: 1000 })) obey(user, line);
  } finally {
    users.delete(user);
  }
}, { onError: (error) => console.log(`A user was lost: ${error}`) });

/** Runs the command of a line. */
function obey(user: User, line: string): void {
  const [, command = "", rest = ""] = /^([bcln])(?::(.*))?$/.exec(line) ?? [];
  switch (command) {
    case "b":
      return broadcast(user, rest);
    case "c":
      return sendTo(user, rest);
    case "l":
      return list(user);
    case "n":
      return rename(user, rest);
    default:
      return say(user, "Unknown command!");
  }
}

function broadcast(from: User, text: string): void {
  for (const user of users) {
    if (user !== from) say(user, `${from.nickname}: ${text}`);
  }
}

function sendTo(from: User, rest: string): void {
  const end = rest.indexOf(":");
  const name = end < 0 ? rest : rest.slice(0, end);
  const text = end < 0 ? "" : rest.slice(end + 1);
  const user = find(name);
  if (user === undefined) return say(from, `There is no ${name} here`);
  say(user, `${from.nickname} (to you): ${text}`);
}

function list(to: User): void {
  const names = Array.from(users, ({ nickname }) => nickname);
  say(to, ["Who is here:", ...names].join("\r\n"));
}

function rename(user: User, name: string): void {
  if (name === "" || name.includes(":")) {
    return say(user, "A nickname has at least one character, and no colon");
  }
  if (find(name) !== undefined) return say(user, `${name} is taken`);
  user.nickname = name;
  say(user, "Your nickname is changed");
}

/** The user of a name; users without a name are not found. */
function find(name: string): User | undefined {
  if (name === ANONYMOUS) return undefined;
  return Array.from(users).find(({ nickname }) => nickname === name);
}

/** Sends lines without waiting. */
function say({ conn }: User, text: string): void {
  if (conn.bufferedBytes > MAX_UNREAD) return conn.close();
  // The reader of the connection sees a failure too.
  conn.writeString(`${text}\r\n`).catch(() => {});
}
