import { listenTcp } from "../../tcp/listen_tcp.ts";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import type { TcpConn } from "../../tcp/tcp_conn.ts";
import type { TcpListener } from "../../tcp/tcp_listener.ts";

/** A way to a server that can be cut, as by a tunnel or a cable. */
export class CuttableLink implements AsyncDisposable {
  /** Where the way leads to. */
  target: Deno.NetAddr;
  readonly #listener: TcpListener;
  readonly #serving: Promise<void>;
  readonly #conns = new Set<TcpConn>();
  #isCut = false;

  constructor(target: Deno.NetAddr) {
    this.target = target;
    this.#listener = listenTcp("127.0.0.1:0");
    this.#serving = this.#listener.serve((conn) => this.#relay(conn));
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Cuts all connections without a word, and lets none through. */
  cut(): void {
    this.#isCut = true;
    for (const conn of this.#conns) conn.close();
  }

  mend(): void {
    this.#isCut = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#listener.close();
    await this.#serving;
  }

  async #relay(near: TcpConn): Promise<void> {
    if (this.#isCut) return near.close();
    try {
      using far = await dialTcp(this.target);
      this.#conns.add(near).add(far);
      await Promise.allSettled([
        near.readable.pipeTo(far.writable),
        far.readable.pipeTo(near.writable),
      ]);
      this.#conns.delete(far);
    } catch {
      // The server is not there.
    } finally {
      this.#conns.delete(near);
      near.close();
    }
  }
}
