import { dialTcp } from "../../tcp/dial_tcp.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import type { TcpConn } from "../../tcp/tcp_conn.ts";
import type { TcpListener } from "../../tcp/tcp_listener.ts";

/** The field in which the proxy names a user. */
export const USER_HEADER = "X-Forwarded-User";

/** A proxy that signs everybody in by one name. */
export class SigningProxy implements AsyncDisposable {
  readonly #listener: TcpListener = listenTcp("127.0.0.1:0");
  readonly #serving: Promise<void>;
  readonly #open = new Set<TcpConn>();

  /** The name; `undefined` for nobody. */
  user: string | undefined;

  constructor(chat: Deno.NetAddr, user: string) {
    this.user = user;
    this.#serving = this.#listener.serve(async (client) => {
      // Connections to a chat have one request each.
      const request = await client.readLine();
      await using server = await dialTcp(chat);
      this.#open.add(server);
      const field = this.user === undefined
        ? ""
        : `${USER_HEADER}: ${this.user}\r\n`;
      await server.write(new TextEncoder().encode(`${request}\r\n${field}`));
      await Promise.allSettled([
        client.readable.pipeTo(server.writable),
        server.readable.pipeTo(client.writable),
      ]);
      this.#open.delete(server);
    });
  }

  /** The address of the page. */
  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}/`;
  }

  /** Signs everybody out, and cuts their connections. */
  signOut(): void {
    this.user = undefined;
    for (const server of this.#open) server.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener.shutdown({ timeout: 1_000 }).catch(() => {});
    await this.#serving;
  }
}
