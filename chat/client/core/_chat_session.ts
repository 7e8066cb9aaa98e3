import type { ClientMessage } from "../../protocol/_client_messages.ts";
import type { Referring } from "../../protocol/_schema.ts";
import {
  readServerMessage,
  type ServerMessage,
  VERSION,
} from "../../protocol/_server_messages.ts";
import { cleanText } from "../../room/text/_clean_text.ts";
import type { UserRef } from "../../room/chat_message.ts";
import type {
  ChatClientMessage,
  ChatRoomRecord,
} from "../chat_client_message.ts";
import { type Outcome, PendingRequest } from "./_pending_request.ts";

/**
 * The most requests under way: a server remembers so many, to know those that
 * are repeated.
 */
const MAX_IN_FLIGHT = 64;

/** The `ref` of the ping behind the `hello`. */
const SYNC = "sync";

type RequestType = ClientMessage["type"];

/** Requests that may go out before there is a nickname. */
const EARLY: ReadonlySet<RequestType> = new Set<RequestType>([
  ...["nick", "line", "ping", "quit"] as const,
]);

/**
 * Requests that may be carried out twice, in another session too. Of all others
 * it has to be known whether they were carried out.
 */
const HARMLESS: ReadonlySet<RequestType> = new Set<RequestType>([
  ...["rooms", "users", "history", "ping"] as const,
  ...["join", "nick", "operator", "quit"] as const,
]);

/** Requests that the server carries out once, or that do no harm twice. */
const REPEATABLE: ReadonlySet<RequestType> = new Set<RequestType>([
  ...HARMLESS,
  ...["say", "me", "msg", "topic"] as const,
]);

/** Why a server ends a connection that may be tried again. */
const PASSING_REASONS: ReadonlySet<string> = new Set([
  ...["shutdown", "slow", "lost", "closed", "full"],
]);

/** Where private messages are, among the rooms. */
const PRIVATE = "";

/** What a session begins with. */
export interface SessionOptions {
  readonly nickname?: string | undefined;
  /** Rooms to be in, beside the one where everybody begins. */
  readonly rooms?: readonly string[] | undefined;
  /** What all refs begin with, for sessions that outlive the object. */
  readonly refPrefix?: string | undefined;
  /** The secret of an earlier session, and the epoch that it is of. */
  readonly token?: string | undefined;
  readonly epoch?: string | undefined;
  /** Whether an `entered` has its whole history, with what is known already. */
  readonly keepsHistory?: boolean | undefined;
}

/** How a request is taken up that an earlier object had. */
export interface EarlierRequest {
  readonly ref?: string | undefined;
  /** Whether it was sent. */
  readonly wasSent?: boolean | undefined;
}

/**
 * A client's side of the protocol, without I/O: messages of the server in, events
 * and messages to the server out. It outlives connections, and resumes where the
 * last one ended. Programs, the terminal client and the web page share it.
 *
 * Behind each `hello` goes a `ping`. Its answer tells that the `hello` has been
 * dealt with, and all that was missed has come: only from then on the highest id
 * is one that a later resumption may begin at, since what was missed comes room
 * by room. For the same reason the highest id is kept for each room.
 */
export class ChatSession {
  readonly #wanted: Set<string>;
  readonly #pending = new Map<string, PendingRequest>();
  readonly #seen = new Map<string, number>();
  readonly #rooms = new Set<string>();
  /** The joins that go out before all else, so that the rest finds its room. */
  readonly #entering = new Set<string>();
  readonly #outgoing: string[] = [];
  readonly #refPrefix: string;
  readonly #keepsHistory: boolean;
  #user: UserRef | undefined;
  #room: string | undefined;
  #epoch: string | undefined;
  #token: string | undefined;
  #goodbye: string | undefined;
  #highest = 0;
  #after = 0;
  /** The number of this connection; none has 0. */
  #connection = 1;
  #inFlight = 0;
  #lastRef = 0;
  #isWelcome = false;
  #isSettled = false;
  #needsNickname = false;

  /** The nickname to ask for. */
  nickname: string | undefined;

