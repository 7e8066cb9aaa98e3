import { dialTcp, type TcpConn } from "@vnet/net/tcp";
import type { Client, Message, Server } from "@vnet/net/websocket";
import { concat } from "./_frames.ts";

/** A server that listens, and how to stop it. */
export interface Served extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

/** Lets a server listen until the end of the scope. */
export async function serve(server: Server): Promise<Served> {
  const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
  const serving = server.listen({ onListen: resolve });
  const { port } = await promise;
  return {
    port,
    url: `ws://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      await server.close();
      await serving;
    },
  };
}

/** A list that can be waited for. */
export class Log<T> {
  readonly items: T[] = [];
  #waiters: { count: number; resolve: () => void }[] = [];

  readonly add = (item: T): void => {
    this.items.push(item);
    this.#waiters = this.#waiters.filter(({ count, resolve }) => {
      if (this.items.length < count) return true;
      resolve();
      return false;
    });
  };

  /** Waits until there are so many, and returns all. */
  async have(count: number): Promise<readonly T[]> {
    if (this.items.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiters.push({ count, resolve });
      await promise;
    }
    return this.items;
  }
}

/** Writes the events of a client or a server down. */
export function record(source: Client | Server): Log<string> {
  const log = new Log<string>();
  if ("onOpen" in source) source.onOpen(() => log.add("open"));
  source.onMessage((_ws: Client, message: Message) => {
    log.add(`${message.opcode} ${message.text()}`);
  });
  source.onError((_ws: Client | undefined, error: unknown) => {
    log.add(`error ${error}`);
  });
  source.onClose((_ws: Client, code: number, reason: string) => {
    log.add(`close ${code} ${reason}`.trimEnd());
  });
  return log;
}

/** The request of a client, byte by byte. */
export function request(path: string, fields: readonly string[] = []): string {
  return [
    `GET ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...fields,
    "\r\n",
  ].join("\r\n");
}

/**
 * A client that is only a TCP connection, behind its handshake. At the end of a
 * scope it is cut: it waits for nobody then.
 */
export async function rawClient(port: number): Promise<TcpConn> {
  const conn = await dialTcp({ hostname: "127.0.0.1", port });
  conn[Symbol.dispose] = () => conn.terminate();
  await conn.writeString(request("/"));
  while (await conn.readLine() !== "");
  return conn;
}

/** Sends a request, and reads the status line and the rest of the answer. */
export async function ask(
  port: number,
  path: string,
  fields: readonly string[] = [],
): Promise<string> {
  using conn = await dialTcp({ hostname: "127.0.0.1", port });
  await conn.writeString(request(path, fields));
  const pieces: Uint8Array[] = [];
  for await (const piece of conn.readable) pieces.push(piece);
  return new TextDecoder().decode(concat(...pieces));
}

/** Reads unmasked frames of less than 126 bytes: opcode and payload of each. */
export async function readFrame(
  conn: TcpConn,
): Promise<[opcode: number, payload: Uint8Array]> {
  const head = new Uint8Array(2);
  await conn.readFull(head);
  const payload = new Uint8Array(head[1]);
  await conn.readFull(payload);
  return [head[0] & 15, payload];
}
