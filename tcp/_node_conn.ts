import type { Socket } from "node:net";
import type { Ends } from "../internal/address.ts";
import { copyBytes } from "../internal/copy_bytes.ts";
import { fromNodeError } from "../internal/node_error.ts";
import type { RawConn } from "./_raw_conn.ts";

/** From so many bytes that nobody has read, the socket is not read any more. */
const MAX_WAITING = 64 * 1024;
/**
 * How many bytes go to the socket at once: a write that is cut tells of none of
 * the bytes of its last piece, though the system may have taken some.
 */
const MAX_PIECE = 16 * 1024;

/** A socket that stays readable when a write has failed, which it notes. */
export interface ReadableSocket extends Socket {
  /** Why writes fail, though they do not say so. */
  readonly writeFailure: Error | undefined;
}

/** A call that waits for bytes. */
interface PendingRead extends PromiseWithResolvers<number | null> {
  readonly buffer: Uint8Array;
}

/**
 * A TCP connection by a socket of `node:net`, with the behaviour of Deno's own:
 * for the options of the system that the runtime's calls lack.
 *
 * The socket reads ahead of its caller by up to 128 KiB, from then on TCP stops
 * the peer. It keeps the process alive while a call is pending, not by itself.
 */
export class NodeConn implements RawConn, Ends<Deno.NetAddr> {
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;
  readonly #socket: ReadableSocket;
  /** Bytes that nobody has read, in order, and how many of the first are gone. */
  readonly #chunks: Uint8Array[] = [];
  #chunkStart = 0;
  #waitingBytes = 0;
  #pending: PendingRead | undefined;
  #pendingWrites = 0;
  #isEnded = false;
  #isFinAsked = false;
  #isClosed = false;
  #failure: { readonly error: unknown } | undefined;
  #isRef = true;
  /** Whether the socket keeps the process alive now. */
  #holds = true;

  /** Takes over a socket that is connected, and half-open where its peer ends. */
  constructor(socket: ReadableSocket, ends: Ends<Deno.NetAddr>) {
    this.#socket = socket;
    this.localAddr = ends.localAddr;
    this.remoteAddr = ends.remoteAddr;
    socket.pause();
    socket.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    socket.on("end", () => this.#onEnd());
    socket.on("error", (error) => this.#fail(fromNodeError(error)));
    socket.on("close", () => this.#onClose());
    this.#updateHold();
  }

  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#isClosed) return Promise.reject(badResource());
    if (this.#waitingBytes > 0) return Promise.resolve(this.#take(buffer));
    if (this.#isEnded) return Promise.resolve(null);
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    this.#pending = { buffer, ...Promise.withResolvers<number | null>() };
    const { promise } = this.#pending;
    this.#updateHold();
    if (this.#socket.isPaused()) this.#socket.resume();
    return promise;
  }

  write(data: Uint8Array): Promise<number> {
    if (this.#isClosed) return Promise.reject(badResource());
    if (this.#isFinAsked || this.#failure !== undefined) {
      return Promise.reject(new Deno.errors.BrokenPipe("Broken pipe"));
    }
    const piece = data.length > MAX_PIECE ? data.subarray(0, MAX_PIECE) : data;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#pendingWrites++;
    this.#updateHold();
    this.#socket.write(piece, (destroyed) => {
      this.#pendingWrites--;
      this.#updateHold();
      const error = destroyed ?? this.#socket.writeFailure;
      if (error) reject(this.#failure?.error ?? fromNodeError(error));
      else resolve(piece.length);
    });
    return promise;
  }

  closeWrite(): Promise<void> {
    if (this.#isClosed) return Promise.reject(badResource());
    if (this.#failure !== undefined) {
      return Promise.reject(new Deno.errors.NotConnected("Not connected"));
    }
    this.#isFinAsked = true;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pendingWrites++;
    this.#updateHold();
    this.#socket.end((destroyed?: Error | null) => {
      this.#pendingWrites--;
      this.#updateHold();
      const error = destroyed ?? this.#socket.writeFailure;
      if (error) reject(this.#failure?.error ?? fromNodeError(error));
      else resolve();
    });
    return promise;
  }

  close(): void {
    if (this.#isClosed) throw badResource();
    this.#isClosed = true;
    this.#fail(new Deno.errors.Interrupted("Operation canceled"));
  }

  ref(): void {
    this.#isRef = true;
    this.#updateHold();
  }

  unref(): void {
    this.#isRef = false;
    this.#updateHold();
  }

  /** Turns Nagle's algorithm off or on. */
  setNoDelay(noDelay = true): void {
    this.#socket.setNoDelay(noDelay);
  }

  /** Turns the system's probes on or off, the first after `delay` milliseconds. */
  setKeepAlive(keepAlive = true, delay = 0): void {
    this.#socket.setKeepAlive(keepAlive, delay);
  }

  /** A socket without a pending call must not keep the process alive. */
  #updateHold(): void {
    const holds = this.#pendingWrites > 0 ||
      this.#pending !== undefined && this.#isRef;
    if (holds === this.#holds) return;
    this.#holds = holds;
    if (holds) this.#socket.ref();
    else this.#socket.unref();
  }

  #onData(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    this.#settle((buffer) => this.#take(buffer));
    if (this.#waitingBytes >= MAX_WAITING) this.#socket.pause();
  }

  /**
   * The peer has ended, or has reset the connection: `node:net` says the same of
   * both. The system has no peer any more after a reset, of which the socket must
   * not have been asked before. After FIN of this side, that is so in any case,
   * and a reset can't be told from the end.
   */
  #onEnd(): void {
    const isReset = !this.#isFinAsked &&
      this.#socket.remoteAddress === undefined;
    if (isReset) {
      return this.#fail(
        new Deno.errors.ConnectionReset("Connection reset by peer"),
      );
    }
    this.#isEnded = true;
    this.#settle(() => null);
  }

  #onClose(): void {
    if (this.#isEnded) return;
    this.#fail(new Deno.errors.ConnectionAborted("The connection ended"));
  }

  /** Settles the read that is pending. */
  #settle(result: (buffer: Uint8Array) => number | null): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    pending.resolve(result(pending.buffer));
    this.#updateHold();
  }

  /** Fails what is pending, and what comes later. Only the first failure counts. */
  #fail(error: unknown): void {
    this.#socket.destroy();
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.reject(error);
    this.#updateHold();
  }

  #take(buffer: Uint8Array): number {
    let taken = 0;
    while (taken < buffer.length && this.#waitingBytes > 0) {
      const chunk = this.#chunks[0] as Uint8Array;
      const length = Math.min(
        chunk.length - this.#chunkStart,
        buffer.length - taken,
      );
      copyBytes(chunk, this.#chunkStart, length, buffer, taken);
      taken += length;
      this.#chunkStart += length;
      this.#waitingBytes -= length;
      if (this.#chunkStart < chunk.length) break;
      this.#chunks.shift();
      this.#chunkStart = 0;
    }
    return taken;
  }
}

function badResource(): Error {
  return new Deno.errors.BadResource("Bad resource ID");
}
