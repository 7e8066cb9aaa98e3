import {
  type ClientSession,
  countWaiting,
  PendingRequest,
  type SessionAnswer,
  type SessionOptions,
  type SessionRequest,
} from "./_client_session.ts";
import { cleanText } from "../room/text/_clean_text.ts";
import {
  readServerMessage,
  type ServerMessage,
  VERSION,
} from "../protocol/_server_messages.ts";
import type {
  ChatClientEvent,
  ChatClientMessage,
  ChatRoomRecord,
} from "./chat_client_message.ts";
import type { UserRef } from "../room/chat_message.ts";
import { ChatRequestError } from "./chat_request_error.ts";

/**
 * The most requests under way: a server remembers so many, to know those that
 * are repeated.
 */
const MAX_IN_FLIGHT = 64;

/** The `ref` of the ping behind the `hello`. */
const SYNC = "sync";

/** Requests that may go out before there is a nickname. */
const EARLY: ReadonlySet<string> = new Set(["nick", "line", "ping", "quit"]);

/**
 * Requests that may be carried out twice, in another session too. Of all others
 * it has to be known whether they were carried out.
 */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["rooms", "users", "history", "ping", "join", "nick", "operator", "quit"],
]);

/** Requests that the server carries out once, or that do no harm twice. */
const REPEATABLE: ReadonlySet<string> = new Set([
  ...HARMLESS,
  ...["say", "me", "msg", "topic"],
]);

/** Requests about a room, which is the one entered last by default. */
const ROOMED: ReadonlySet<string> = new Set([
  ...["say", "me", "topic", "users"],
]);

/** Where private messages are, among the rooms. */
const PRIVATE = "";

/**
 * The client's side of the JSON protocol.
 *
 * Behind each `hello` goes a `ping`. Its answer tells that the `hello` has been
 * dealt with, and all that was missed has come: only from then on the highest id
 * is one that a later resumption may begin at, since what was missed comes room
 * by room. For the same reason the highest id is kept for each room.
 */
export class JsonSession implements ClientSession {
  readonly #wanted: Set<string>;
  readonly #pending = new Map<string, PendingRequest>();
  readonly #seen = new Map<string, number>();
  readonly #rooms = new Set<string>();
  /** The joins that go out before all else, so that the rest finds its room. */
  readonly #entering = new Set<string>();
  readonly #outgoing: string[] = [];
  #nickname: string | undefined;
  #user: UserRef | undefined;
  #room: string | undefined;
  #epoch: string | undefined;
  #session: string | undefined;
  #highest = 0;
  #after = 0;
  #connection = 0;
  #inFlight = 0;
  #lastRef = 0;
  #isWelcome = false;
  #isSynced = false;
  #needsNickname = false;

  constructor(options: SessionOptions = {}) {
    this.#nickname = options.nickname;
    this.#wanted = new Set(options.rooms);
  }

  get user(): UserRef | undefined {
    return this.#user;
  }

  get room(): string | undefined {
    return this.#room;
  }

  get rooms(): ReadonlySet<string> {
    return this.#rooms;
  }

  get isSettled(): boolean {
    return this.#isSynced;
  }

  get isEntering(): boolean {
    return this.#isWelcome && this.#entering.size > 0;
  }

