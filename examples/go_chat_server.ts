/**
 * A chat server: everybody has a number, and everybody hears everything.
 *
 * It is the Go document's `server.go`, and runs until Ctrl-C. Talk to it with
 * `go_client.ts 2020` or `nc 127.0.0.1 2020` from several terminals. The
 * argument is another port.
 *
 * Its four kinds of goroutines and three channels have nothing to do here: one
 * thread means that a `Set` needs no guard. Two things are better than there.
 * Numbers can't be given out twice by two goroutines, and a user who does not
 * read is let go, where the original stops the talk of all the others when the
 * eight places of his channel are full.
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
    // First the welcome, then the news for those who are here already, and only
    // then is the user one of them.
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

/** Sends a line, and waits for nobody. */
function send({ conn }: User, text: string): void {
  if (conn.bufferedBytes > MAX_UNREAD) return conn.close();
  // A failure shows where the connection is read, too.
  conn.writeString(`${text}\n`).catch(() => {});
}

if (import.meta.main) {
  const { port } = startChat(Number(Deno.args[0] ?? 2020)).addr;
  console.log(`The chat is open: nc 127.0.0.1 ${port}`);
}
