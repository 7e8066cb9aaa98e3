import type { ClientMessage } from "../../protocol/_client_messages.ts";
import type { ServerMessage } from "../../protocol/_server_messages.ts";
import { VERSION } from "../../protocol/_version.ts";
import { roomKey } from "../../room/names/_name_key.ts";
import { cleanMessage } from "../../room/text/_clean_text.ts";
import type { UserRef } from "../../room/chat_message.ts";
import type {
  ChatClientMessage,
  ChatRequest,
  ChatRoomRecord,
  ChatServerMessage,
} from "../chat_client_message.ts";
import {
  type Answer,
  type Outcome,
  type PendingRequest,
  type Refusal,
  refusesHello,
  retryDelay,
} from "./_pending_request.ts";
import { type EarlierRequest, RequestQueue } from "./_request_queue.ts";

/** The `ref` of the `hello`. */
const HELLO = "hello";

/** The `ref` of the ping behind the `hello`. */
const SYNC = "sync";

/** Why a server ends a connection that may be tried again. */
const PASSING_REASONS: ReadonlySet<string> = new Set([
  ...["shutdown", "slow", "lost", "closed", "full"],
]);

/** The place of private messages among the rooms. */
const PRIVATE = "";

/** The members of a `hello` that name the device, and admit the client. */
export type Introduction = Pick<
  Extract<ClientMessage, { readonly type: "hello" }>,
  "device" | "link" | "password" | "invite"
>;

/** The initial state of a session. */
export interface SessionOptions {
  readonly nickname?: string | undefined;
  /** Rooms to be in, beside the one where everybody begins. */
  readonly rooms?: readonly string[] | undefined;
  /** The start of all refs, for sessions that outlive the object. */
  readonly refPrefix?: string | undefined;
  /** The secret of an earlier session, and the epoch that it is of. */
  readonly token?: string | undefined;
  readonly epoch?: string | undefined;
  readonly introduction?: Introduction | undefined;
  /** Whether the history of an `entered` includes messages that are known. */
  readonly keepsHistory?: boolean | undefined;
}

/**
 * A client's side of the protocol, without I/O: messages of the server in, events
 * and messages to the server out. It outlives connections, and resumes where the
 * last one ended. Programs, the terminal client and the web page share it.
 *
 * A `ping` follows each `hello`. Its answer means that the server has handled the
 * `hello` and sent all missed messages. Only then a later resumption may start
 * after the highest id, since missed messages arrive room by room. For the same
 * reason the highest id is kept for each room.
 */
export class ChatSession {
  /** The rooms to be in, by the keys of their names. */
  readonly #wanted = new Map<string, string>();
  readonly #queue: RequestQueue;
  readonly #seen = new Map<string, number>();
  readonly #rooms = new Set<string>();
  readonly #outgoing: ChatRequest[] = [];
  readonly #keepsHistory: boolean;
  #refusal: Refusal | undefined;
  #pass: string | undefined;
  #user: UserRef | undefined;
  #room: string | undefined;
  #epoch: string | undefined;
  #token: string | undefined;
  #goodbye: string | undefined;
  #highest = 0;
  #after = 0;
  #isWelcome = false;
  #isSettled = false;
  #needsNickname = false;

  /** The nickname to ask for. */
  nickname: string | undefined;
  /** Whether a request is to be sent again in some time. */
  isPostponing = false;
  /**
   * The further members of each `hello`. A `link` is sent until it was taken; a pass
   * takes the place of the invitation.
   */
  introduction: Introduction;

  constructor(options: SessionOptions = {}) {
    const { nickname, rooms = [], refPrefix = "", token, epoch } = options;
    this.nickname = nickname;
    for (const room of rooms) this.#wanted.set(roomKey(room), room);
    this.#queue = new RequestQueue(refPrefix);
    this.#token = token;
    this.#epoch = epoch;
    this.introduction = options.introduction ?? {};
    this.#keepsHistory = options.keepsHistory ?? false;
  }

  /** The user, once the server has accepted the nickname. */
  get user(): UserRef | undefined {
    return this.#user;
  }

  /** The default room of requests. */
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

