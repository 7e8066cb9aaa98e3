import { FlushRound } from "./_flush_round.ts";
import { OutgoingMessage } from "./_outgoing_message.ts";
import type { Outlet } from "./_outlet.ts";
import { Pacer } from "./_pacer.ts";
import type { ChatErrorCode, Delivery, LeaveReason } from "./chat_message.ts";
import type { ChatRoom } from "./chat_room.ts";
import type { Relay } from "./relay.ts";
import { RelayLink } from "./relay_link.ts";

/** What a {@linkcode ChatHub} is made of. */
export interface ChatHubOptions {
  readonly relay: Relay;
  /** The server's name on the relay. */
  readonly origin: string | undefined;
  /** Milliseconds in which a user who leaves may still be sent something. */
  readonly drainTimeout: number;
  /** Told what the relay throws. */
  readonly onError: (error: unknown) => void;
}

/**
 * Where the users of all front ends meet: takes what they send to the room, and
 * what the room answers to their outlets.
 */
export class ChatHub {
  readonly #link: RelayLink;
  readonly #outlets = new Map<number, Outlet>();
  #drainTimeout: number;
  #isStopping = false;

  /** The room of all users. */
  readonly room: ChatRoom;
  /** Puts off what goes out until all that came in together was heard. */
  readonly round: FlushRound = new FlushRound();
  /** Asked after each line whether to take another one now. */
  readonly pacer: Pacer = new Pacer();

  constructor(room: ChatRoom, options: ChatHubOptions) {
    const { relay, origin, drainTimeout, onError } = options;
    this.room = room;
    this.#drainTimeout = drainTimeout;
    this.#link = new RelayLink(room, {
      relay: guardRelay(relay, onError),
      origin,
      deliver: (delivery) => this.#deliver(delivery),
    });
  }

  /** Milliseconds in which a user who leaves may still be sent something. */
  get drainTimeout(): number {
    return this.#drainTimeout;
  }

  /** Whether nobody is let in any more. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Lets a user in, who is greeted, and returns the id. */
  join(address: string, outlet: Outlet): number {
    const { id, deliveries } = this.room.join(address, Date.now());
    this.#outlets.set(id, outlet);
    this.#link.send(deliveries);
    return id;
  }

  /** Takes a line of a user. */
  line(id: number, text: string): void {
    this.#link.send(this.room.line(id, text, Date.now()));
  }

  /** Tells a user that what was sent is no line. */
  refuse(id: number, code: ChatErrorCode): void {
    this.#link.send(this.room.refuse(id, code, Date.now()));
  }

  /** Lets a user go. One who is gone already stays so. */
  leave(id: number, reason: LeaveReason): void {
    this.#link.send(this.room.leave(id, reason, Date.now()));
    if (reason === "closed" || reason === "lost") this.#outlets.delete(id);
  }

  /**
   * Lets everyone go, and nobody in from now on. How long they may still be sent
   * something is up to the caller, who closes all connections then.
   */
  shutdown(): void {
    this.#isStopping = true;
    this.#drainTimeout = Infinity;
    this.#link.send(this.room.shutdown(Date.now()));
  }

  /** Leaves the relay. */
  close(): void {
    this.#link.close();
  }

  #deliver({ to, message }: Delivery): void {
    const outgoing = new OutgoingMessage(message);
    if (message.type === "goodbye") this.#sayGoodbye(to, outgoing);
    else this.#send(to, outgoing);
    this.pacer.spend(outgoing.byteLength);
  }

  #send(to: readonly number[], message: OutgoingMessage): void {
    for (const id of to) {
      const outlet = this.#outlets.get(id);
      if (outlet === undefined || outlet.send(message)) continue;
      // The goodbye comes after this message has gone to all others.
      this.leave(id, "slow");
    }
  }

  #sayGoodbye(to: readonly number[], last: OutgoingMessage): void {
    for (const id of to) {
      const outlet = this.#outlets.get(id);
      this.#outlets.delete(id);
      outlet?.end(last, this.#drainTimeout);
    }
  }
}

/** Lets no failure of a relay get in the way of the users here. */
function guardRelay(relay: Relay, onError: (error: unknown) => void): Relay {
  return {
    publish: (envelope) => {
      try {
        relay.publish(envelope);
      } catch (error) {
        onError(error);
      }
    },
    subscribe: (listener) => relay.subscribe(listener),
  };
}
