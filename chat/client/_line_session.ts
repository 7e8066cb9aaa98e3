import {
  type ClientSession,
  countWaiting,
  PendingRequest,
  type SessionAnswer,
  type SessionOptions,
  type SessionRequest,
} from "./_client_session.ts";
import { cleanText } from "../room/text/_clean_text.ts";
import { parseCommand } from "../room/chat_command.ts";
import type { ChatClientEvent } from "./chat_client_message.ts";
import type { UserRef } from "../room/chat_message.ts";
import { ChatRequestError } from "./chat_request_error.ts";

// The lines of the server that the client has to know. No user can write one:
// what users say starts with their nickname.
const ASKS_NICKNAME = /^\*\*\* Please type your nickname\b/;
const WELCOME = /^\*\*\* Welcome, (.+)! You are user ([0-9]+)\.$/;
const GOODBYE = /^\*\*\* Goodbye(?:!|: (.*))$/;
const WARNING = /^\*\*\* You send too fast\b/;
const ENTERED = /^\*\*\* You are in .+: what you type goes there\./;
const NOT_ENTERED =
  /^\*\*\* (?:The name of (?:a|this) room |The name .+ looks like that of another room\.|You are in [0-9]+ rooms, |There are as many rooms |Something is missing\.)/;
const NAMED = /^\*\*\* (.+) is now called (.+)\.$/;

/** A client of lines does not know in which rooms it is. */
const NO_ROOMS: ReadonlySet<string> = new Set();

/**
 * The client's side of the line protocol: lines in and out. The server
 * acknowledges nothing, so that a request counts as done when it is sent, and is
 * never repeated. That all of them were carried out is known by the server's
 * goodbye, which follows a `/quit`.
 *
 * Joins are the exception: whether the user is in the room decides where all
 * that follows is heard. So a join waits for the server's word, and what comes
 * behind it waits too.
 */
export class LineSession implements ClientSession {
  readonly #wanted: Set<string>;
  readonly #pending = new Set<PendingRequest>();
  readonly #outgoing: string[] = [];
  /** The joins of each connection that go out before all else. */
  readonly #entering = new Set<PendingRequest>();
  /** The join whose answer is due. */
  #joining: PendingRequest | undefined;
  #nickname: string | undefined;
  #user: UserRef | undefined;
  #isWelcome = false;
  #hasOffered = false;
  #isSettled = false;

  constructor(options: SessionOptions = {}) {
    this.#nickname = options.nickname;
    this.#wanted = new Set(options.rooms);
  }

  get user(): UserRef | undefined {
    return this.#user;
  }

  get room(): string | undefined {
    return undefined;
  }

