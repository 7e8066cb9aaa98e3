import { noteBytesWritten } from "../../internal/errors/bytes_written.ts";
import {
  type Attempt,
  likeError,
  systemError,
} from "../../internal/errors/system_error.ts";
import { Waiter, WaitQueue } from "../../internal/wait/wait_queue.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { Counters } from "../_counters.ts";
import type { UdpBackend } from "../backend/_backend.ts";
import type { Peer } from "./_peers.ts";

const EMPTY = new Uint8Array(0);
/** What the buffer for small datagrams holds: a packet of Ethernet. */
const SMALL_SIZE = 2048;

/** One call: a datagram on its way to the system. */
class Send extends Waiter<number> {
  readonly data: Uint8Array;
  /** How many bytes it has, whatever becomes of the caller's buffer. */
  readonly length: number;
  /** Where it goes, once that is known. */
  peer: Peer | undefined;
  /** Whether the call has settled. */
  isOver = false;

  constructor(data: Uint8Array, peer: Peer | undefined) {
    super();
    this.data = data;
    this.length = data.length;
    this.peer = peer;
  }
}

/**
 * The sending side of a connection: a queue of calls, of which one at a time is
 * with the system, so that datagrams leave in the order asked. Only calls whose
 * name is being looked up let others pass.
 *
 * What is with the system is a copy in a buffer of the sender's own, as the
 * call may give up before the system is done with it.
 */
export class Sender {
  readonly #backend: UdpBackend;
  readonly #counters: Counters;
  readonly #sends: WaitQueue<Send>;
  #buffer: ArrayBuffer | undefined;
  /** What the last small datagram was copied to, a part of `#buffer`. */
  #copied: Uint8Array<ArrayBuffer> = EMPTY;
  /** The call whose datagram is in flight, though it may have given up. */
  #current: Send | undefined;
  #makeClosed: (() => unknown) | undefined;

  constructor(
    backend: UdpBackend,
    describe: () => string,
    counters: Counters,
  ) {
    this.#backend = backend;
    this.#counters = counters;
    this.#sends = new WaitQueue<Send>(
      describe,
      (send, error) => this.#onDropped(send, error),
      false,
    );
  }

  /** The limits of the side. */
  get limits(): WaitQueue<Send> {
    return this.#sends;
  }

  /** Sends a datagram that has been checked. */
  send(
    data: Uint8Array,
    peer: Peer,
    wait: WaitOptions | undefined,
  ): Promise<number> {
    const refusal = this.#refuse(wait);
    if (refusal !== undefined) return refuse(refusal.error);
    const send = new Send(data, peer);
    this.#sends.add(send, wait);
    if (this.#current === undefined) this.#start(send, peer);
    return send.promise;
  }

  /** Sends a datagram once it is known where to; the wait counts too. */
  sendLater(
    data: Uint8Array,
    resolve: () => Promise<Peer>,
    wait: WaitOptions | undefined,
  ): Promise<number> {
    const refusal = this.#refuse(wait);
    if (refusal !== undefined) return refuse(refusal.error);
    const send = new Send(data, undefined);
    this.#sends.add(send, wait);
    resolve().then((peer) => {
      if (send.isOver) return;
      send.peer = peer;
      if (this.#current === undefined) this.#start(send, peer);
    }, (error) => {
      if (!send.isOver) this.#fail(send, error, 0);
    });
    return send.promise;
  }

  /** What later calls get, `undefined` while the sender is open. */
  get closedError(): unknown {
    return this.#makeClosed?.();
  }

  /** Ends all calls, and refuses later ones. */
  close(makeError: () => unknown): void {
    this.#makeClosed = makeError;
    for (let send = this.#sends.head; send; send = this.#sends.head) {
      const isOut = send === this.#current && this.#backend.sendsAtOnce;
      this.#fail(send, makeError(), isOut ? send.length : 0);
    }
    this.#sends.close();
  }

  #refuse(wait: WaitOptions | undefined): { error: unknown } | undefined {
    if (this.#makeClosed !== undefined) return { error: this.#makeClosed() };
    return this.#sends.isLimited(wait) ? this.#sends.refuse(wait) : undefined;
  }

  /** Hands a datagram to the system, and tells whether it could. */
  #start(send: Send, peer: Peer): boolean {
    let copy: Uint8Array<ArrayBuffer>;
    try {
      copy = this.#copy(send.data, send.length);
    } catch (error) {
      // The caller has transferred or resized its buffer meanwhile.
      this.#failSend(send, error);
      return false;
    }
    this.#current = send;
    this.#backend.send(copy, peer.target).then(this.#onSent, this.#onError);
    return true;
  }

  /** Copies a datagram; the buffer for large ones is not kept. */
  #copy(data: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
    if (data.length !== length) {
      throw new TypeError("the buffer was transferred or resized");
    }
    if (data.length > SMALL_SIZE) return new Uint8Array(data);
    if (this.#buffer === undefined) this.#buffer = new ArrayBuffer(SMALL_SIZE);
    if (this.#copied.length !== data.length) {
      this.#copied = new Uint8Array(this.#buffer, 0, data.length);
    }
    this.#copied.set(data);
    return this.#copied;
  }

  readonly #onSent = (): void => {
    const send = this.#current as Send;
    const { length } = send;
    this.#counters.sent++;
    this.#counters.bytesSent += length;
    if (!send.isOver) {
      send.isOver = true;
      this.#sends.remove(send);
      send.resolve(length);
    }
    this.#next();
  };

  readonly #onError = (error: unknown): void => {
    const send = this.#current as Send;
    if (!send.isOver) this.#failSend(send, error);
    this.#next();
  };

  #next(): void {
    this.#current = undefined;
    let send = this.#sends.head;
    while (send !== undefined) {
      // One that fails leaves the line.
      const { next }: Send = send;
      if (send.peer !== undefined && this.#start(send, send.peer)) return;
      send = next;
    }
  }

  #failSend(send: Send, error: unknown): void {
    const name = String(send.peer?.key);
    this.#fail(send, sendError({ operation: "send", name }, error), 0);
  }

  #fail(send: Send, error: unknown, bytesWritten: number): void {
    send.isOver = true;
    this.#sends.remove(send);
    noteBytesWritten(error, bytesWritten);
    send.reject(error);
  }

  /** A call gave up. If its datagram is in flight, it goes out all the same. */
  #onDropped(send: Send, error: unknown): void {
    send.isOver = true;
    noteBytesWritten(error, send === this.#current ? send.length : 0);
  }
}

function refuse(error: unknown): Promise<never> {
  noteBytesWritten(error, 0);
  return Promise.reject(error);
}

/** Names the target; an invalid argument is a `TypeError` of the runtime. */
function sendError(attempt: Attempt, error: unknown): unknown {
  return error instanceof TypeError
    ? likeError(attempt, error, error.message, error)
    : systemError(attempt, error);
}
