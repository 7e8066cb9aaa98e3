import { delay } from "@std/async";
import { dialWebSocket, type WebSocketConn } from "../../websocket/mod.ts";
import type { Json } from "../chat/_json_user.ts";
import type { Journal, Line } from "./_journal.ts";

/** Milliseconds in which a connection must be made. */
const DIAL_TIMEOUT = 2000;
/** Milliseconds of silence before a ping, and then before the server is given up. */
const SILENCE = 2000;
/** Milliseconds before a line is sent again that was refused. */
const REFUSED_DELAY = 500;
/** The room that everybody enters. */
export const LOBBY = "lobby";
/** The `ref` of the hello. */
const HELLO = "hello";

/** Reasons of a goodbye after which a user comes back. */
const RETURNS: ReadonlySet<string> = new Set(["shutdown", "replaced"]);

/** Where users connect, and where they report to. */
export interface ChaosWorld {
  readonly journal: Journal;
  /** The ports of the servers. */
  readonly ports: readonly number[];
  /** Called when a session was resumed, with the milliseconds since its loss. */
  onResumed(time: number): void;
  /** Called when a request was refused since the log can't be reached. */
  onRefused(): void;
}

interface PendingLine {
  readonly ref: string;
  /** The room by which the journal knows it. */
  readonly room: string;
  readonly target:
    | { readonly type: "say"; readonly room: string }
    | { readonly type: "msg"; readonly to: string };
  readonly text: string;
}

/**
 * A user of the chat who comes back to any server, sends unacknowledged lines again,
 * and reports all lines to a journal. The protocol is spoken here without the
 * project's client, which would hide doubles.
 */
export class ChaosUser {
  readonly nickname: string;
  readonly #world: ChaosWorld;
  /** As a proxy would tell it: sessions are limited by address. */
  readonly #address: string;
  /** Half of the users name none. */
  readonly #device: string | undefined;
  readonly #room: string;
  readonly #over = new AbortController();
  readonly #pending: PendingLine[] = [];
  readonly #entered = Promise.withResolvers<void>();
  #socket: WebSocketConn | undefined;
  #session: string | undefined;
  #epoch: string | undefined;
  /** Messages of the resumption that goes on; `undefined` after it. */
  #held: Json[] | undefined;
  #server: number;
  #after = 0;
  /** The highest id before the messages of the resumption. */
  #resumedAfter = 0;
  #lines = 0;
  #lostAt = performance.now();
  #finished: Promise<void> | undefined;

  /** @param index Tells this user from the others. */
  constructor(index: number, room: string, world: ChaosWorld) {
    this.nickname = `user-${index}`;
    this.#device = index % 2 === 0 ? undefined : `device-${index}`;
    this.#address = `10.0.${index >> 8}.${index & 0xff}`;
    this.#room = room;
    this.#world = world;
    this.#server = Math.floor(Math.random() * world.ports.length);
    world.journal.enter(this.nickname, [
      LOBBY,
      room,
      inbox(this.nickname),
    ]);
  }

  /** Whether the user takes part, connected or not. */
  get isHere(): boolean {
    return !this.#over.signal.aborted;
  }

  /** The index of the server; `undefined` while there is no session on it. */
  get server(): number | undefined {
    return this.#isSettled ? this.#server : undefined;
  }

  /** Whether the user is connected, and every line is acknowledged. */
  get isIdle(): boolean {
    return this.#isSettled && this.#pending.length === 0;
  }

  /** The highest id that was seen. */
  get position(): number {
    return this.#after;
  }