  get pendingCount(): number {
    return countWaiting(this.#pending.values());
  }

  open(): void {
    this.#dropWithdrawn();
    this.#connection++;
    this.#isWelcome = false;
    this.#isSynced = false;
    this.#needsNickname = false;
    this.#inFlight = 0;
    this.#send({
      type: "hello",
      ref: "hello",
      version: VERSION,
      nickname: this.#user?.nickname ?? this.#nickname,
      ...(this.#session === undefined ? {} : {
        session: this.#session,
        epoch: this.#epoch,
        after: this.#after,
      }),
    });
    this.#send({ type: "ping", ref: SYNC });
  }

  lose(): void {
    this.#isSynced = false;
    this.#outgoing.length = 0;
    this.#dropWithdrawn();
    for (const [ref, pending] of this.#pending) {
      if (pending.sentOn === 0 || REPEATABLE.has(pending.request.type)) {
        continue;
      }
      this.#pending.delete(ref);
      pending.reject(lostError(pending.request));
    }
  }

  submit(
    request: SessionRequest,
    signal?: AbortSignal,
  ): Promise<SessionAnswer> {
    const pending = new PendingRequest(request);
    const ref = String(++this.#lastRef);
    this.#pending.set(ref, pending);
    if (signal !== undefined) {
      pending.withdrawBy(signal, () => {
        // One that is under way keeps its place until its answer has come, which
        // without a ref would be taken for that of the next.
        const isUnderWay = pending.sentOn === this.#connection;
        if (!isUnderWay) this.#pending.delete(ref);
      });
    }
    return pending.settled;
  }

  /** Forgets requests whose answer can't come any more, and nobody awaits. */
  #dropWithdrawn(): void {
    for (const [ref, { isWithdrawn }] of this.#pending) {
      if (isWithdrawn) this.#pending.delete(ref);
    }
  }

  get next(): SessionRequest | undefined {
    return this.#next()?.[1].request;
  }

  sendNext(): void {
    const [ref, pending] = this.#next() ?? [];
    if (ref === undefined || pending === undefined) return;
    // The room is settled at the latest now, whatever is joined afterwards.
    pending.request = this.#withRoom(pending.request);
    pending.sentOn = this.#connection;
    this.#inFlight++;
    this.#send({ ...pending.request, ref });
  }

  takeOutgoing(): string[] {
    return this.#outgoing.splice(0);
  }

  fail(error: Error): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of all) pending.reject(error);
  }

  receive(text: string): ChatClientEvent[] {
    const { message: received } = readServerMessage(text);
    if (received === undefined) return [];
    const { ref, ...message } = received;
    const events = message.type === "ack"
      ? this.#acknowledge(ref, message)
      : this.#take(message, ref);
    if (ref === SYNC || message.type === "pong") events.push(...this.#sync());
    if (this.#isSynced) this.#after = this.#highest;
    return events;
  }

  #take(
    message: Exclude<ServerMessage, { readonly type: "ack" }>,
    ref: string | undefined,
  ): ChatClientEvent[] {
    if (ref === SYNC) return [];
    const isEntering = this.#entering.has(ref ?? "");
    const isAnswer = this.#answer(message, ref);
    switch (message.type) {
      case "greeting":
        if (message.epoch !== this.#epoch) this.#beginEpoch(message.epoch);
        return [message];
      case "nickname-request":
        if (this.#isSynced) return [message];
        this.#needsNickname = true;
        return [];
      case "welcome":
        return this.#welcome(message);
      case "entered":
        return [this.#enter(message)];
      case "exited":
        this.#leave(message.room);
        return [message];
      case "users":
      case "rooms":
      case "history":
      case "pong":
        return isAnswer ? [] : [message];
      case "error":
        // Nobody else is told why a room of the options could not be entered.
        return isAnswer && !isEntering ? [] : [message];
      case "private":
        return this.#isNews(PRIVATE, message.id) ? [message] : [];
      case "said":
      case "action":
      case "topic":
      case "joined":
      case "left":
      case "renamed":
        return this.#record(message);
      case "help":
      case "notice":
      case "warning":
      case "goodbye":
        return [message];
    }
  }

  /** The `hello` has been dealt with, and what was missed is there. */
  #sync(): ChatClientEvent[] {
    if (this.#isSynced) return [];
    this.#isSynced = true;
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
  ): ChatClientEvent[] {
    this.#session = session ?? this.#session;
    const isReturn = this.#user !== undefined;
    this.#isWelcome = true;
    this.#user = message.user;
    this.#nickname = message.user.nickname;
    this.#settleAll("nick", () => true);
    if (message.resumed) return [message];
    const current = this.#room;
    this.#rooms.clear();
    this.#rooms.add(message.room);
    this.#room = message.room;
    if (isReturn) this.#giveUpUnknown();
    const wanted = [...this.#wanted].filter((room) => room !== message.room);
    // The room joined last is the one where people talk.
    wanted.sort((a, b) => Number(a === current) - Number(b === current));
    // Those of a session that is over are asked for again.
    for (const ref of this.#entering) this.#pending.delete(ref);
    this.#entering.clear();
    for (const room of wanted) {
      this.submit({ type: "join", room }).catch(noop);
      this.#entering.add(String(this.#lastRef));
    }
    return [message];
  }

  /** Nobody remembers what was carried out of what was sent before. */
  #giveUpUnknown(): void {
    for (const [ref, pending] of this.#pending) {
      if (pending.sentOn === 0 || HARMLESS.has(pending.request.type)) continue;
      this.#pending.delete(ref);
      pending.reject(lostError(pending.request));
    }
  }

  #enter(
    message: ChatClientMessage & { type: "entered" },
  ): ChatClientEvent {
    const { room } = message;
    if (!this.#rooms.has(room)) this.#room = room;
    this.#rooms.add(room);
    this.#wanted.add(room);
    this.#settleAll("join", (request) => request["room"] === room);
    const history = message.history.filter((record) =>
      this.#isNews(room, record.id)
    );
    return { ...message, history };
  }

  #leave(room: string): void {
    this.#rooms.delete(room);
    this.#wanted.delete(room);
    this.#seen.delete(room);
    if (this.#room === room) this.#room = [...this.#rooms].at(-1);
    this.#settleAll("leave", (request) => request["room"] === room);
  }

  #record(record: ChatRoomRecord): ChatClientEvent[] {
    if (!this.#isNews(record.room, record.id)) return [];
    if (record.type === "renamed" && record.user.id === this.#user?.id) {
      this.#user = record.user;
      this.#nickname = record.user.nickname;
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
  ): ChatClientEvent[] {
    const pending = this.#settle(ref, { id, time });
    if (pending === undefined || this.#user === undefined) return [];
    const { type, text, room } = pending.request;
    const isSpeech = type === "say" || type === "me";
    if (!isSpeech || id === undefined || typeof room !== "string") return [];
    if (!this.#isNews(room, id)) return [];
    return [{
      type: type === "say" ? "said" : "action",
      id,
      time: time ?? Date.now(),
      room,
      user: this.#user,
      text: cleanText(String(text)),
    }];
  }

  /** Settles the request that a message answers, by its `ref` or its type. */
  #answer(message: ChatClientMessage, ref: string | undefined): boolean {
    const pending = this.#pending.get(ref ?? this.#refOf(message) ?? "");
    if (pending === undefined) return false;
    const key = ref ?? this.#refOf(message);
    if (message.type !== "error") {
      this.#settle(key, { message });
      return true;
    }
    this.#forget(key ?? "", pending);
    if (message.code === "nickname-unchanged") pending.resolve({});
    else pending.reject(refusal(pending.request, message));
    return true;
  }

  /** The oldest request that a message without a `ref` may answer. */
  #refOf(message: ChatClientMessage): string | undefined {
    const type = message.type === "pong" ? "ping" : message.type;
    if (!["ping", "users", "rooms", "history"].includes(type)) return undefined;
    if (type === "ping" && !this.#isSynced) return undefined;
    for (const [ref, pending] of this.#pending) {
      const isSent = pending.sentOn === this.#connection;
      if (isSent && pending.request.type === type) return ref;
    }
    return undefined;
  }

  #settleAll(
    type: string,
    fits: (request: SessionRequest) => boolean,
  ): void {
    for (const [ref, pending] of this.#pending) {
      const { request } = pending;
      const isSent = pending.sentOn === this.#connection;
      if (isSent && request.type === type && fits(request)) {
        this.#settle(ref, {});
      }
    }
  }

  #settle(
    ref: string | undefined,
    answer: SessionAnswer,
  ): PendingRequest | undefined {
    const pending = this.#pending.get(ref ?? "");
    if (pending === undefined) return undefined;
    this.#forget(ref ?? "", pending);
    pending.resolve(answer);
    return pending;
  }

  #forget(ref: string, pending: PendingRequest): void {
    this.#pending.delete(ref);
    this.#entering.delete(ref);
    if (pending.sentOn === this.#connection) this.#inFlight--;
  }

  /** The next request that may go out: joins that are due, then in order. */
  #next(): [ref: string, pending: PendingRequest] | undefined {
    if (!this.#isSynced || this.#inFlight >= MAX_IN_FLIGHT) return undefined;
    if (this.isEntering) return this.#nextWhileEntering();
    for (const entry of this.#pending) {
      const { sentOn, request } = entry[1];
      if (sentOn === this.#connection) continue;
      if (this.#isWelcome || EARLY.has(request.type)) return entry;
    }
    return undefined;
  }

  #nextWhileEntering(): [ref: string, pending: PendingRequest] | undefined {
    const isUnsent = ({ sentOn }: PendingRequest) =>
      sentOn !== this.#connection;
    for (const ref of this.#entering) {
      const pending = this.#pending.get(ref);
      if (pending !== undefined && isUnsent(pending)) return [ref, pending];
    }
    // A server that does not answer must not keep the user from leaving.
    const first = [...this.#pending].find(([, pending]) => isUnsent(pending));
    return first?.[1].request.type === "quit" ? first : undefined;
  }

  #withRoom(request: SessionRequest): SessionRequest {
    const { type, room = this.#room } = request;
    return ROOMED.has(type) ? { ...request, room } : request;
  }

  #send(request: SessionRequest): void {
    this.#outgoing.push(JSON.stringify(request));
  }
}

function lostError({ type }: SessionRequest): ChatRequestError {
  return new ChatRequestError(
    `Cannot tell what became of "${type}": the session was lost before its answer`,
    { code: "lost" },
  );
}

function refusal(
  { type }: SessionRequest,
  { code, subject, text }: ChatClientMessage & { type: "error" },
): ChatRequestError {
  const why = text === "" ? code : text;
  return new ChatRequestError(`Cannot do "${type}": ${why}`, { code, subject });
}

function noop(): void {}
