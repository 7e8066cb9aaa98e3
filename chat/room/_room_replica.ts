import type { RoomRules } from "./_room_rules.ts";
import { type InvitationRequest, RoomState, tell } from "./_room_state.ts";
import { restoreState, type SavedState, saveState } from "./_saved_state.ts";
import { applyEntry } from "./apply/_apply_entry.ts";
import { type OperatorEvent, operatorEvent } from "./apply/_operator_event.ts";
import { proposeExpiry } from "./apply/_apply_membership.ts";
import { isTalk, recallText } from "./apply/_apply_talk.ts";
import type { ChatCommand } from "./chat_command.ts";
import type { ChatErrorCode } from "./chat_error_code.ts";
import type { Delivery } from "./chat_message.ts";
import type {
  JoinOptions,
  JoinOutcome,
  RefuseOptions,
} from "./chat_room_options.ts";
import type { ChatUser } from "./chat_user.ts";
import { handleFault, handleRequest } from "./commands/_handle_request.ts";
import type { LeaveReason } from "./leave_reason.ts";
import type { ChatEntry, EntryPlace } from "./log/_chat_entry.ts";
import type { EntryLog } from "./log/_entry_log.ts";
import { cleanText } from "./text/_clean_text.ts";
import type { ClientDetails } from "./users/_connection.ts";
import { LocalIds, SharedIds } from "./users/_ids.ts";

/** Milliseconds after which the session of another server's user is ended here. */
const OTHERS_GRACE = 5_000;

/** Details of a connection, with those that only a server knows. */
export type ConnectOptions = JoinOptions & ClientDetails;

/** The secrets of a `hello`. */
export interface HelloSecrets {
  readonly session?: string | undefined;
  readonly link?: string | undefined;
}

/**
 * A server's copy of a chat. Requests are decided against the state and proposed to
 * a log; entries of the log change the state. With one server, entries are applied
 * at once.
 */
export class RoomReplica {
  readonly #state: RoomState;
  /** The ids of a chat with several servers. */
  readonly #ids: SharedIds | undefined;

  /** Called with each act of an operator, on any server. */
  onOperatorEvent: ((act: OperatorEvent) => void) | undefined;

  /** Called with each request of an operator for an invitation into the chat. */
  set onInvite(make: (request: InvitationRequest) => void) {
    this.#state.onInvite = make;
  }

  /**
   * @param rules The checked options.
   * @param log The log of several servers: the caller passes on its entries by
   * {@linkcode RoomReplica.apply}.
   */
  constructor(rules: RoomRules, log?: EntryLog) {
    if (log === undefined) {
      const own = this.#localLog(rules.store.epoch);
      this.#state = new RoomState(rules, own, new LocalIds(rules.store));
      this.#forgetLocked();
    } else {
      this.#ids = new SharedIds();
      this.#state = new RoomState(rules, log, this.#ids);
    }
  }

  /** The name of the lobby. */
  get name(): string {
    return this.#state.rooms.lobby.name;
  }

  /** The name of this server in the log; empty without one. */
  get origin(): string {
    return this.#state.log.origin;
  }

  /** The name of the sequence of ids. */
  get epoch(): string {
    return this.#state.log.epoch;
  }

  /** How many rooms are open. */
  get roomCount(): number {
    return this.#state.rooms.size;
  }

  /** How many connections this server has. */
  get connected(): number {
    return this.#state.connections.size;
  }

  /** How many users are connected, on all servers. */
  get online(): number {
    return this.#state.users.online;
  }

  /** The servers that users are connected to. */
  get servers(): readonly string[] {
    return this.#state.users.servers;
  }

  /** Finds the user of a connection. */
  user(id: number): ChatUser | undefined {
    const connection = this.#state.connections.get(id);
    if (connection === undefined) return undefined;
    const { address, user } = connection;
    return {
      id: user?.id ?? id,
      address,
      enteredAt: user?.enteredAt ?? connection.enteredAt,
      nickname: user?.entry.nickname,
    };
  }

  /** Whether a request of a connection waits for the log. */
  isWaiting(id: number): boolean {
    return (this.#state.connections.get(id)?.pending ?? 0) > 0;
  }

  /** Adds a connection, and greets it. */
  join(address: string, now: number, options: ConnectOptions): JoinOutcome {
    this.#expire(now);
    const { addressKey = address, expectHello = false, ...others } = options;
    const connection = this.#state.connect({
      ...others,
      address,
      addressKey,
      expectsHello: expectHello,
      enteredAt: now,
    });
    const { id } = connection;
    if (this.bannedUntil(addressKey, now) !== undefined) {
      return { id, deliveries: this.#state.dismiss(connection, "banned", now) };
    }
    const greeting = this.#state.greet(connection, now);
    if (expectHello || others.account !== undefined) {
      return { id, deliveries: [greeting] };
    }
    const message = { type: "nickname-request", time: now } as const;
    return { id, deliveries: [greeting, tell([id], message)] };
  }

  /** Whether a secret lets a connection without an account join a user. */
  knows({ session, link }: HelloSecrets, now: number): boolean {
    const { users, links, log } = this.#state;
    const id = link === undefined
      ? undefined
      : links.find(log.sessionKey(link), now);
    const found = [
      id === undefined ? undefined : users.get(id),
      session === undefined
        ? undefined
        : users.findSession(log.sessionKey(session)),
    ];
    return found.some((user) =>
      user !== undefined && user.account === undefined
    );
  }

