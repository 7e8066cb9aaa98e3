/**
 * A chat server: each user has a number, and all lines go to all other users.
 *
 * It is the Go document's `server.go`, and runs until Ctrl-C. Talk to it with
 * `go_client.ts 2020` or `nc 127.0.0.1 2020` from several terminals. The
 * argument is another port.
 *
 * One thread replaces its four kinds of goroutines and three channels, so a `Set`
 * needs no lock. Two faults of the original are mended: two users can't get the
 * same number, and a user who does not read is disconnected, where the original
 * blocks all others once the eight slots of that user's channel are full.
 *
 * ```sh
 * deno run --allow-net examples/go_chat_server.ts
 * ```
 *
 * @module
 */

import { listenTcp, type TcpConn, type TcpListener } from "../tcp/mod.ts";

/** How many bytes may wait for a user who does not read. */
const MAX_UNREAD = 64 * 1024;

interface User {
  readonly id: number;
  readonly addr: Deno.NetAddr;
  readonly enterTime: Date;
  readonly conn: TcpConn;
}

/** Starts the server. Port 0 takes a free one. */
export function startChat(port: number): TcpListener {
  const users = new Set<User>();
  const listener = listenTcp({ hostname: "127.0.0.1", port });
  listener.serve(async (conn) => {
    const user: User = {
      id: listener.acceptedCount,
      addr: conn.remoteAddr,
      enterTime: new Date(),
      conn,
    };
    // The welcome comes first, then the news for the others, and only then does
    // the user get the messages of the others.
    send(user, `Welcome ${user.id}`);
    broadcast(users, `User ${user.id} has entered`);
    users.add(user);
    try {
      for await (const line of conn.lines()) {
        broadcast(users, `${user.id}: ${line}`);
      }
    } finally {
      users.delete(user);
      broadcast(users, `User ${user.id} has left`);
    }
  }, { onError: (error) => console.log(`A user was lost: ${error}`) });
  return listener;
}

function broadcast(users: Iterable<User>, text: string): void {
  for (const user of users) send(user, text);
}

/** Sends a line without waiting. */
function send({ conn }: User, text: string): void {
  if (conn.bufferedBytes > MAX_UNREAD) return conn.close();
  // The reader of the connection sees a failure too.
  conn.writeString(`${text}\n`).catch(() => {});
}

if (import.meta.main) {
  const { port } = startChat(Number(Deno.args[0] ?? 2020)).addr;
  console.log(`The chat is open: nc 127.0.0.1 ${port}`);
}
