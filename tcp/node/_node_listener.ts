import type { Server, Socket } from "node:net";
import { Alarm } from "../../internal/wait/alarm.ts";
import { fromNodeError } from "../../internal/errors/node_error.ts";
import { HeldSocket } from "../../internal/held_socket.ts";
import type { RawListener } from "../listener/_accept_loop.ts";
import type { ListenPlace } from "../listener/_listen_on.ts";
import { NodeSocket } from "./_node_socket.ts";

/**
 * Milliseconds after which a listener without news is told to listen again. A
 * listener of `node:net` that meets a lack of descriptors never accepts again,
 * and tells nobody; listening again costs 1 µs and loses no connection.
 */
const REVIVAL = 1000;

/** Options of a {@linkcode NodeListener}. */
interface NodeListenOptions {
  /** How many connections wait in the system at most. */
  readonly backlog: number;
}

/**
 * A listener of `node:net` whose port others may share (`SO_REUSEPORT`), as a raw
 * listener.
 *
 * `node:net` accepts every connection. Those that nobody has asked for wait here,
 * up to as many as would wait in the system; one more is closed.
 */
export class NodeListener extends HeldSocket
  implements RawListener<NodeSocket> {
  readonly #make: () => Server;
  readonly #backlog: number;
  /** Which has the handle: all servers before it have passed it on. */
  #server: Server;
  readonly #waiting: NodeSocket[] = [];
  #accepting: PromiseWithResolvers<NodeSocket> | undefined;
  readonly #revival = new Alarm(() => this.#onQuiet(), false);
  /** When a connection has come last, or it has begun to listen. */
  #heardAt = performance.now();
  #isClosed = false;

  readonly addr: Deno.NetAddr;

  private constructor(
    server: Server,
    make: () => Server,
    { backlog }: NodeListenOptions,
  ) {
    super(false);
    this.#server = server;
    this.#make = make;
    this.#backlog = backlog;
    const { address, port } = server.address() as {
      address: string;
      port: number;
    };
    this.addr = { transport: "tcp", hostname: address, port };
    this.#attach(server);
    this.#revival.ringBy(this.#heardAt + REVIVAL);
  }

  /**
   * Listens.
   *
   * @throws {Deno.errors.NotCapable} If the process may not, which `node:net`
   * would throw an error that can't be caught.
   * @throws {Deno.errors.AddrInUse} If another listener there does not share
   * the port.
   */
  static async listen(
    { hostname, port }: ListenPlace,
    options: NodeListenOptions,
  ): Promise<NodeListener> {
    const { createServer } = await import("node:net");
    const make = () =>
      createServer({ allowHalfOpen: true, pauseOnConnect: true });
    const server = make();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.once("listening", resolve);
    server.listen({
      host: hostname,
      port,
      backlog: options.backlog,
      reusePort: true,
    });
    try {
      await promise;
    } catch (error) {
      throw fromNodeError(noSuchAddress(error) ?? error);
    }
    server.off("error", reject);
    return new NodeListener(server, make, options);
  }

  accept(): Promise<NodeSocket> {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return Promise.resolve(waiting);
    if (this.#isClosed) return Promise.reject(closed());
    this.#accepting ??= Promise.withResolvers();
    this.setWaited(true);
    return this.#accepting.promise;
  }

  close(): void {
    this.#isClosed = true;
    this.#revival.stop();
    this.#server.close();
    for (const raw of this.#waiting.splice(0)) raw.close();
    this.#accepting?.reject(closed());
  }

  protected override onHeld(isHeld: boolean): void {
    if (isHeld) this.#server.ref();
    else this.#server.unref();
  }

  #attach(server: Server): void {
    server.on("connection", (socket: Socket) => this.#take(socket));
    // No event tells why it does not accept; that is found by time.
    server.on("error", () => {});
    this.onHeld(this.isHeld);
  }

  #take(socket: Socket): void {
    this.#heardAt = performance.now();
    if (this.#isClosed || this.#waiting.length >= this.#backlog) {
      socket.destroy();
      return;
    }
    let raw: NodeSocket;
    try {
      raw = new NodeSocket(socket);
    } catch {
      // A peer that left before it was accepted is not reported.
      socket.destroy();
      return;
    }
    const accepting = this.#accepting;
    if (accepting === undefined) {
      this.#waiting.push(raw);
      return;
    }
    this.#accepting = undefined;
    this.setWaited(false);
    accepting.resolve(raw);
  }

  #onQuiet(): void {
    if (performance.now() >= this.#heardAt + REVIVAL) this.#revive();
    this.#revival.ringBy(this.#heardAt + REVIVAL);
  }

  /** Hands the handle on to a new server, which begins to accept anew. */
  #revive(): void {
    this.#heardAt = performance.now();
    const before = this.#server;
    before.removeAllListeners("connection");
    this.#server = this.#make();
    this.#attach(this.#server);
    this.#server.listen(before, this.#backlog);
  }
}

/** Node finds that the machine has no such address when it listens, as EINVAL. */
function noSuchAddress(error: unknown): Error | undefined {
  if (!(error instanceof Error && "code" in error)) return undefined;
  if (error.code !== "EINVAL") return undefined;
  const made = new Error("the machine has no such address", { cause: error });
  return Object.assign(made, { code: "EADDRNOTAVAIL" });
}

/** The error of the runtime for a closed listener. */
function closed(): Error {
  return new Deno.errors.BadResource("Listener has been closed");
}
