import {
  createConnection,
  createServer,
  type Server,
  type Socket,
} from "node:net";

/** Milliseconds that a slow link makes up for, when its process was late. */
const CATCH_UP = 250;

/** A slow link: so many bytes pass a second, of all connections that share it. */
export class Throttle {
  readonly #rate: number;
  /** When the bytes before have passed. */
  #freeAt = 0;
  /** How many bytes pass at once: 20 times a second. */
  readonly slice: number;

  /** @param rate Bytes a second. */
  constructor(rate: number) {
    this.#rate = rate;
    this.slice = Math.ceil(rate / 20);
  }

  /** Resolves when so many bytes have passed, behind all that came before. */
  async pass(length: number): Promise<void> {
    const now = performance.now();
    const start = Math.max(this.#freeAt, now - CATCH_UP);
    this.#freeAt = start + length / this.#rate * 1000;
    const wait = Math.max(this.#freeAt - now, 0);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** What happens to one direction of a connection on its way. */
export interface Course {
  /** The slow link that it has to pass. */
  readonly throttle?: Throttle;
  /** How many bytes are passed on with one write; all at once if left out. */
  readonly slice?: number;
  /** How many turns of the event loop each piece is held up. */
  readonly delay?: number;
  /** After how many bytes nothing is passed on until `release()`. */
  readonly stallAt?: number;
  /** After how many bytes this direction ends, and the other goes on. */
  readonly endAt?: number;
  /** After how many bytes the connection is reset, at both ends. */
  readonly resetAt?: number;
}

/** What happens to a connection, from the dialling side (`up`) and to it. */
export interface Faults {
  readonly up?: Course;
  readonly down?: Course;
}

/**
 * A relay between who dials it and a target, which does harm on the way at
 * chosen places. It has sockets of `node:net`, as only those can reset.
 */
export class FaultRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: Deno.NetAddr;
  readonly #faults: Faults;
  readonly #links = new Set<Socket>();
  readonly #stalled = Promise.withResolvers<void>();
  readonly #released = Promise.withResolvers<void>();
  readonly #broken = Promise.withResolvers<void>();
  /** Bytes passed on from the dialling side, and to it. */
  readonly passed: { up: number; down: number } = { up: 0, down: 0 };

  private constructor(server: Server, target: Deno.NetAddr, faults: Faults) {
    this.#server = server;
    this.#target = target;
    this.#faults = faults;
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

  /** Resolves when a direction has come to where it stalls. */
  get stalled(): Promise<void> {
    return this.#stalled.promise;
  }

  /** Resolves when a direction has come to where it ends or is reset. */
  get broken(): Promise<void> {
    return this.#broken.promise;
  }

  /** Lets what has stalled go on. */
  release(): void {
    this.#released.resolve();
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
    const { up = {}, down = {} } = this.#faults;
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
    target.once("connect", () => {
      this.#pass(dialled, target, up, "up");
      this.#pass(target, dialled, down, "down");
    });
    target.once("error", () => dialled.destroy());
  }

  async #pass(
    from: Socket,
    to: Socket,
    course: Course,
    way: "up" | "down",
  ): Promise<void> {
    let left = course.endAt ?? Infinity;
    let isDone = false;
    try {
      // The first thing that may happen is that nothing passes at all.
      await this.#meet(course, 0, from, to);
      for (
        let bytes = await read(from);
        bytes !== null;
        bytes = await read(from)
      ) {
        for (let at = 0; at < bytes.length && left > 0;) {
          const end = Math.min(
            at + this.#size(course, way),
            bytes.length,
            at + left,
          );
          await turns(course.delay ?? 0);
          await course.throttle?.pass(end - at);
          await write(to, bytes.subarray(at, end));
          left -= end - at;
          this.passed[way] += end - at;
          at = end;
          await this.#meet(course, this.passed[way], from, to);
        }
        if (left === 0) break;
      }
      isDone = true;
    } catch {
      // Reset or cut: the other end hears of it.
    }
    if (left === 0) this.#broken.resolve();
    if (isDone) to.end();
    else to.destroy();
  }

  /** How much may be passed on before something is to happen. */
  #size(
    { throttle, slice = throttle?.slice ?? Infinity, stallAt, resetAt }: Course,
    way: "up" | "down",
  ): number {
    const passed = this.passed[way];
    let size = slice;
    for (const place of [stallAt, resetAt]) {
      if (place !== undefined && place > passed) {
        size = Math.min(size, place - passed);
      }
    }
    return size;
  }

  async #meet(
    { stallAt, resetAt }: Course,
    passed: number,
    from: Socket,
    to: Socket,
  ): Promise<void> {
    if (passed === stallAt) {
      this.#stalled.resolve();
      await this.#released.promise;
    }
    if (passed !== resetAt) return;
    from.resetAndDestroy();
    to.resetAndDestroy();
    this.#broken.resolve();
  }
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

/** Lets the event loop go round. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => error ? reject(error) : resolve());
  });
}
