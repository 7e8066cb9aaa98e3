import { joinAddress } from "../../internal/address.ts";
import { SlotMap } from "../../internal/slot_map.ts";
import { addressKey } from "../../internal/address_key.ts";
import { attempt } from "../_handlers.ts";
import { DeadlineLine } from "./_deadline_queue.ts";
import type { Monitor } from "./monitoring/_monitor.ts";
import {
  type MessageStyle,
  OutgoingMessage,
} from "./outgoing/_outgoing_message.ts";
import type { Outlet } from "./users/_outlet.ts";
import { Pacer } from "./outgoing/_pacer.ts";
import { MAX_NAME_LENGTH } from "../room/names/_name_fault.ts";
import { MAX_ROOMS } from "../room/commands/_handle_room.ts";
import type { ChatCommand } from "../room/chat_command.ts";
import type {
  ChatErrorCode,
  Delivery,
  LeaveReason,
  UserRef,
} from "../room/chat_message.ts";
import type { ChatRoom } from "../room/chat_room.ts";
import type { RefuseOptions } from "../room/chat_room_options.ts";
import type { Relay } from "../room/relay.ts";
import { RelayLink } from "../room/relay_link.ts";

/** What a {@linkcode ChatHub} is made of. */
export interface ChatHubOptions {
  readonly relay: Relay;
  /** The server's name on the relay. */
  readonly origin: string | undefined;
  /** Milliseconds in which a user who leaves may still be sent something. */
  readonly drainTimeout: number;
  /** Milliseconds to choose a nickname in. */
  readonly nicknameTimeout: number;
  /** The most bytes of a text. */
  readonly maxLineLength: number;
  /** Counts what happens. */
  readonly monitor: Monitor;
  /** Told what the relay throws. */
  readonly onError: (error: unknown) => void;
}

/** How somebody has come. */
export interface Arrival {
  readonly kind: "tcp" | "websocket";
  readonly hostname: string;
  readonly port: number;
  /** Whether the first thing to come is a `hello`. */
  readonly expectHello?: boolean;
}

/** Somebody who is connected. */
interface Visitor {
  readonly outlet: Outlet;
  nickname: string | undefined;
  /** Ends the pause of one who has sent too fast. */
  wake: (() => void) | undefined;
}

/** Milliseconds between two looks at what is over. */
const TICK = 1000;

/** The most characters of a nickname, and rooms of a user, as greetings tell. */
const LIMITS = { nickname: MAX_NAME_LENGTH, rooms: MAX_ROOMS };

/**
 * Where the users of all front ends meet: takes what they send to the room, and
 * what the room answers to their outlets.
 */
export class ChatHub {
  readonly #link: RelayLink;
  readonly #monitor: Monitor;
  /** What messages are rendered with. */
  readonly style: MessageStyle;
  readonly #visitors = new SlotMap<number, Visitor>();
  /** Those who have no nickname yet. */
  readonly #nameless: DeadlineLine;
  readonly #ticker: ReturnType<typeof setInterval>;
  #drainTimeout: number;
  #isStopping = false;