  constructor(options: SessionOptions = {}) {
    const { nickname, rooms, refPrefix = "", token, epoch } = options;
    this.nickname = nickname;
    this.#wanted = new Set(rooms);
    this.#refPrefix = refPrefix;
    this.#token = token;
    this.#epoch = epoch;
    this.#keepsHistory = options.keepsHistory ?? false;
  }

  /** Who the user is, once the nickname is taken. */
  get user(): UserRef | undefined {
    return this.#user;
  }

  /** Where what is said without a room goes. */
  get room(): string | undefined {
    return this.#room;
  }

  /** The rooms that the user is in. */
  get rooms(): ReadonlySet<string> {
    return this.#rooms;
  }

  /** The secret by which the session may be resumed. */
  get token(): string | undefined {
    return this.#token;
  }

  /** The reason of the `goodbye` on this connection, if one has come. */
  get goodbye(): string | undefined {
    return this.#goodbye;
  }

  /** Whether the server has said a goodbye that is meant to last. */
  get isOver(): boolean {
    return this.#goodbye !== undefined && !PASSING_REASONS.has(this.#goodbye);
  }

  /** Whether the user is in the chat, on this connection. */
  get isWelcome(): boolean {
    return this.#isWelcome;
  }

  /** Whether this connection knows if the user has a nickname. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /**
   * Whether the user is not yet in all rooms to be in, as far as the server
   * allows. Other requests wait meanwhile.
   */
  get isEntering(): boolean {
    return this.#isWelcome && this.#entering.size > 0;
  }

  /** How many requests wait for an answer. */
  get pendingCount(): number {
    let count = 0;
    for (const { isWithdrawn } of this.#pending.values()) {
      if (!isWithdrawn) count++;
    }
    return count;
  }

