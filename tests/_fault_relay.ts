import {
  createConnection,
  createServer,
  type Server,
  type Socket,
} from "node:net";
import { FaultLink, type Faults, type Wire } from "./_fault_link.ts";

/**
 * A relay between whoever dials it and a target, which does harm on the way at
 * chosen places. It has sockets of `node:net`, as only those can reset.
 */
export class FaultRelay extends FaultLink implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: Deno.NetAddr;
  readonly #links = new Set<Socket>();

  private constructor(server: Server, target: Deno.NetAddr, faults: Faults) {
    super(faults);
    this.#server = server;
    this.#target = target;
  }

  /** Starts a relay to a target. */
  static async start(
    target: Deno.NetAddr,
    faults: Faults,
  ): Promise<FaultRelay> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const relay = new FaultRelay(server, target, faults);
    server.on("connection", (socket: Socket) => relay.#connect(socket));
    const listening = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", () => listening.resolve());
    await listening.promise;
    return relay;
  }

  /** Where to dial. */
  get addr(): Deno.NetAddr {
    const address = this.#server.address();
    const port = typeof address === "object" ? address?.port ?? 0 : 0;
    return { transport: "tcp", hostname: "127.0.0.1", port };
  }

  /** Ends all connections and the relay. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    const closed = new Promise<void>((resolve) =>
      this.#server.close(() => resolve())
    );
    const links = [...this.#links].map((socket) => {
      const isOver = new Promise((resolve) => socket.once("close", resolve));
      socket.destroy();
      return isOver;
    });
    await Promise.all([...links, closed]);
  }

  #connect(dialled: Socket): void {
    const { hostname, port } = this.#target;
    const target = createConnection({
      host: hostname,
      port,
      allowHalfOpen: true,
      noDelay: true,
    });
    for (const socket of [dialled, target]) {
      this.#links.add(socket);
      socket.once("close", () => this.#links.delete(socket));
      // What is lost here is what the ends have to notice, and not the relay.
      socket.on("error", () => {});
    }
    target.once(
      "connect",
      () => this.join(wireOfSocket(dialled), wireOfSocket(target)),
    );
    target.once("error", () => dialled.destroy());
  }
}

function wireOfSocket(socket: Socket): Wire {
  return {
    read: () => read(socket),
    write: (bytes) => write(socket, bytes),
    end: () => void socket.end(),
    cut: () => void socket.destroy(),
    reset: () => void socket.resetAndDestroy(),
  };
}

/**
 * Reads what is there; `null` at the end. Iterating over a socket would destroy
 * it at the end of one direction.
 */
async function read(socket: Socket): Promise<Uint8Array | null> {
  for (;;) {
    const chunk: Uint8Array | null = socket.read();
    if (chunk !== null) return chunk;
    if (socket.readableEnded) return null;
    if (socket.destroyed) throw new Error("The link is lost");
    await new Promise<void>((resolve) => {
      const names = ["readable", "end", "close"];
      const wake = () => {
        for (const name of names) socket.off(name, wake);
        resolve();
      };
      for (const name of names) socket.on(name, wake);
    });
  }
}

function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => error ? reject(error) : resolve());
  });
}
