import type { Socket } from "node:net";
import type { Ends } from "../../internal/address/address.ts";
import { fromNodeError } from "../../internal/errors/node_error.ts";
import type { RawConn } from "../conn/_raw_conn.ts";

/**
 * How many bytes go to the socket at once: a write that is cut tells of none of
 * the bytes of its last piece, though the system may have taken some.
 */
const MAX_PIECE = 16 * 1024;

const EMPTY = new Uint8Array(0);

/** A read that waits for bytes. */
interface PendingRead extends PromiseWithResolvers<number | null> {
  readonly buffer: Uint8Array;
}

/**
 * A connected socket of `node:net` as a raw connection, for options that the
 * runtime's own calls lack. It is a RawConn in every respect: bytes come when
 * they are asked for, ends and resets are told apart, and only pending calls
 * keep the process alive.
 *
 * From the first call on the socket reads ahead, up to twice its high-water mark
 * of 64 KiB, and then stops the peer.
 */
export class NodeSocket implements RawConn, Ends<Deno.NetAddr> {
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;
  readonly #socket: Socket;
  #read: PendingRead | undefined;
  /** Bytes that have come unasked: a socket that fails loses its own. */
  #rest: Uint8Array = EMPTY;
  #writes = 0;
  #isWatching = false;
  #isRef = true;
  #hasEnded = false;
  #isClosed = false;
  /** Why nothing more can be read. */
  #failure: unknown;

  /**
   * Takes over a socket that is connected, and half-open when the peer has ended
   * (`allowHalfOpen`).
   *
   * @param ends Its addresses, by default those that the socket tells.
   */
  constructor(socket: Socket, ends: Ends<Deno.NetAddr> = endsOf(socket)) {
    this.#socket = socket;
    this.localAddr = ends.localAddr;
    this.remoteAddr = ends.remoteAddr;
    // No event repeats an earlier one: the end of a socket with nothing to read,
    // which comes unasked, or its destruction.
    this.#hasEnded = socket.readableEnded;
    if (socket.destroyed) {
      const { errored } = socket;
      this.#failure = errored ? fromNodeError(errored) : closed();
    }
    socket.on("end", () => {
      this.#hasEnded = true;
      this.#serve();
    });
    socket.on("error", (error) => this.#fail(fromNodeError(error)));
    socket.on("close", () => this.#fail(closed()));
    socket.unref();
  }

  read(buffer: Uint8Array): Promise<number | null> {
    const length = this.#take(buffer);
    if (length !== 0) return Promise.resolve(length);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#read = { buffer, ...Promise.withResolvers<number | null>() };
    this.#updateRef();
    this.#watch();
    return this.#read.promise;
  }

  write(data: Uint8Array): Promise<number> {
    if (this.#failure !== undefined) {
      return Promise.reject(
        this.#isClosed ? closed() : new Deno.errors.BrokenPipe("Broken pipe"),
      );
    }
    // A write may fail because of bytes that the peer has sent.
    this.#watch();
    const piece = data.subarray(0, MAX_PIECE);
    return this.#whileWriting((done) => this.#socket.write(piece, done))
      .then(() => piece.length);
  }

  closeWrite(): Promise<void> {
    // Node calls back without an error here, though nothing has been sent.
    if (this.#failure !== undefined) {
      return Promise.reject(
        this.#isClosed
          ? closed()
          : new Deno.errors.NotConnected("Not connected"),
      );
    }
    return this.#whileWriting((done) => this.#socket.end(done));
  }

  close(): void {
    this.#isClosed = true;
    this.#rest = EMPTY;
    this.#socket.destroy();
    this.#fail(closed());
  }

  ref(): void {
    this.#isRef = true;
    this.#updateRef();
  }

  unref(): void {
    this.#isRef = false;
    this.#updateRef();
  }

  setNoDelay(isOn = true): void {
    this.#socket.setNoDelay(isOn);
  }

  /**
   * @param isOn Whether the system probes a silent peer.
   * @param delay Milliseconds before the first probe, 0 for the system's time.
   */
  setKeepAlive(isOn = true, delay = 0): void {
    this.#socket.setKeepAlive(isOn, delay);
  }

  /** Nothing is read ahead before somebody reads. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#socket.on("readable", () => this.#serve());
  }

  #serve(): void {
    const read = this.#read;
    if (read === undefined) {
      this.#fetch();
      return;
    }
    const length = this.#take(read.buffer);
    if (length !== 0) this.#settle(() => read.resolve(length));
  }

  /** Takes the bytes that have come: how many, `null` at the end, 0 for none yet. */
  #take(buffer: Uint8Array): number | null {
    this.#fetch();
    const length = Math.min(buffer.length, this.#rest.length);
    if (length === 0) return this.#hasEnded ? null : 0;
    buffer.set(this.#rest.subarray(0, length));
    this.#rest = this.#rest.subarray(length);
    return length;
  }

  /** Fetches the bytes of the socket. Without any, that makes it tell its end. */
  #fetch(): void {
    if (this.#rest.length > 0 || !this.#isWatching || this.#hasEnded) return;
    this.#rest = this.#socket.read() ?? EMPTY;
  }

  async #whileWriting(
    start: (done: (error?: Error | null) => void) => unknown,
  ): Promise<void> {
    this.#writes++;
    this.#updateRef();
    try {
      await new Promise<void>((resolve, reject) => {
        start((error) => {
          if (error) reject(this.#failure ?? fromNodeError(error));
          else resolve();
        });
      });
    } finally {
      this.#writes--;
      this.#updateRef();
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    const read = this.#read;
    if (read === undefined) return;
    // A stream that has ended has not failed by being closed.
    if (this.#hasEnded) this.#settle(() => read.resolve(null));
    else this.#settle(() => read.reject(this.#failure));
  }

  #settle(settle: () => void): void {
    this.#read = undefined;
    this.#updateRef();
    settle();
  }

  #updateRef(): void {
    const isHeld = this.#writes > 0 || this.#isRef && this.#read !== undefined;
    if (isHeld) this.#socket.ref();
    else this.#socket.unref();
  }
}

/** The error of the runtime for a closed connection. */
function closed(): Error {
  return new Deno.errors.BadResource("Bad resource ID");
}

/** @throws {Deno.errors.NotConnected} If the peer has left already. */
function endsOf(socket: Socket): Ends<Deno.NetAddr> {
  return {
    localAddr: toAddr(socket.localAddress, socket.localPort),
    remoteAddr: toAddr(socket.remoteAddress, socket.remotePort),
  };
}

function toAddr(
  hostname: string | undefined,
  port: number | undefined,
): Deno.NetAddr {
  if (hostname === undefined || port === undefined) {
    throw new Deno.errors.NotConnected("The peer has left");
  }
  return { transport: "tcp", hostname, port };
}