  /** Handles a command of a user. */
  command(id: number, command: ChatCommand, now: number): Delivery[] {
    this.#expire(now);
    return handleRequest(this.#state, id, command, now);
  }

  /** Refuses input that could not be read. */
  refuse(
    id: number,
    code: ChatErrorCode,
    now: number,
    options: RefuseOptions,
  ): Delivery[] {
    return handleFault(this.#state, id, code, { ...options, now });
  }

  /** Milliseconds until more may be read from a user. */
  delay(id: number, now: number): number {
    const connection = this.#state.connections.get(id);
    return connection?.flood.delay(this.#state.clock.at(now)) ?? 0;
  }

  /** Removes a user of this server. */
  leave(id: number, reason: LeaveReason, now: number): Delivery[] {
    const connection = this.#state.connections.get(id);
    return connection === undefined
      ? []
      : this.#state.dismiss(connection, reason, now);
  }

  /** Removes all users of this server. */
  shutdown(now: number): Delivery[] {
    const { connections, users } = this.#state;
    const all = [...connections.values()];
    const reason = "shutdown";
    for (const one of all) this.#state.dismiss(one, reason, now);
    if (this.#state.isAlone) {
      for (const user of users.away()) this.#state.remove(user);
    }
    // Nobody is left who could get anything else.
    const to = all.map(({ id }) => id);
    return to.length === 0
      ? []
      : [tell(to, { type: "goodbye", time: now, reason })];
  }

  /** Sends a notice of the server to everyone. */
  notice(text: string, now: number): Delivery[] {
    const entry = { type: "notice", time: now, text: cleanText(text) } as const;
    return this.#state.log.propose(entry);
  }

  /** Tells the numbers of users in large rooms, and ends sessions and bans. */
  tick(now: number): Delivery[] {
    const { clock, bans, accounts, rooms, isAlone, logTime } = this.#state;
    const deliveries = this.#expire(now);
    for (const room of rooms.all()) deliveries.push(...room.tellCount(now));
    const steady = clock.at(now);
    bans.expire(steady, isAlone ? now : logTime);
    accounts.expire(isAlone ? now : logTime);
    return deliveries;
  }

  /** Until when an address is banned. */
  bannedUntil(addressKey: string, now: number): number | undefined {
    const steady = this.#state.clock.at(now);
    const until = this.#state.bans.until(addressKey, steady);
    return until === undefined ? undefined : now + (until - steady);
  }

  /**
   * Makes the change of an entry of the log.
   *
   * @returns The messages for the connections of this server.
   */
  apply(entry: ChatEntry, place: EntryPlace): Delivery[] {
    this.#ids?.enterEntry(place.id);
    const act = this.onOperatorEvent &&
      operatorEvent(this.#state, entry, place);
    const deliveries = applyEntry(this.#state, entry, place);
    if (act !== undefined) this.onOperatorEvent?.(act);
    // Talk that was late or repeated: a server that starts later must not recall it.
    const isSkipped = this.#ids?.isUsed === false && isTalk(entry);
    if (isSkipped) this.noteSkipped(place.id, place.id);
    return deliveries;
  }

  /** Notes that the entries with some ids are not applied. */
  noteSkipped(first: number, last: number): void {
    this.#state.skipped.add(first, last);
  }

  /** Keeps the message of an entry that is older than the state, if it counted. */
  recall(entry: ChatEntry, id: number): void {
    if (this.#state.skipped.has(id)) return;
    recallText(this.#state, entry, id);
  }

  /**
   * Wants the users of a server to depart that is dead.
   *
   * @returns The messages to deliver now.
   */
  bury(server: string, now: number): Delivery[] {
    const { users, log } = this.#state;
    const homes = users.of(server).flatMap((user) => user.homes);
    const dead = homes.filter((home) => home.server === server);
    return dead.flatMap(({ connection: departs }) =>
      log.propose({
        type: "depart",
        time: now,
        server,
        departs,
        reason: "lost",
      })
    );
  }

  /** The state that all servers have in common, without the histories. */
  save(): SavedState {
    return saveState(this.#state);
  }

  /**
   * Takes over a saved state, before anything else is called.
   *
   * @throws {TypeError} If the state has another version.
   */
  restore(saved: unknown, now: number): void {
    restoreState(this.#state, saved as SavedState, now);
    this.#forgetLocked();
  }

  /**
   * Forgets the rooms that were locked when the last server that had this store
   * ended, unless they are still open.
   */
  #forgetLocked(): void {
    const { rules: { store }, rooms } = this.#state;
    for (const name of store.lockedRooms ?? []) {
      if (rooms.named(name)?.invited === undefined) store.forget?.(name);
    }
  }

  /** Wants to end the sessions whose time is over. */
  #expire(now: number): Delivery[] {
    const { clock, users, log } = this.#state;
    const steady = clock.at(now);
    const deliveries: Delivery[] = [];
    for (const user of users.away()) {
      if (user.awayUntil > steady) break;
      if (user.isExpiring) continue;
      const isOwn = user.server === log.origin;
      if (!isOwn && user.awayUntil + OTHERS_GRACE > steady) continue;
      deliveries.push(...proposeExpiry(this.#state, user, now));
    }
    return deliveries;
  }

  /** The log of a chat with one server: an entry is applied at once. */
  #localLog(epoch: string): EntryLog {
    return {
      origin: "",
      epoch,
      isFull: false,
      propose: (entry) =>
        this.apply(entry, { origin: "", id: 0, now: entry.time }),
      sessionKey: (token) => token,
    };
  }
}