  get rooms(): ReadonlySet<string> {
    return NO_ROOMS;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  get isEntering(): boolean {
    return this.#entering.size > 0;
  }

  get pendingCount(): number {
    return countWaiting(this.#pending);
  }

  open(): void {
    this.#isWelcome = false;
    this.#hasOffered = false;
    this.#isSettled = false;
  }

  lose(): void {
    this.#isSettled = false;
    this.#outgoing.length = 0;
    const joining = this.#joining;
    this.#joining = undefined;
    if (joining?.isWithdrawn) this.#pending.delete(joining);
    else if (joining !== undefined) joining.sentOn = 0;
    for (const pending of this.#entering) this.#pending.delete(pending);
    this.#entering.clear();
    for (const pending of this.#pending) {
      if (pending.sentOn === 0) continue;
      this.#pending.delete(pending);
      pending.resolve({});
    }
  }

  submit(
    request: SessionRequest,
    signal?: AbortSignal,
  ): Promise<SessionAnswer> {
    const pending = new PendingRequest(toJoin(request));
    this.#pending.add(pending);
    if (signal !== undefined) {
      pending.withdrawBy(signal, () => {
        // The server's word about a join that was sent is not about the next.
        if (pending !== this.#joining) this.#pending.delete(pending);
      });
    }
    return pending.settled;
  }

  get next(): SessionRequest | undefined {
    return this.#next()?.request;
  }

  sendNext(): void {
    const pending = this.#next();
    if (pending === undefined) return;
    const { type } = pending.request;
    const line = toLine(pending.request, this.#isWelcome);
    if (line === undefined) {
      this.#pending.delete(pending);
      pending.reject(notInLines(pending.request));
      return;
    }
    pending.sentOn = 1;
    this.#outgoing.push(line);
    if (type === "quit") return;
    if (type === "join") {
      this.#joining = pending;
      return;
    }
    if (type === "leave") this.#wanted.delete(roomOf(pending));
    this.#pending.delete(pending);
    pending.resolve({});
  }

  takeOutgoing(): string[] {
    return this.#outgoing.splice(0);
  }

  fail(error: Error): void {
    const all = [...this.#pending];
    this.#pending.clear();
    for (const pending of all) pending.reject(error);
  }

  receive(text: string): ChatClientEvent[] {
    const events: ChatClientEvent[] = [{ type: "line", text }];
    if (ASKS_NICKNAME.test(text)) events.push(...this.#introduce());
    else if (GOODBYE.test(text)) events.push(this.#end(text));
    else {
      this.#learn(text);
      this.#answerJoin(text);
    }
    if (WARNING.test(text)) {
      events.push({ type: "warning", time: Date.now(), text });
    }
    return events;
  }

  /** Gives the nickname, once for each connection. */
  #introduce(): ChatClientEvent[] {
    if (this.#nickname === undefined || this.#hasOffered) {
      this.#isSettled = true;
      return [{ type: "nickname-request" }];
    }
    this.#hasOffered = true;
    this.#outgoing.push(oneLine(this.#nickname));
    return [];
  }

  /** Finds out who the user is. */
  #learn(text: string): void {
    const [, nickname, id] = WELCOME.exec(text) ?? [];
    if (nickname !== undefined && !this.#isWelcome) {
      this.#user = { id: Number(id), nickname };
      this.#nickname = nickname;
      this.#isWelcome = true;
      this.#isSettled = true;
      this.#enterRooms();
    }
    const [, previous, next] = NAMED.exec(text) ?? [];
    const user = this.#user;
    if (user === undefined || next === undefined) return;
    if (user.nickname !== previous) return;
    this.#user = { ...user, nickname: next };
    this.#nickname = next;
  }

  /** Puts the joins before all that waits. */
  #enterRooms(): void {
    const waiting = [...this.#pending];
    this.#pending.clear();
    for (const room of this.#wanted) {
      const join = new PendingRequest({ type: "join", room });
      this.#entering.add(join);
      this.#pending.add(join);
    }
    for (const pending of waiting) this.#pending.add(pending);
  }

  /** Settles the join under way, if that is what a line is about. */
  #answerJoin(text: string): void {
    const join = this.#joining;
    const isEntered = ENTERED.test(text);
    if (join === undefined || !(isEntered || NOT_ENTERED.test(text))) return;
    this.#joining = undefined;
    this.#pending.delete(join);
    this.#entering.delete(join);
    if (!isEntered) return join.reject(refusal(join, text));
    // The room that was entered last is where lines go, next time too.
    this.#wanted.delete(roomOf(join));
    this.#wanted.add(roomOf(join));
    join.resolve({});
  }

  /** The goodbye answers the `/quit`. */
  #end(text: string): ChatClientEvent {
    for (const pending of this.#pending) {
      if (pending.request.type !== "quit") continue;
      this.#pending.delete(pending);
      pending.resolve({});
    }
    const why = GOODBYE.exec(text)?.[1] ?? "";
    return { type: "goodbye", reason: reasonOf(why), text };
  }

  #next(): PendingRequest | undefined {
    if (!this.#isSettled) return undefined;
    for (const pending of this.#pending) {
      if (pending.sentOn !== 0) continue;
      const { type } = pending.request;
      // A server that does not answer must not keep the user from leaving.
      if (this.#joining !== undefined && type !== "quit") return undefined;
      const isEarly = type === "nick" || type === "quit" || type === "line";
      if (this.#isWelcome || isEarly) return pending;
    }
    return undefined;
  }
}

/** A line that is a join is one that is waited for, too. */
function toJoin(request: SessionRequest): SessionRequest {
  if (request.type !== "line") return request;
  const command = parseCommand(String(request["text"]));
  return command.type === "join"
    ? { type: "join", room: command.room }
    : request;
}

function roomOf({ request }: PendingRequest): string {
  return String(request["room"]);
}

function refusal(join: PendingRequest, text: string): ChatRequestError {
  return new ChatRequestError(
    `Cannot enter ${roomOf(join)}: ${text.replace("*** ", "")}`,
    { code: "refused", subject: roomOf(join) },
  );
}

/** The reason of the protocol for the words of a goodbye. */
function reasonOf(why: string): string {
  if (why === "") return "quit";
  if (why.startsWith("the server is stopping")) return "shutdown";
  return why.startsWith("you did not read") ? "slow" : "ended";
}

/** Writes a request as a line, if there is one for it. */
function toLine(
  request: SessionRequest,
  isWelcome: boolean,
): string | undefined {
  const { type, room } = request;
  // Lines go to the room that was entered last, and to no other.
  if (room !== undefined && type !== "join" && type !== "leave") {
    return undefined;
  }
  const member = (name: string) => oneLine(String(request[name] ?? ""));
  switch (type) {
    case "say": {
      const text = member("text");
      return parseCommand(text).type === "plain" ? text : `b:${text}`;
    }
    case "line":
      return member("text");
    case "me":
      return `/me ${member("text")}`;
    case "msg":
      return `/msg ${member("to")} ${member("text")}`;
    case "nick":
      return isWelcome ? `/nick ${member("nickname")}` : member("nickname");
    case "join":
    case "leave":
      return `/${type} ${member("room")}`;
    case "topic":
      return `/topic ${member("text") || "-"}`;
    case "users":
      return "/list";
    case "rooms":
    case "quit":
      return `/${type}`;
    default:
      return undefined;
  }
}

function oneLine(text: string): string {
  return cleanText(text);
}

function notInLines({ type }: SessionRequest): ChatRequestError {
  return new ChatRequestError(
    `Cannot do "${type}": the connection speaks lines of text, which have nothing for it; expected a ws: or wss: address`,
    { code: "not-in-lines", subject: type },
  );
}
