import { addressKey } from "../../internal/address/address_key.ts";
import { SlotMap } from "../../internal/slot_map.ts";
import { afterPoll } from "../../internal/wait/after_poll.ts";
import { MAX_DELAY } from "../../internal/wait/max_delay.ts";
import { LIMITS } from "../room/_limits.ts";
import type { HelloSecrets, RoomReplica } from "../room/_room_replica.ts";
import type { ChatCommand } from "../room/chat_command.ts";
import type { ChatErrorCode } from "../room/chat_error_code.ts";
import type { Delivery, UserRef } from "../room/chat_message.ts";
import type { InvitationRequest } from "../room/_room_state.ts";
import type { ClientDetails } from "../room/users/_connection.ts";
import { type ChatRoom, roomOver } from "../room/chat_room.ts";
import type { RefuseOptions } from "../room/chat_room_options.ts";
import type { LeaveReason } from "../room/leave_reason.ts";
import { ENGLISH, type Texts } from "../text/_texts.ts";
import { linesWith } from "../room/text/_text_format.ts";
import type { AccessNote } from "./access/_access_message.ts";
import type { Redemption } from "./access/_invitations.ts";
import { describeAddress } from "./monitoring/_describe_address.ts";
import type { Monitor } from "./monitoring/_monitor.ts";
import {
  type MessageStyle,
  OutgoingMessage,
} from "./outgoing/_outgoing_message.ts";
import { Pacer } from "./outgoing/_pacer.ts";
import { HubUser } from "./users/_hub_user.ts";
import type { Outlet } from "./users/_outlet.ts";

/** Options for {@linkcode ChatHub}. */
export interface ChatHubOptions {
  /** Milliseconds without progress in which a leaving user is still sent data. */
  readonly drainTimeout: number;
  /** Milliseconds in which a user must choose a nickname. */
  readonly nicknameTimeout: number;
  /** The most bytes of a text. */
  readonly maxLineLength: number;
  readonly monitor: Monitor;
  /** Makes an invitation for one user, if the server can. */
  readonly invite?: () => Promise<AccessNote | undefined>;
  /** Whether a proxy signs users in: the nicknames of others get a mark. */
  readonly signsIn?: boolean;
  /** The texts of lines of text. */
  readonly texts?: Texts;
  /**
   * Whether the room is ticked by somebody else, who also calls
   * {@linkcode ChatHub.watchOperators}.
   */
  readonly isTicked?: boolean;
  /** Milliseconds between two ticks. */
  readonly tickInterval?: number;
}

/** How a user was admitted. */
export interface Admitted extends Omit<ClientDetails, "isMarked"> {
  /** To be told whether the user has entered. */
  readonly redemption?: Redemption | undefined;
}

/** How a user has connected. */
export interface UserConnection extends Admitted {
  readonly kind: "tcp" | "websocket";
  readonly hostname: string;
  /** Missing if a proxy has told the address. */
  readonly port?: number | undefined;
  /** Whether the first request is a `hello`. */
  readonly expectHello?: boolean;
}

type Timer = ReturnType<typeof setTimeout>;

/** Milliseconds between two checks for expired sessions and bans. */
const TICK = 1000;
/** Ticks between two signs of life for a user whose request waits for the log. */
const SIGN_TICKS = 10;

/**
 * Connects the users of all frontends to the room: passes their requests to it,
 * and its deliveries to their outlets.
 */
export class ChatHub {
  readonly #replica: RoomReplica;
  readonly #monitor: Monitor;
  readonly #users = new SlotMap<number, HubUser>();
  /** The users whose request waits for the log. */
  readonly #unordered = new Map<number, HubUser>();
  readonly #ticker: Timer;
  readonly #nicknameTimeout: number;
  readonly #signsIn: boolean;
  #drainTimeout: number;
  #isStopping = false;
  /** Deliveries that wait for those before them. */
  readonly #waiting: (readonly Delivery[])[] = [];
  #isDelivering = false;

