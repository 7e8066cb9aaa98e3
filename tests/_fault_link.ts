import { delay } from "@std/async";
import type { StreamConn } from "../tcp/conn/stream_conn.ts";

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
    await delay(wait);
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

/** One of the two connections that a link joins. */
export interface Wire {
  /** Reads what is there; `null` at the end of this direction. */
  read(): Promise<Uint8Array | null>;
  /** Writes everything. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the direction away from the link. */
  end(): void;
  /** Closes the connection. */
  cut(): void;
  /** Resets the connection, where its kind knows that, and else closes it. */
  reset(): void;
}

/**
 * Joins connections in pairs, and does harm on the way at chosen places. It has
 * no sockets of its own, so it carries whatever can be read and written.
 */
export class FaultLink {
  readonly #faults: Faults;
  readonly #stalled = Promise.withResolvers<void>();
  readonly #released = Promise.withResolvers<void>();
  readonly #broken = Promise.withResolvers<void>();
  /** Bytes passed on from the dialling side, and to it. */
  readonly passed: { up: number; down: number } = { up: 0, down: 0 };

  constructor(faults: Faults) {
    this.#faults = faults;
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

  /** Passes on what comes, both ways, and resolves when both have ended. */
  async join(dialled: Wire, target: Wire): Promise<void> {
    const { up = {}, down = {} } = this.#faults;
    await Promise.all([
      this.#pass(dialled, target, up, "up"),
      this.#pass(target, dialled, down, "down"),
    ]);
  }

  async #pass(
    from: Wire,
    to: Wire,
    course: Course,
    way: "up" | "down",
  ): Promise<void> {
    let left = course.endAt ?? Infinity;
    let isDone = false;
    try {
      // The first thing that may happen is that nothing passes at all.
      await this.#meet(course, 0, from, to);
      for (
        let bytes = await from.read();
        bytes !== null;
        bytes = await from.read()
      ) {
        for (let at = 0; at < bytes.length && left > 0;) {
          const end = Math.min(
            at + this.#size(course, way),
            bytes.length,
            at + left,
          );
          await turns(course.delay ?? 0);
          await course.throttle?.pass(end - at);
          await to.write(bytes.subarray(at, end));
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
    else to.cut();
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
    from: Wire,
    to: Wire,
  ): Promise<void> {
    if (passed === stallAt) {
      this.#stalled.resolve();
      await this.#released.promise;
    }
    if (passed !== resetAt) return;
    from.reset();
    to.reset();
    this.#broken.resolve();
  }
}

/** Lets the event loop go round. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await delay(0);
  }
}

/** A connection of this library in a link. It can't be reset. */
export function wireOf(conn: StreamConn<unknown>): Wire {
  const buffer = new Uint8Array(64 * 1024);
  return {
    async read() {
      const length = await conn.read(buffer);
      return length === null ? null : buffer.slice(0, length);
    },
    async write(bytes) {
      await conn.write(bytes);
    },
    end: () => void conn.closeWrite().catch(() => conn.terminate()),
    cut: () => conn.terminate(),
    reset: () => conn.terminate(),
  };
}
