import { createServer, type Socket } from "node:net";
import { dialTcp, type DialTcpOptions } from "../../../tcp/dial_tcp.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";

/** A connection whose peer can reset it. */
export interface Resettable extends Disposable {
  /** The end to test. */
  readonly conn: TcpConn;
  /** Sends text from the peer. */
  send(text: string): void;
  /** Makes the peer reset the connection. */
  reset(): void;
}

/**
 * Makes a connection whose peer can reset it. Deno's own connections end with
 * FIN whatever happens; only those of `node:net` can send RST.
 *
 * @param options How to dial.
 */
export async function connectResettable(
  options: DialTcpOptions = {},
): Promise<Resettable> {
  const accepted = Promise.withResolvers<Socket>();
  const listening = Promise.withResolvers<void>();
  const server = createServer((socket) => accepted.resolve(socket));
  server.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  const address = server.address();
  const port = typeof address === "object" ? address?.port ?? 0 : 0;
  const conn = await dialTcp({ hostname: "127.0.0.1", port }, options);
  const socket = await accepted.promise;
  server.close();
  return {
    conn,
    send: (text) => void socket.write(text),
    reset: () => void socket.resetAndDestroy(),
    [Symbol.dispose]: () => {
      conn.close();
      socket.destroy();
    },
  };
}