  /**
   * Why the server has not let the client in on this connection, if it has not. It
   * lasts until the next connection.
   */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** Milliseconds before the next connection, if the server has asked for that. */
  get retryDelay(): number {
    return (this.#refusal && retryDelay(this.#refusal)) ?? 0;
  }

  /** The token that the server gave for the invitation, for the next time. */
  get pass(): string | undefined {
    return this.#pass;
  }

  /** Whether another connection would end in the same way as this one. */
  get isOver(): boolean {
    if (this.#refusal !== undefined) {
      return retryDelay(this.#refusal) === undefined;
    }
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
    return this.#isWelcome && this.#queue.isEntering;
  }

  /** How many requests have no answer yet. */
  get pendingCount(): number {
    return this.#queue.count;
  }

  /** Begins a connection. */
  open(): void {
    this.#isWelcome = false;
    this.#isSettled = false;
    this.#needsNickname = false;
    this.#goodbye = undefined;
    this.#refusal = undefined;
    this.#outgoing.push({
      type: "hello",
      ref: HELLO,
      version: VERSION,
      nickname: this.#user?.nickname ?? this.nickname,
      ...this.introduction,
      ...(this.#token === undefined || this.introduction.link ? {} : {
        session: this.#token,
        epoch: this.#epoch,
        after: this.#after,
      }),
    });
    this.#outgoing.push({ type: "ping", ref: SYNC });
  }

  /** Notes the end of a connection. */
  lose(): void {
    this.#isWelcome = false;
    this.#isSettled = false;
    this.#outgoing.length = 0;
    this.#queue.lose();
  }

  /** Forgets the session: the next connection begins a new one. */
  forget(): void {
    this.#token = undefined;
  }

  /** Gives up all requests. */
  fail(code: string, text: string): void {
    this.#queue.fail(code, text);
  }

  /** Asks for something, once the connection allows it. */
  submit(
    request: ClientMessage,
    onSettled?: (outcome: Outcome) => void,
    earlier?: EarlierRequest,
  ): PendingRequest {
    return this.#queue.add(request, onSettled, earlier);
  }

  /** Withdraws a request; see {@linkcode RequestQueue.withdraw}. */
  withdraw(pending: PendingRequest): void {
    this.#queue.withdraw(pending);
  }

  /** Whether a request was sent on this connection. */
  isUnderWay(pending: PendingRequest): boolean {
    return this.#queue.isUnderWay(pending);
  }

  /** The request that goes out next, if one may now. */
  get next(): ClientMessage | undefined {
    return this.#next()?.request;
  }

  /** Sends the next request. */
  sendNext(): void {
    const pending = this.#next();
    if (pending === undefined) return;
    // The default room is that of now, not of the time of the answer.
    pending.request = this.#withRoom(pending.request);
    this.#queue.markSent(pending);
    this.#outgoing.push({ ...pending.request, ref: pending.ref });
  }

  /** Takes the messages to send now. */
  takeOutgoing(): ChatRequest[] {
    return this.#outgoing.splice(0);
  }

  /** Handles a message of the server, and returns the events. */
  receive(received: ChatServerMessage): ChatClientMessage[] {
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
    const isEntering = this.#queue.enters(ref);
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
        if (this.#isHelloRefused(ref, message)) return [message];
        // A refused join of a wanted room has no caller: it becomes an event.
        return this.#refuse(ref, message) && !isEntering ? [] : [message];
      case "private":
      case "private-edited":
        return this.#isNews(PRIVATE, message.id) ? [message] : [];
      case "said":
      case "action":
      case "topic":
      case "joined":
      case "left":
      case "renamed":
      case "edited":
        return this.#record(message);
      case "goodbye":
        this.#goodbye = message.reason;
        return [message];
      case "pass":
        this.#pass = message.token;
        this.introduction = { ...this.introduction, invite: message.token };
        return [message];
      case "invited":
      case "online":
      case "notice":
      case "warning":
      case "access-needed":
        return [message];
      default:
        // An answer; a later version of the server may have more types of them.
        return this.#queue.settle(ref, { answer: { message } }) === undefined
          ? [message]
          : [];
    }
  }

  /** The server has handled the `hello` and sent all missed messages. */
  #settle(): ChatClientMessage[] {
    // After a wrong link the server waits for a nickname.
    const isRefused = this.#refusal !== undefined &&
      this.#refusal.code !== "wrong-link";
    if (this.#isSettled || isRefused) return [];
    this.#isSettled = true;
    return this.#needsNickname && !this.#isWelcome
      ? [{ type: "nickname-request" }]
      : [];
  }

  /** Notes that the server has refused the `hello`. */
  #isHelloRefused(
    ref: string | undefined,
    { code, subject, text }: ServerMessage & { type: "error" },
  ): boolean {
    const isAboutHello = ref === HELLO || ref === undefined;
    if (this.#isSettled || !isAboutHello || !refusesHello(code)) return false;
    this.#refusal = { code, subject, text };
    return true;
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
    // It can be used once, and the session has a secret of its own from now on.
    this.introduction = { ...this.introduction, link: undefined };
    this.#isWelcome = true;
    this.#user = message.user;
    this.nickname = message.user.nickname;
    if (message.resumed) return message;
    const current = this.#room;
    this.#rooms.clear();
    this.#rooms.add(message.room);
    this.#room = message.room;
    const lobby = roomKey(message.room);
    const wanted = [...this.#wanted].flatMap(([key, room]) =>
      key === lobby ? [] : [room]
    );
    // The room joined last is the one where people talk.
    wanted.sort((a, b) => Number(a === current) - Number(b === current));
    this.#queue.begin(wanted);
    return message;
  }

  #enter(message: ServerMessage & { type: "entered" }): ChatClientMessage {
    const { room } = message;
    if (!this.#rooms.has(room)) this.#room = room;
    this.#rooms.add(room);
    this.#wanted.set(roomKey(room), room);
    const seen = this.#seen.get(room) ?? 0;
    const history = message.history.filter(({ id, edited = id }) =>
      edited > seen
    );
    for (const { id, edited = id } of history) this.#isNews(room, edited);
    return this.#keepsHistory ? message : { ...message, history };
  }

  #leave(room: string): void {
    this.#rooms.delete(room);
    this.#wanted.delete(roomKey(room));
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

  /** The user's own message has its place in the room: it becomes an event. */
  #acknowledge(
    ref: string | undefined,
    { id, time }: Answer,
  ): ChatClientMessage[] {
    const answer = { id, time };
    const request = this.#queue.settle(ref, { answer })?.request;
    if (request?.type !== "say" && request?.type !== "me") return [];
    const { text, type } = request;
    const replyTo = type === "say" ? request.replyTo : undefined;
    const room = this.#nameOf(request.room);
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
      text: cleanMessage(text),
      ...(replyTo === undefined ? {} : { replyTo }),
    }];
  }

  /** The server's spelling of the name of a room that the user is in. */
  #nameOf(room: string | undefined): string | undefined {
    if (room === undefined || this.#rooms.has(room)) return room;
    const key = roomKey(room);
    return [...this.#rooms].find((name) => roomKey(name) === key) ?? room;
  }

  #refuse(
    ref: string | undefined,
    { code, subject, text }: ServerMessage & { type: "error" },
  ): boolean {
    if (code === "unavailable" && this.#queue.postpone(ref)) {
      this.isPostponing = true;
      return true;
    }
    const outcome = this.#queue.isDone(ref, code)
      ? { answer: {} }
      : { refusal: { code, subject, text } };
    return this.#queue.settle(ref, outcome) !== undefined;
  }

  #next(): PendingRequest | undefined {
    return this.#isSettled ? this.#queue.next(this.#isWelcome) : undefined;
  }

  /** Names the room of a request about one: by default that entered last. */
  #withRoom(request: ClientMessage): ClientMessage {
    switch (request.type) {
      case "say":
      case "me":
      case "edit":
      case "topic":
      case "users":
      case "lock":
      case "unlock":
        return { ...request, room: request.room ?? this.#room };
      case "invite":
        // Without a nickname it is about the chat, not about a room.
        return request.nickname === undefined
          ? request
          : { ...request, room: request.room ?? this.#room };
      default:
        return request;
    }
  }
}