  /** Enters the lobby and the other room. */
  async enter(): Promise<void> {
    this.#finished = this.#run();
    await Promise.race([this.#entered.promise, this.#finished]);
  }

  /** Says the next line in the lobby or in the other room. */
  say(inLobby: boolean): void {
    const room = inLobby ? LOBBY : this.#room;
    this.#submit(room, { type: "say", room });
  }

  /** Sends the next line to another user. */
  tell({ nickname }: ChaosUser): void {
    this.#submit(inbox(nickname), { type: "msg", to: nickname });
  }

  /** Loses the connection, and comes back over the other server. */
  cut(): void {
    this.#server = this.#other;
    this.#socket?.terminate();
  }

  /** Leaves with a word, if there is a connection, and does not come back. */
  async quit(): Promise<void> {
    this.#send({ type: "quit" });
    await this.#socket?.flushed({ timeout: DIAL_TIMEOUT }).catch(() => {});
    await this.vanish();
  }

  /** Loses the connection, and does not come back. */
  async vanish(): Promise<void> {
    this.#world.journal.leave(this.nickname, this.#after);
    this.#over.abort();
    this.#socket?.terminate();
    await this.#finished;
  }

  get #isSettled(): boolean {
    return this.#socket !== undefined && this.#session !== undefined &&
      this.#held === undefined;
  }

  get #other(): number {
    return (this.#server + 1) % this.#world.ports.length;
  }

  async #run(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      const server = this.#server;
      try {
        await this.#visit(signal);
      } catch (error) {
        if (!isLoss(error)) this.#fault(`${error}`);
      }
      if (this.#isSettled) this.#lostAt = performance.now();
      this.#socket?.terminate();
      this.#socket = undefined;
      if (this.#server === server) this.#server = this.#other;
      await pause(50 + Math.random() * 200, signal);
    }
  }

  /** Stays connected to a server for as long as that is possible. */
  async #visit(signal: AbortSignal): Promise<void> {
    const port = this.#world.ports[this.#server];
    const url = `ws://127.0.0.1:${port}/chat`;
    const socket = await dialWebSocket(url, {
      protocols: ["vnet-chat.1"],
      headers: { "x-forwarded-for": this.#address },
      pingInterval: SILENCE,
      pongTimeout: SILENCE,
      timeout: DIAL_TIMEOUT,
      signal,
    });
    this.#held = [];
    this.#resumedAfter = this.#after;
    this.#socket = socket;
    this.#send({
      type: "hello",
      version: 1,
      ref: HELLO,
      nickname: this.nickname,
      device: this.#device,
      session: this.#session,
      epoch: this.#epoch,
      after: this.#session === undefined ? undefined : this.#after,
    });
    while (true) {
      const data = await socket.read();
      if (typeof data !== "string") return;
      this.#take(JSON.parse(data));
    }
  }

  #take(message: Json): void {
    const { type, ref } = message;
    if (type === "error") return this.#takeError(message);
    if (type === "goodbye") {
      if (RETURNS.has(message["reason"])) return;
      return this.#fault(`goodbye ${message["reason"]}`);
    }
    if (this.#held === undefined) return this.#report(message);
    this.#held.push(message);
    if (type !== "ack" || ref !== HELLO) return;
    const held = this.#held;
    const isFirst = this.#session === undefined;
    for (const one of held) this.#report(one);
    this.#held = undefined;
    if (isFirst) return this.#send({ type: "join", room: this.#room });
    this.#world.onResumed(performance.now() - this.#lostAt);
    for (const line of this.#pending) this.#sendLine(line);
  }

  #report(message: Json): void {
    switch (message.type) {
      case "greeting":
        this.#epoch = message["epoch"];
        return;
      case "welcome":
        return this.#welcome(message);
      case "entered":
        return this.#enterRoom(message);
      case "said":
        return this.#see(message);
      case "private":
        return this.#seePrivate(message);
      case "ack":
        return this.#acknowledge(message);
      case "joined":
      case "left":
        this.#after = Math.max(this.#after, message["id"]);
    }
  }

  #welcome({ session, resumed }: Json): void {
    if (this.#session !== undefined && !resumed) this.#fault("new session");
    this.#session = session ?? this.#session;
  }

  #enterRoom({ room, history, complete }: Json): void {
    if (room === this.#room) this.#entered.resolve();
    const missed: readonly Json[] = history;
    if (!complete && this.#held !== undefined) {
      const from = this.#resumedAfter + 1;
      const to = (missed[0]?.["id"] ?? from) - 1;
      this.#world.journal.miss(this.nickname, room, { from, to });
    }
    for (const message of missed) this.#see(message);
  }

  #see(message: Json): void {
    const { id, room, text } = message as unknown as Line;
    this.#after = Math.max(this.#after, id);
    this.#world.journal.see(this.nickname, { id, room, text });
  }

  /** The author gets it, too. */
  #seePrivate({ id, user, to, text }: Json): void {
    if (user.nickname === this.nickname) {
      this.#after = Math.max(this.#after, id);
    } else this.#see({ type: "private", id, room: inbox(to.nickname), text });
  }

  #acknowledge({ ref, id }: Json): void {
    const index = this.#pending.findIndex((line) => line.ref === ref);
    if (index === -1) return;
    const [{ room, text }] = this.#pending.splice(index, 1);
    this.#after = Math.max(this.#after, id);
    this.#world.journal.acknowledge({ id, room, text });
  }

  #takeError({ code, ref }: Json): void {
    const index = this.#pending.findIndex((line) => line.ref === ref);
    if (code === "no-such-user" && index !== -1) {
      // The addressee has left.
      this.#pending.splice(index, 1);
      return;
    }
    if (code !== "unavailable") return this.#fault(`error ${code}`);
    this.#world.onRefused();
    if (ref === HELLO) return this.#socket?.terminate();
    const line = this.#pending[index];
    const socket = this.#socket;
    if (line === undefined) return;
    pause(REFUSED_DELAY, this.#over.signal).then(() => {
      if (this.#socket === socket) this.#sendLine(line);
    });
  }

  #submit(room: string, target: PendingLine["target"]): void {
    const number = ++this.#lines;
    const text = `${this.nickname} ${number}`;
    const line = { ref: `${number}`, room, target, text };
    this.#pending.push(line);
    if (this.#isSettled) this.#sendLine(line);
  }

  #sendLine({ target, ref, text }: PendingLine): void {
    this.#send({ ...target, ref, text });
  }

  #send(message: object): void {
    this.#socket?.write(JSON.stringify(message)).catch(() => {});
  }

  #fault(text: string): void {
    this.#world.journal.fault(`${this.nickname}: ${text}`);
  }
}

/** The room that the journal has for private messages to a user. */
function inbox(nickname: string): string {
  return `@${nickname}`;
}

/** Whether an error is one of a connection, and not of the program. */
function isLoss(error: unknown): boolean {
  return !(error instanceof TypeError || error instanceof SyntaxError);
}

/** Waits, but not beyond the signal. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, { signal }).catch(() => {});
}
