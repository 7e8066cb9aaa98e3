import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { type ChatAddress, parseChatAddress } from "./_chat_address.ts";
import { ClientLife } from "./_client_life.ts";
import { ChatSession } from "./core/_chat_session.ts";
import type { ClientMessage } from "../protocol/_client_messages.ts";
import type {
  ChatClientEvent,
  ChatClientMessage,
  ChatClientState,
  ChatRequest,
  ChatRoomInfo,
  ChatRoomRecord,
} from "./chat_client_message.ts";
import {
  type ChatClientOptions,
  type ChatReceipt,
  checkClientOptions,
} from "./chat_client_options.ts";
import type { UserEntry, UserRef } from "../room/chat_message.ts";

/** Milliseconds that the server gets to answer a `quit()`. */
const DEFAULT_QUIT_TIMEOUT = 5000;

export type { ChatClientOptions, ChatReceipt } from "./chat_client_options.ts";

/**
 * A user of a chat server, for programs: it speaks the JSON protocol over a
 * WebSocket, TCP or TLS.
 *
 * **Events.** A loop over the client yields the messages of the server and the
 * changes of the connection, in order. The user's own messages in a room are events
 * like those of others. At most 1,024 events wait: beyond that the client reads
 * no more until the loop goes on, and while there is no loop it drops the oldest.
 *
 * **Requests.** `say()` and the others resolve when the server has carried them
 * out, and reject with a {@linkcode ChatRequestError} if it refuses. They may be
 * called at any time, also between two connections; at most 1,024 wait. They go
 * out no faster than the options `burst` and `rate` say, since servers end the
 * connections of flooding users. Each takes limits: at one it rejects and
 * is withdrawn, so that it is not sent if it has not been; whether the server has
 * carried out one that was sent is not known then.
 *
 * **Lost connections.** The client connects again, at growing intervals, and
 * goes on with its session: it gets what it missed, and repeats what was not
 * acknowledged, so that nothing is lost or doubled. If the server has given up
 * the session meanwhile, requests whose outcome is unknown
 * reject with the code `"lost"`; those that had not been sent go out.
 *
 * @example Usage
 * ```ts
 * import { ChatClient, serveChat } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serveChat({ tcp: { port: 0 } });
 * const { port } = server.tcpAddr;
 * await using alice = new ChatClient(`127.0.0.1:${port}`, { nickname: "alice" });
 * await alice.connect();
 * await using bob = new ChatClient(`127.0.0.1:${port}`, { nickname: "bob" });
 * await bob.connect();
 *
 * await bob.say("hello");
 * for await (const event of alice) {
 *   if (event.type !== "said") continue;
 *   assertEquals([event.user.nickname, event.text], ["bob", "hello"]);
 *   break;
 * }
 * ```
 */
export class ChatClient implements Disposable, AsyncDisposable {
  readonly #address: ChatAddress;
  readonly #session: ChatSession;
  readonly #life: ClientLife;

  /**
   * Makes a client, which does nothing before {@linkcode ChatClient.connect}.
   *
   * @param address A URL with `ws:`, `wss:`, `http:` or `https:` for a WebSocket
   * (the path is `/chat` if there is none); `host:port`, or a URL with `tcp:` or
   * `tls:`, for the port of `telnet` users. A bare host means
   * `ws://host:2021/chat`.
   * @param options The nickname and rooms, and how to reconnect.
   * @throws {SyntaxError} If it is no such address, or a name breaks its rules.
   * @throws {TypeError | RangeError} If an option is not valid.
   */
  constructor(address: string | URL, options: ChatClientOptions = {}) {
    this.#address = parseChatAddress(address);
    checkClientOptions(options);
    this.#session = new ChatSession(options);
    this.#life = new ClientLife(this.#address, this.#session, options);
  }

  /** The address in a form for people, without a password. */
  get address(): string {
    return this.#address.name;
  }

  /** How far it has come. */
  get state(): ChatClientState {
    return this.#life.state;
  }

  /** The user, `undefined` as long as there is no nickname. */
  get user(): UserRef | undefined {
    return this.#session.user;
  }

  /** The room that was entered last. */
  get room(): string | undefined {
    return this.#session.room;
  }

