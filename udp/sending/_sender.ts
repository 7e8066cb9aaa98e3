import { isDetached } from "../../internal/bytes/bytes.ts";
import { noteOn } from "../../internal/errors/note_on.ts";
import {
  type Attempt,
  likeError,
  systemError,
} from "../../internal/errors/system_error.ts";
import { Waiter, WaitQueue } from "../../internal/wait/wait_queue.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { UdpBackend } from "../backend/_backend.ts";
import type { Counters } from "../udp_stats.ts";
import type { Peer } from "./_peers.ts";
import type { ReplyGuard } from "./_reply_guard.ts";

/** The most bytes of a copy in memory that is used again: a packet of Ethernet. */
const SMALL_SIZE = 2048;

/** A call, and its datagram. */
class Send extends Waiter<number> {
  readonly data: Uint8Array;
  /** How many bytes it had when the call was made. */
  readonly length: number;
  /** The peer, `undefined` while its name is looked up. */
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
 * Sends the datagrams of a connection or a session. The system has one datagram
 * at a time, so that they leave in the order asked; only calls whose name is
 * being looked up are overtaken.
 *
 * The system gets a copy, as a call may give up before the system is done with
 * its datagram.
 */
export class Sender {
  readonly #backend: UdpBackend;
  readonly #counters: Counters;
  readonly #guard: ReplyGuard | undefined;
  /** The calls under way, with the limits of all. */
  readonly sends: WaitQueue<Send>;
  /** The call whose datagram the system has; it may have given up. */
  #current: Send | undefined;
  #makeClosed: (() => unknown) | undefined;
  /** The copy of the last small datagram. */
  #copied = new Uint8Array(0);

  constructor(
    backend: UdpBackend,
    describe: () => string,
    counters: Counters,
    guard?: ReplyGuard,
  ) {
    this.#backend = backend;
    this.#counters = counters;
    this.#guard = guard;
    this.sends = new WaitQueue<Send>(
      describe,
      (send, error) => this.#onDropped(send, error),
      false,
    );
  }

  /** Sends a datagram that has been checked. */
  send(
    data: Uint8Array,
    peer: Peer,
    wait: WaitOptions | undefined,
  ): Promise<number> {
    const refusal = this.#refuse(wait);
    if (refusal !== undefined) return refuse(refusal.error);
    this.#guard?.charge(peer, data.length);
    const send = new Send(data, peer);
    this.sends.add(send, wait);
    if (this.#current === undefined) this.#start(send, peer);
    return send.promise;
  }

  /**
   * Sends a datagram once its peer is known; the limits include that time.
   *
   * @param check Returns why it may not be sent to the peer, or `undefined`.
   */
  sendLater(
    data: Uint8Array,
    resolve: () => Promise<Peer>,
    wait: WaitOptions | undefined,
    check: (peer: Peer) => unknown = () => undefined,
  ): Promise<number> {
    const refusal = this.#refuse(wait);
    if (refusal !== undefined) return refuse(refusal.error);
    const send = new Send(data, undefined);
    this.sends.add(send, wait);
    resolve().then((peer) => {
      if (send.isOver) return;
      const wrong = check(peer);
      if (wrong !== undefined) return this.#fail(send, wrong, 0);
      this.#guard?.charge(peer, send.length);
      send.peer = peer;
      if (this.#current === undefined) this.#start(send, peer);
    }, (error) => {
      if (!send.isOver) this.#fail(send, error, 0);
    });
    return send.promise;
  }

  /** The error of later calls, `undefined` while the sender is open. */
  get closedError(): unknown {
    return this.#makeClosed?.();
  }

  /** Ends all calls, and refuses later ones. */
  close(makeError: () => unknown): void {
    this.#makeClosed = makeError;
    for (let send = this.sends.head; send; send = this.sends.head) {
      const isOut = send === this.#current && this.#backend.sendsAtOnce;
      this.#fail(send, makeError(), isOut ? send.length : 0);
    }
    this.sends.stopTiming();
  }

  #refuse(wait: WaitOptions | undefined): { error: unknown } | undefined {
    if (this.#makeClosed !== undefined) return { error: this.#makeClosed() };
    return this.sends.refuse(wait);
  }

  /** Gives a datagram to the system, and returns whether that was possible. */
  #start(send: Send, peer: Peer): boolean {
    const { data, length } = send;
    if (data.length !== length || isDetached(data)) {
      const error = new TypeError("the buffer was transferred or resized");
      this.#failSend(send, error);
      return false;
    }
    const copy = this.#copy(data);
    this.#current = send;
    this.#backend.send(copy, peer.target).then(
      this.#onSent,
      this.#onError,
    );
    return true;
  }

  /** Copies a datagram, a small one over the last copy. */
  #copy(data: Uint8Array): Uint8Array<ArrayBuffer> {
    const { length } = data;
    if (length > SMALL_SIZE) return new Uint8Array(data);
    if (this.#copied.length !== length) {
      const { buffer } = this.#copied;
      this.#copied = new Uint8Array(
        buffer.byteLength === 0 ? new ArrayBuffer(SMALL_SIZE) : buffer,
        0,
        length,
      );
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
      this.sends.remove(send);
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
    let send = this.sends.head;
    while (send !== undefined) {
      // A call that fails leaves the queue.
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
    this.sends.remove(send);
    noteOn(error, { bytesWritten });
    send.reject(error);
  }

  /** A call gave up; a datagram that the system has is sent all the same. */
  #onDropped(send: Send, error: unknown): void {
    send.isOver = true;
    noteOn(error, { bytesWritten: send === this.#current ? send.length : 0 });
  }
}

function refuse(error: unknown): Promise<never> {
  noteOn(error, { bytesWritten: 0 });
  return Promise.reject(error);
}

/** Adds the target; for an invalid argument the runtime has a `TypeError`. */
function sendError(attempt: Attempt, error: unknown): unknown {
  return error instanceof TypeError
    ? likeError(attempt, error, error.message, error)
    : systemError(attempt, error);
}