  /** The room of all users. */
  readonly room: ChatRoom;
  /** Asked after each line whether to take another one now. */
  readonly pacer: Pacer = new Pacer(() => this.#isOverloaded());

  constructor(room: ChatRoom, options: ChatHubOptions) {
    const { relay, origin, drainTimeout, nicknameTimeout, onError } = options;
    this.room = room;
    this.#drainTimeout = drainTimeout;
    this.#monitor = options.monitor;
    this.style = {
      home: room.name,
      limits: { ...LIMITS, message: options.maxLineLength },
    };
    this.#nameless = new DeadlineLine(
      nicknameTimeout,
      (id) => this.leave(id, "no-nickname"),
    );
    this.#link = new RelayLink(room, {
      relay: guardRelay(relay, onError),
      origin,
      deliver: (delivery) => this.#deliver(delivery),
    });
    this.#ticker = setInterval(() => room.tick(Date.now()), TICK);
  }

  /** Milliseconds in which a user who leaves may still be sent something. */
  get drainTimeout(): number {
    return this.#drainTimeout;
  }

  /** Whether nobody is let in any more. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Bytes that wait to go out to all users. */
  get queuedBytes(): number {
    let bytes = 0;
    this.#visitors.each(({ outlet }) => bytes += outlet.queuedBytes);
    return bytes;
  }

  /** Whether nobody is let in from an address. */
  isBanned(hostname: string): boolean {
    const key = addressKey(hostname);
    return this.room.bannedUntil(key, Date.now()) !== undefined;
  }

  /** Lets a user in, who is greeted, and returns the id. */
  join(outlet: Outlet, arrival: Arrival): number {
    const { kind, hostname, port, expectHello } = arrival;
    const address = joinAddress(hostname, port);
    const { id, deliveries } = this.room.join(address, Date.now(), {
      addressKey: addressKey(hostname),
      expectHello,
    });
    this.#visitors.set(id, { outlet, nickname: undefined, wake: undefined });
    this.#monitor.tell({ type: "connect", id, kind, address });
    this.#nameless.add(id);
    this.#link.send(deliveries);
    return id;
  }

  /** Takes a line of a user. */
  line(id: number, text: string): void {
    this.#send(this.room.line(id, text, Date.now()));
  }

  /** Takes what a user asks for who has no lines. */
  command(id: number, command: ChatCommand): void {
    this.#send(this.room.command(id, command, Date.now()));
  }

  /** Tells a user that what was sent can't be taken. */
  refuse(id: number, code: ChatErrorCode, details: RefuseOptions = {}): void {
    const { subject, ref } = details;
    const now = Date.now();
    this.#send(this.room.refuse(id, code, now, { subject, ref }));
  }

  /**
   * Waits until the next thing of a user may be taken, which is later for those
   * who send too fast; nothing if that is now.
   */
  pace(id: number): Promise<void> | undefined {
    const delay = this.room.delay(id, Date.now());
    if (delay > 0) return this.#pause(id, delay);
    return this.pacer.isSpent ? this.pacer.turn() : undefined;
  }

  /** Tells everyone something. */
  notify(text: string): void {
    this.#link.send(this.room.notice(text, Date.now()));
  }

  /** Lets a user go. One who is gone already stays so. */
  leave(id: number, reason: LeaveReason): void {
    this.#link.send(this.room.leave(id, reason, Date.now()));
    if (reason === "closed" || reason === "lost") this.#forget(id, reason);
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

  /** Leaves the relay, and ends all timers. */
  close(): void {
    clearInterval(this.#ticker);
    this.#nameless.clear();
    this.#link.close();
  }

  #deliver({ to, message }: Delivery): void {
    const outgoing = new OutgoingMessage(message, this.style);
    this.#monitor.deliveries += to.length;
    if (message.type === "goodbye") this.#sayGoodbye(to, outgoing, message);
    else this.#sendTo(to, outgoing);
    this.pacer.spend(outgoing.byteLength, to.length);
    if (message.type === "welcome") this.#welcome(to, message.user);
  }

  /** Delivers what came of what a user sent, and counts it. */
  #send(deliveries: readonly Delivery[]): void {
    for (const { message } of deliveries) this.#monitor.count(message);
    this.#link.send(deliveries);
  }

  #sendTo(to: readonly number[], message: OutgoingMessage): void {
    for (const id of to) {
      const visitor = this.#visitors.get(id);
      if (visitor === undefined || visitor.outlet.send(message)) continue;
      // The goodbye comes after this message has gone to all others.
      this.leave(id, "slow");
    }
  }

  #sayGoodbye(
    to: readonly number[],
    last: OutgoingMessage,
    { reason }: { readonly reason: LeaveReason },
  ): void {
    for (const id of to) {
      this.#forget(id, reason)?.outlet.end(last, this.#drainTimeout);
    }
  }

  #welcome(to: readonly number[], user: UserRef): void {
    for (const id of to) {
      const visitor = this.#visitors.get(id);
      if (visitor === undefined) continue;
      visitor.nickname = user.nickname;
      this.#nameless.remove(id);
      this.#monitor.tell({ type: "enter", id, nickname: user.nickname });
    }
  }

  #forget(id: number, reason: LeaveReason): Visitor | undefined {
    const visitor = this.#visitors.get(id);
    if (visitor === undefined) return undefined;
    this.#visitors.delete(id);
    this.#nameless.remove(id);
    visitor.wake?.();
    this.#monitor.left.add(reason);
    const { nickname } = visitor;
    this.#monitor.tell({ type: eventOf(reason), id, nickname, reason });
    return visitor;
  }

  /** Whether the queues of one user in 16 are filling. */
  #isOverloaded(): boolean {
    let count = 0;
    this.#visitors.each(({ outlet }) => {
      if (outlet.isCongested) count++;
    });
    return count > 0 && count * 16 >= this.#visitors.size;
  }

  #pause(id: number, delay: number): Promise<void> | undefined {
    const visitor = this.#visitors.get(id);
    if (visitor === undefined) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => visitor.wake?.(), delay);
    visitor.wake = () => {
      visitor.wake = undefined;
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }
}

/** What the log calls it when somebody leaves. */
function eventOf(reason: LeaveReason): "leave" | "kick" | "ban" {
  if (reason === "kicked") return "kick";
  return reason === "banned" ? "ban" : "leave";
}

/** Lets no failure of a relay get in the way of the users here. */
function guardRelay(relay: Relay, onError: (error: unknown) => void): Relay {
  return {
    publish: (envelope) => attempt(() => relay.publish(envelope), onError),
    subscribe: (listener) => {
      const unsubscribe = relay.subscribe(listener);
      return () => attempt(unsubscribe, onError);
    },
  };
}