  /** The rooms that the user is in. */
  get rooms(): readonly string[] {
    return [...this.#session.rooms];
  }

  /** How many requests have no answer yet. */
  get pendingCount(): number {
    return this.#session.pendingCount;
  }

  /** How many events were dropped, as there was no loop to take them. */
  get droppedEvents(): number {
    return this.#life.events.dropped;
  }

  /**
   * Settles when the client is closed: rejects with the reason if it had to give
   * up, and resolves after `quit()` or `close()`.
   */
  get finished(): Promise<void> {
    return this.#life.finished;
  }

  /**
   * Connects, once in the life of a client. It resolves when the server has let
   * the user in, also into the rooms of the options; events tell which of them it
   * refuses. Or when it waits for a nickname: then `user` is `undefined`, and an
   * event tells why the given one was refused, if one was given.
   *
   * `connectTimeout` does not hold for the rooms, which are entered at the pace of
   * `burst` and `rate`. If the connection is lost before the user is in them, it
   * resolves, and the next connection goes on.
   *
   * @param wait Limits on all of it.
   * @throws {TypeError | RangeError} If a limit is not valid: it may be called
   * again.
   * @throws {Deno.errors.Busy} If it has been called before.
   * @throws {ClosedError} If the client is or gets closed.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {Deno.errors.ConnectionRefused} If no server listens there.
   * @throws {ChatRequestError} If the server sends plain text instead of JSON.
   * @throws {HandshakeError} If the server refuses the WebSocket.
   *
   * @example Usage
   * ```ts
   * import { ChatClient } from "@vnet/net/chat";
   * import { assertRejects } from "@std/assert";
   *
   * using client = new ChatClient("tcp://127.0.0.1:2020");
   * const signal = AbortSignal.abort(new Error("Not today"));
   * await assertRejects(() => client.connect({ signal }), Error, "Not today");
   * ```
   */
  connect(wait: WaitOptions = {}): Promise<void> {
    return this.#life.connect(wait);
  }

  /**
   * Says something in a room.
   *
   * @param text At most 200 lines and 4,096 bytes.
   * @param room The room: by default the one that was entered last.
   * @param wait Limits on this request, as for all others.
   * @returns Once the message has its place in the room: its id and time.
   * @throws {ChatRequestError} If the server refuses, or the session was lost.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {ClosedError} If the client is or gets closed.
   * @throws {Deno.errors.Busy} If too many requests wait.
   */
  say(
    text: string,
    room?: string,
    wait?: WaitOptions,
  ): Promise<ChatReceipt> {
    return this.#do({ type: "say", text, room }, wait);
  }

  /** Describes an action of the user; see {@linkcode ChatClient.say}. */
  me(
    text: string,
    room?: string,
    wait?: WaitOptions,
  ): Promise<ChatReceipt> {
    return this.#do({ type: "me", text, room }, wait);
  }

  /** Sends a private message to the user with a nickname. */
  msg(to: string, text: string, wait?: WaitOptions): Promise<ChatReceipt> {
    return this.#do({ type: "msg", to, text }, wait);
  }

  /** Chooses the first nickname, or another one. */
  nick(nickname: string, wait?: WaitOptions): Promise<ChatReceipt> {
    return this.#do({ type: "nick", nickname }, wait);
  }

  /** Enters a room, and does so again after every lost session. */
  join(room: string, wait?: WaitOptions): Promise<ChatReceipt> {
    return this.#do({ type: "join", room }, wait);
  }

  /** Leaves a room. */
  leave(room: string, wait?: WaitOptions): Promise<ChatReceipt> {
    return this.#do({ type: "leave", room }, wait);
  }

  /** Sets the topic of a room; an empty text removes it. */
  topic(
    text: string,
    room?: string,
    wait?: WaitOptions,
  ): Promise<ChatReceipt> {
    return this.#do({ type: "topic", text, room }, wait);
  }

  /** Becomes an operator, by the token that the server was started with. */
  operator(token: string, wait?: WaitOptions): Promise<ChatReceipt> {
    return this.#do({ type: "operator", token }, wait);
  }

  /** As an operator, ends a user's connection. */
  kick(
    nickname: string,
    reason?: string,
    wait?: WaitOptions,
  ): Promise<ChatReceipt> {
    return this.#do({ type: "kick", nickname, reason }, wait);
  }

  /** As an operator, bans a user's address for some minutes. */
  ban(
    nickname: string,
    minutes: number,
    reason?: string,
    wait?: WaitOptions,
  ): Promise<ChatReceipt> {
    return this.#do({ type: "ban", nickname, minutes, reason }, wait);
  }

  /** As an operator, tells everyone something. */
  notice(text: string, wait?: WaitOptions): Promise<ChatReceipt> {
    return this.#do({ type: "notice", text }, wait);
  }

  /**
   * Sends a request of the protocol that has no method of its own, such as `search`
   * or `ignore`. Its `ref` is chosen by the client.
   *
   * @param request The request, by `chat/PROTOCOL.md`.
   * @returns The outcome, with the server's message if it is more than an `ack`.
   */
  async request(
    request: ChatRequest,
    wait?: WaitOptions,
  ): Promise<ChatReceipt & { readonly message?: ChatClientMessage }> {
    const { ref: _, ...rest } = request;
    const { id, time, message } = await this.#life.submit(rest, wait);
    return { id, time, ...(message === undefined ? {} : { message }) };
  }

  /** Lists the users of a room: the first 1,000, in the order of joining. */
  async users(
    room?: string,
    wait?: WaitOptions,
  ): Promise<readonly UserEntry[]> {
    const request = { type: "users", room } as const;
    const { message } = await this.#life.submit(request, wait);
    return message?.type === "users" ? message.users : [];
  }

  /** Lists the rooms. */
  async listRooms(wait?: WaitOptions): Promise<readonly ChatRoomInfo[]> {
    const { message } = await this.#life.submit({ type: "rooms" }, wait);
    return message?.type === "rooms" ? message.rooms : [];
  }

  /**
   * Asks for earlier messages of a room.
   *
   * @param room The room.
   * @param options The id before which they end, how many, at most 100, and
   * limits on the request.
   * @returns The messages, and whether there is nothing before them.
   */
  async history(
    room: string,
    options: WaitOptions & {
      readonly before?: number;
      readonly limit?: number;
    } = {},
  ): Promise<{
    readonly messages: readonly ChatRoomRecord[];
    readonly complete: boolean;
  }> {
    const { before, limit } = options;
    const request = { type: "history", room, before, limit } as const;
    const { message } = await this.#life.submit(request, options);
    return message?.type === "history"
      ? { messages: message.messages, complete: message.complete }
      : { messages: [], complete: false };
  }

  /** Asks for a sign of life, and returns the milliseconds that it took. */
  async ping(wait?: WaitOptions): Promise<number> {
    const start = performance.now();
    await this.#do({ type: "ping" }, wait);
    return performance.now() - start;
  }

  /**
   * Leaves after all earlier requests, and closes the client. At a
   * limit the connection is cut.
   *
   * @param wait How long it may take: `timeout` is 5,000 milliseconds unless it is
   * given.
   * @returns Whether the server has sent its goodbye, and so handled all requests.
   */
  async quit(wait: WaitOptions = {}): Promise<boolean> {
    const { timeout = DEFAULT_QUIT_TIMEOUT } = wait;
    return await this.#life.quit({ ...wait, timeout });
  }

  /**
   * Cuts the connection, if there is one, and closes the client: to the server the
   * connection is lost. Requests reject with a {@linkcode ClosedError}; the loops
   * end after the queued events. Closing twice does nothing.
   */
  close(): void {
    this.#life.close();
  }

  /**
   * The events, until the client is closed. Several loops share them. Leaving
   * the loop leaves the client open.
   */
  [Symbol.asyncIterator](): AsyncGenerator<ChatClientEvent, void, undefined> {
    return this.#life.events.take();
  }

  /** Closes the client, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Leaves and closes the client, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.quit();
  }

  async #do(
    request: ClientMessage,
    wait: WaitOptions | undefined,
  ): Promise<ChatReceipt> {
    const { id, time } = await this.#life.submit(request, wait);
    return { id, time };
  }
}
