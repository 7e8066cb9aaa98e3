import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import type { TcpListener } from "../../../tcp/tcp_listener.ts";

/** A connection to a server that can be cut. */
export class FlakyProxy implements AsyncDisposable {
  readonly #listener: TcpListener = listenTcp("127.0.0.1:0");
  readonly #conns = new Set<TcpConn>();
  readonly #serving: Promise<void>;
  /** Whether newcomers are cut at once. */
  isDown = false;
  /** Whether what the server sends is held back. */
  isDeaf = false;
  connections = 0;
  /** Where connections lead from now on. */
  target: Deno.NetAddr;

  constructor(target: Deno.NetAddr) {
    this.target = target;
    this.#serving = this.#listener.serve(async (front) => {
      if (this.isDown) return front.close();
      this.connections++;
      const back = await dialTcp(this.target);
      this.#conns.add(front).add(back);
      await Promise.all([
        this.#pump(front, back, () => false),
        this.#pump(back, front, () => this.isDeaf),
      ]);
    });
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Cuts all connections. */
  cut(): void {
    for (const conn of this.#conns) conn.close();
    this.#conns.clear();
  }

  async #pump(
    from: TcpConn,
    to: TcpConn,
    isHeld: () => boolean,
  ): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    try {
      while (true) {
        const length = await from.read(buffer);
        if (length === null) break;
        if (!isHeld()) await to.write(buffer.subarray(0, length));
      }
    } catch {
      // Cut.
    } finally {
      from.close();
      to.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    await this.#serving;
  }
}