  /** Begins a connection. */
  open(): void {
    this.#isWelcome = false;
    this.#isSettled = false;
    this.#needsNickname = false;
    this.#goodbye = undefined;
    this.#inFlight = 0;
    this.#send({
      type: "hello",
      ref: "hello",
      version: VERSION,
      nickname: this.#user?.nickname ?? this.nickname,
      ...(this.#token === undefined ? {} : {
        session: this.#token,
        epoch: this.#epoch,
        after: this.#after,
      }),
    });
    this.#send({ type: "ping", ref: SYNC });
  }

  /** Notes the end of a connection. */
  lose(): void {
    this.#connection++;
    this.#isWelcome = false;
    this.#isSettled = false;
    this.#outgoing.length = 0;
    this.#dropWithdrawn();
    this.#giveUp(REPEATABLE);
  }

  /** Lets the session go: the next connection begins another one. */
  forget(): void {
    this.#token = undefined;
  }

  /** Gives up all requests. */
  fail(code: string, text: string): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    this.#entering.clear();
    for (const pending of all) pending.settle({ refusal: { code, text } });
  }

  /** Asks for something. */
  submit(
    request: ClientMessage,
    onSettled: (outcome: Outcome) => void = () => {},
    { ref = this.#refPrefix + ++this.#lastRef, wasSent }: EarlierRequest = {},
  ): PendingRequest {
    const sentOn = wasSent ? -1 : 0;
    const pending = new PendingRequest(ref, request, onSettled, sentOn);
    this.#pending.set(ref, pending);
    return pending;
  }

  /**
   * Takes a request back. It is not sent any more; one that is under way keeps
   * its place until its answer has come, which nobody is told.
   */
  withdraw(pending: PendingRequest): void {
    pending.isWithdrawn = true;
    if (!this.isUnderWay(pending)) this.#pending.delete(pending.ref);
  }

  /** Whether a request was sent on this connection. */
  isUnderWay({ sentOn }: PendingRequest): boolean {
    return sentOn === this.#connection;
  }

  /** The request that goes out next, if one may now. */
  get next(): ClientMessage | undefined {
    return this.#next()?.request;
  }

  /** Sends the next request. */
  sendNext(): void {
    const pending = this.#next();
    if (pending === undefined) return;
    // The room is settled at the latest now, whatever is joined afterwards.
    pending.request = this.#withRoom(pending.request);
    pending.sentOn = this.#connection;
    this.#inFlight++;
    this.#send({ ...pending.request, ref: pending.ref });
  }

  /** Takes what is to be sent now. */
  takeOutgoing(): string[] {
    return this.#outgoing.splice(0);
  }

  /** Takes a message of the server, and returns what there is to tell of. */
  receive(text: string): ChatClientMessage[] {
    const { message: received } = readServerMessage(text);
    if (received === undefined) return [];
    const { ref, ...message } = received;
    const events = message.type === "ack"
      ? this.#acknowledge(ref, message)
      : this.#take(message, ref);
    if (ref === SYNC) events.push(...this.#settle());
    if (this.#isSettled) this.#after = this.#highest;
    return events;
  }

  #take(
    message: Exclude<ServerMessage, { readonly type: "ack" }>,
    ref: string | undefined,
  ): ChatClientMessage[] {
    if (ref === SYNC) return [];
    const isEntering = this.#entering.has(ref ?? "");
    switch (message.type) {
      case "greeting":
        if (message.epoch !== this.#epoch) this.#beginEpoch(message.epoch);
        return [message];
      case "nickname-request":
        if (this.#isSettled) return [message];
        this.#needsNickname = true;
        return [];
      case "welcome":
        return [this.#welcome(message)];
      case "entered":
        return [this.#enter(message)];
      case "exited":
        this.#leave(message.room);
        return [message];
      case "error":
        // Nobody else is told why a room of the options could not be entered.
        return this.#refuse(ref, message) && !isEntering ? [] : [message];
      case "private":
        return this.#isNews(PRIVATE, message.id) ? [message] : [];
      case "said":
      case "action":
      case "topic":
      case "joined":
      case "left":
      case "renamed":
        return this.#record(message);
      case "goodbye":
        this.#goodbye = message.reason;
        return [message];
      case "users":
      case "rooms":
      case "history":
      case "help":
      case "pong":
        return this.#answer(ref, { message }) === undefined ? [message] : [];
      case "notice":
      case "warning":
        return [message];
    }
  }

  /** The `hello` has been dealt with, and what was missed is there. */
  #settle(): ChatClientMessage[] {
    if (this.#isSettled) return [];
    this.#isSettled = true;
    return this.#needsNickname && !this.#isWelcome
      ? [{ type: "nickname-request" }]
      : [];
  }

  #beginEpoch(epoch: string): void {
    this.#epoch = epoch;
    this.#seen.clear();
    this.#highest = 0;
    this.#after = 0;
  }

  #welcome(
    { session, ...message }: ServerMessage & { type: "welcome" },
  ): ChatClientMessage {
    this.#token = session ?? this.#token;
    this.#isWelcome = true;
    this.#user = message.user;
    this.nickname = message.user.nickname;
    if (message.resumed) return message;
    const current = this.#room;
    this.#rooms.clear();
    this.#rooms.add(message.room);
    this.#room = message.room;
    // The server does not remember what it carried out in another session.
    this.#giveUp(HARMLESS);
    const wanted = [...this.#wanted].filter((room) => room !== message.room);
    // The room joined last is the one where people talk.
    wanted.sort((a, b) => Number(a === current) - Number(b === current));
    // Those of a session that is over are asked for again.
    for (const ref of this.#entering) this.#pending.delete(ref);
    this.#entering.clear();
    for (const room of wanted) {
      this.#entering.add(this.submit({ type: "join", room }).ref);
    }
    return message;
  }

  #enter(message: ServerMessage & { type: "entered" }): ChatClientMessage {
    const { room } = message;
    if (!this.#rooms.has(room)) this.#room = room;
    this.#rooms.add(room);
    this.#wanted.add(room);
    const history = message.history.filter((record) =>
      this.#isNews(room, record.id)
    );
    return this.#keepsHistory ? message : { ...message, history };
  }

  #leave(room: string): void {
    this.#rooms.delete(room);
    this.#wanted.delete(room);
    this.#seen.delete(room);
    if (this.#room === room) this.#room = [...this.#rooms].at(-1);
  }

  #record(record: ChatRoomRecord): ChatClientMessage[] {
    if (!this.#isNews(record.room, record.id)) return [];
    if (record.type === "renamed" && record.user.id === this.#user?.id) {
      this.#user = record.user;
      this.nickname = record.user.nickname;
    }
    return [record];
  }

  /** Notes an id, and tells whether it was not known. */
  #isNews(place: string, id: number): boolean {
    if (id <= (this.#seen.get(place) ?? 0)) return false;
    this.#seen.set(place, id);
    this.#highest = Math.max(this.#highest, id);
    return true;
  }

  /** What the user said has its place now, and is told of like all else. */
  #acknowledge(
    ref: string | undefined,
    { id, time }: { readonly id?: number; readonly time?: number },
  ): ChatClientMessage[] {
    const request = this.#answer(ref, { id, time })?.request;
    if (request?.type !== "say" && request?.type !== "me") return [];
    const { text, room, type } = request;
    if (id === undefined || room === undefined || this.#user === undefined) {
      return [];
    }
    if (!this.#isNews(room, id)) return [];
    return [{
      type: type === "say" ? "said" : "action",
      id,
      time: time ?? Date.now(),
      room,
      user: this.#user,
      text: cleanText(text),
    }];
  }

  /** Settles the request with a `ref`, and returns it. */
  #answer(
    ref: string | undefined,
    answer: Outcome["answer"] & object,
  ): PendingRequest | undefined {
    const pending = this.#forget(ref);
    pending?.settle({ answer });
    return pending;
  }

  #refuse(
    ref: string | undefined,
    { code, subject, text }: ServerMessage & { type: "error" },
  ): boolean {
    const pending = this.#forget(ref);
    const isDone = code === "nickname-unchanged";
    pending?.settle(
      isDone ? { answer: {} } : { refusal: { code, subject, text } },
    );
    return pending !== undefined;
  }

  #forget(ref = ""): PendingRequest | undefined {
    const pending = this.#pending.get(ref);
    if (pending === undefined) return undefined;
    this.#pending.delete(ref);
    this.#entering.delete(ref);
    if (this.isUnderWay(pending)) this.#inFlight--;
    return pending;
  }

  /** Forgets requests whose answer can't come any more, and nobody awaits. */
  #dropWithdrawn(): void {
    for (const [ref, { isWithdrawn }] of this.#pending) {
      if (isWithdrawn) this.#pending.delete(ref);
    }
  }

  /** Gives up what was sent on earlier connections, but for these types. */
  #giveUp(except: ReadonlySet<RequestType>): void {
    for (const [ref, pending] of this.#pending) {
      if (pending.sentOn === 0 || this.isUnderWay(pending)) continue;
      if (except.has(pending.request.type)) continue;
      this.#pending.delete(ref);
      const text = "the session was lost before its answer";
      pending.settle({ refusal: { code: "lost", text } });
    }
  }

  /** The next request that may go out: joins that are due, then in order. */
  #next(): PendingRequest | undefined {
    if (!this.#isSettled || this.#inFlight >= MAX_IN_FLIGHT) return undefined;
    if (this.isEntering) return this.#nextWhileEntering();
    for (const pending of this.#pending.values()) {
      if (this.isUnderWay(pending)) continue;
      if (this.#isWelcome || EARLY.has(pending.request.type)) return pending;
    }
    return undefined;
  }

  #nextWhileEntering(): PendingRequest | undefined {
    for (const ref of this.#entering) {
      const pending = this.#pending.get(ref);
      if (pending !== undefined && !this.isUnderWay(pending)) return pending;
    }
    // A server that does not answer must not keep the user from leaving.
    const first = [...this.#pending.values()].find((pending) =>
      !this.isUnderWay(pending)
    );
    return first?.request.type === "quit" ? first : undefined;
  }

  /** Names the room of a request about one: by default that entered last. */
  #withRoom(request: ClientMessage): ClientMessage {
    switch (request.type) {
      case "say":
      case "me":
      case "topic":
      case "users":
        return { ...request, room: request.room ?? this.#room };
      default:
        return request;
    }
  }

  #send(message: ClientMessage & Referring): void {
    this.#outgoing.push(JSON.stringify(message));
  }
}