  /** How messages are rendered. */
  readonly style: MessageStyle;
  /** The room of all users. */
  readonly room: ChatRoom;
  /** Limits the messages that one turn of the event loop sends. */
  readonly pacer: Pacer = new Pacer(() => this.#isOverloaded());

  constructor(replica: RoomReplica, options: ChatHubOptions) {
    const { drainTimeout, nicknameTimeout } = options;
    this.#replica = replica;
    this.room = roomOver(replica);
    this.#drainTimeout = drainTimeout;
    this.#monitor = options.monitor;
    if (!options.isTicked) this.watchOperators();
    const { invite } = options;
    if (invite !== undefined) {
      replica.onInvite = (request) => void this.#invite(request, invite);
    }
    this.style = {
      lobby: replica.name,
      texts: options.texts ?? ENGLISH,
      format: linesWith(options.texts ?? ENGLISH),
      limits: {
        nickname: LIMITS.nameLength,
        rooms: LIMITS.roomsPerUser,
        message: options.maxLineLength,
      },
    };
    this.#nicknameTimeout = nicknameTimeout;
    this.#signsIn = options.signsIn ?? false;
    this.#ticker = setInterval(() => {
      if (!options.isTicked) this.deliver(replica.tick(Date.now()));
      this.#reassure();
    }, options.tickInterval ?? TICK);
  }

  /** Milliseconds without progress in which a leaving user is still sent data. */
  get drainTimeout(): number {
    return this.#drainTimeout;
  }

  /** Whether the server is shutting down. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Tells of the acts of operators, from now on. */
  watchOperators(): void {
    const monitor = this.#monitor;
    if (!monitor.isWatched) return;
    this.#replica.onOperatorEvent = (act) => monitor.operatorEvent(act);
  }

  /** Bytes that wait to be sent to all users. */
  get queuedBytes(): number {
    let bytes = 0;
    this.#users.each(({ outlet }) => bytes += outlet.queuedBytes);
    return bytes;
  }

  /** Whether an address is banned. */
  isBanned(hostname: string): boolean {
    const key = addressKey(hostname);
    return this.#replica.bannedUntil(key, Date.now()) !== undefined;
  }

  /** Whether the chat has a user of such a secret. */
  knows(secrets: HelloSecrets): boolean {
    return this.#replica.knows(secrets, Date.now());
  }

  /** Adds a user, sends the greeting, and returns the user's id. */
  join(outlet: Outlet, connection: UserConnection): number {
    const { kind, hostname, port, expectHello, redemption } = connection;
    const { account, joinsOnly } = connection;
    const address = describeAddress({ hostname, port });
    const { id, deliveries } = this.#replica.join(address, Date.now(), {
      addressKey: addressKey(hostname),
      expectHello,
      account,
      isMarked: this.#signsIn && account === undefined,
      joinsOnly,
    });
    const user = new HubUser(outlet, redemption);
    user.timer = this.#startTimer(id);
    this.#users.set(id, user);
    if (this.isBanned(hostname)) {
      const port = kind === "tcp" ? "tcp" : "http";
      this.#monitor.refuse(port, address, "banned");
    }
    this.#monitor.tell({ type: "connect", id, kind, address });
    this.deliver(deliveries);
    return id;
  }

  /** Handles a line that a user sent. */
  line(id: number, text: string): void {
    this.command(id, { type: "line", text });
  }

  /** Handles a command that a user sent. */
  command(id: number, command: ChatCommand): void {
    this.#send(this.#replica.command(id, command, Date.now()));
  }

  /** Tells a user that a request was refused. */
  refuse(id: number, code: ChatErrorCode, details: RefuseOptions = {}): void {
    const { subject, ref } = details;
    this.#send(this.#replica.refuse(id, code, Date.now(), { subject, ref }));
  }

  /**
   * Waits until the next request of a user may be handled: when the one before has
   * been ordered by the log, and later for a user who sends too fast; `undefined` if
   * that is now.
   */
  pace(id: number): Promise<void> | undefined {
    if (this.#replica.isWaiting(id)) {
      return this.#ordered(id).then(() => this.pace(id));
    }
    const delay = this.#replica.delay(id, Date.now());
    const pause = delay > 0 ? this.#users.get(id)?.pause(delay) : undefined;
    return pause ?? (this.pacer.isSpent ? this.pacer.turn() : undefined);
  }

  /**
   * Notes that the connection of a user has ended. The requests that have arrived
   * are handled without a delay, so that the user leaves now. A user who has sent
   * too many is still removed for flooding.
   */
  disconnect(id: number): void {
    this.#users.get(id)?.disconnect();
  }

  /** Sends a notice to everyone. */
  notify(text: string): void {
    this.deliver(this.#replica.notice(text, Date.now()));
  }

  /** Removes a user. Does nothing for a user who has left already. */
  leave(id: number, reason: LeaveReason): void {
    this.deliver(this.#replica.leave(id, reason, Date.now()));
    if (reason === "closed" || reason === "lost") this.#remove(id, reason);
  }

  /** Removes a user who should not have been admitted, and counts a rejection. */
  reject(id: number, reason: LeaveReason): void {
    const user = this.#replica.user(id);
    if (user === undefined) return;
    this.#monitor.refuse("tcp", user.address, reason);
    this.leave(id, reason);
  }

  /** Removes everyone, without a time limit: the caller closes the connections. */
  shutdown(): void {
    this.#isStopping = true;
    this.#drainTimeout = Infinity;
    this.deliver(this.#replica.shutdown(Date.now()));
  }

  /** Stops all timers. */
  close(): void {
    clearInterval(this.#ticker);
    this.#users.each(({ timer }) => clearTimeout(timer));
  }

  /**
   * Sends messages to the users of this server, in order. If that causes more of
   * them (it disconnects a user whose queue is full), those come after.
   */
  deliver(deliveries: readonly Delivery[]): void {
    this.#waiting.push(deliveries);
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      let next = this.#waiting.shift();
      while (next !== undefined) {
        for (const delivery of next) {
          if (delivery.to.length > 0) this.#deliver(delivery);
        }
        next = this.#waiting.shift();
      }
    } finally {
      this.#isDelivering = false;
    }
  }

  /**
   * Sends the messages of an entry of the log, and lets the users go on whose
   * requests it carried out.
   *
   * @param isOwn Whether it is an entry of this server, which counts it.
   */
  take(deliveries: readonly Delivery[], isOwn: boolean): void {
    if (isOwn) this.#count(deliveries);
    this.deliver(deliveries);
    for (const [id, user] of this.#unordered) {
      if (this.#replica.isWaiting(id)) continue;
      this.#unordered.delete(id);
      user.goOn();
    }
  }

  #deliver({ to, message }: Delivery): void {
    const outgoing = new OutgoingMessage(message, this.style);
    this.#monitor.deliveries += to.length;
    if (message.type === "goodbye") {
      for (const id of to) {
        const user = this.#remove(id, message.reason);
        user?.outlet.end(outgoing, this.#drainTimeout);
      }
    } else this.#sendTo(to, outgoing);
    this.pacer.spend(outgoing.byteLength, to.length);
    if (message.type === "welcome") this.#welcome(to, message.user);
    if (message.type === "renamed") this.#rename(to, message.user);
  }

  /** Delivers the results of a user's request, and counts them. */
  #send(deliveries: readonly Delivery[]): void {
    this.#count(deliveries);
    this.deliver(deliveries);
  }

  #count(deliveries: readonly Delivery[]): void {
    for (const { to, message } of deliveries) {
      this.#monitor.count(message);
      if (message.type !== "error" || message.code !== "wrong-token") continue;
      const user = this.#replica.user(to[0]);
      if (user !== undefined) this.#monitor.wrongToken(user);
    }
  }

  #sendTo(to: readonly number[], message: OutgoingMessage): void {
    for (const id of to) {
      const user = this.#users.get(id);
      if (user === undefined || user.outlet.send(message)) continue;
      // The goodbye is delivered after all others have got this message.
      this.leave(id, "slow");
    }
  }

  #welcome(to: readonly number[], { nickname }: UserRef): void {
    for (const id of to) {
      const user = this.#users.get(id);
      if (user === undefined) continue;
      user.nickname = nickname;
      clearTimeout(user.timer);
      this.#monitor.tell({ type: "enter", id, nickname });
      void this.#givePass(id, user);
    }
  }

  /** Gives an operator an invitation. */
  async #invite(
    { connection: id, ref, by }: InvitationRequest,
    invite: () => Promise<AccessNote | undefined>,
  ): Promise<void> {
    const invitation = await invite();
    if (invitation === undefined) {
      const error = { type: "error", code: "no-invitations", ref } as const;
      // The request was counted against the user's rate already.
      return this.#send([{
        to: [id],
        message: { ...error, time: Date.now() },
      }]);
    }
    const { origin: server } = this.#replica;
    const act = "invitation";
    this.#monitor.operatorEvent({ act, server, time: Date.now(), by });
    const message = ref === undefined ? invitation : { ...invitation, ref };
    this.#sendTo([id], new OutgoingMessage(message, this.style));
  }

  async #givePass(id: number, { redemption }: HubUser): Promise<void> {
    const token = await redemption?.entered();
    if (token === undefined) return;
    const pass = new OutgoingMessage({ type: "pass", token }, this.style);
    this.#sendTo([id], pass);
  }

  #rename(to: readonly number[], { id: user, nickname }: UserRef): void {
    for (const id of to) {
      const connection = this.#users.get(id);
      const isOwn = this.#replica.user(id)?.id === user;
      if (connection !== undefined && isOwn) connection.nickname = nickname;
    }
  }

  #remove(id: number, reason: LeaveReason): HubUser | undefined {
    const user = this.#users.get(id);
    if (user === undefined) return undefined;
    this.#users.delete(id);
    this.#unordered.delete(id);
    user.remove();
    const { nickname } = user;
    const isGone = reason === "closed" || reason === "lost";
    // The health checks of a proxy also come and go without a nickname.
    if (nickname !== undefined || !isGone) this.#monitor.left.add(reason);
    if (nickname === undefined) void user.redemption?.abandoned();
    this.#monitor.tell({ type: eventOf(reason), id, nickname, reason });
    return user;
  }

  /**
   * Limits the time to choose a nickname. In a busy process, the nickname may have
   * arrived without having been read, so the runtime polls the sockets first.
   */
  #startTimer(id: number, isSecond = false): Timer | undefined {
    if (this.#nicknameTimeout > MAX_DELAY) return undefined;
    return setTimeout(
      () => afterPoll(() => this.#endTime(id, isSecond)),
      this.#nicknameTimeout,
    );
  }

  /** Removes a user without a nickname, but later if that waits for the log. */
  #endTime(id: number, isSecond: boolean): void {
    const user = this.#users.get(id);
    if (user === undefined || user.nickname !== undefined) return;
    if (!this.#replica.isWaiting(id)) this.leave(id, "no-nickname");
    else if (isSecond) this.leave(id, "full");
    else user.timer = this.#startTimer(id, true);
  }

  /** Whether the queue of one user in 16 is congested. */
  #isOverloaded(): boolean {
    let count = 0;
    this.#users.each(({ outlet }) => {
      if (outlet.isCongested) count++;
    });
    return count > 0 && count * 16 >= this.#users.size;
  }

  /**
   * Gives signs of life to users whose requests wait for the log. Their next request
   * is not read before, so a `ping` of theirs would have no answer.
   */
  #reassure(): void {
    const to: number[] = [];
    for (const [id, user] of this.#unordered) {
      if (++user.waitedTicks % SIGN_TICKS !== 0) continue;
      to.push(id);
      user.outlet.probe?.();
    }
    this.deliver([{ to, message: { type: "pong", time: Date.now() } }]);
  }

  #ordered(id: number): Promise<void> {
    const user = this.#users.get(id);
    if (user === undefined) return Promise.resolve();
    this.#unordered.set(id, user);
    return user.waitForLog();
  }
}

/** The type of event for a reason. */
function eventOf(reason: LeaveReason): "leave" | "kick" | "ban" {
  if (reason === "kicked") return "kick";
  return reason === "banned" ? "ban" : "leave";
}
