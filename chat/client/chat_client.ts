import { limited } from "../../internal/wait/limited.ts";
import {
  hasLimits,
  type WaitOptions,
} from "../../internal/wait/wait_options.ts";
import { type ChatAddress, parseChatAddress } from "./_chat_address.ts";
import { ClientLife } from "./_client_life.ts";
import { ChatSession } from "./core/_chat_session.ts";
import type { Answer } from "./core/_pending_request.ts";
import type { ClientMessage } from "../protocol/_client_messages.ts";
import type {
  ChatClientEvent,
  ChatClientState,
  ChatFoundMessage,
  ChatRoomInfo,
  ChatRoomRecord,
} from "./chat_client_message.ts";
import {
  type ChatClientOptions,
  type ChatHistoryOptions,
  type ChatMsgOptions,
  type ChatReceipt,
  type ChatSayOptions,
  type ChatSearchOptions,
  type ChatUsersOptions,
  checkClientOptions,
  checkPageOptions,
} from "./chat_client_options.ts";
import { ChatRequestError } from "./chat_request_error.ts";
import { type Page, readPages } from "./_pages.ts";
import type { UserEntry, UserRef } from "../room/chat_message.ts";

/** Milliseconds that the server gets to answer a `quit()`. */
const DEFAULT_QUIT_TIMEOUT = 5000;

/** The most messages of an answer to `history` or `search`. */
const PAGE = 100;
/** The most users of an answer to `users`; fewer are the last. */
const USERS_PAGE = 1000;
/** The most users that are listed unless more are asked for. */
const MAX_USERS = 100_000;

/** The page of an answer that does not fit its request. */
const NO_PAGE: Page<never> = { items: [], isLast: false };

/**
 * A user of a chat server, for programs: it speaks the JSON protocol over a
 * WebSocket, TCP or TLS.
 *
 * **Events.** A loop over the client yields the messages of the server and the
 * changes of the connection, in order. The user's own messages in a room are events
 * like those of others, also those from other devices of the user. An `edited` tells
 * the new text of the message `target`, an empty one if it was deleted, and so does a
 * `private-edited` of a private message; an `online`
 * the number of users of a room of more than 1,000, where `joined` and `left` are not
 * told; an `invited` that somebody lets the user into a locked room; a `pass` the
 * token for `invite` of the next client. At most 1,024 events wait: beyond that the
 * client reads no more until the loop goes on, and while there is no loop it drops the
 * oldest.
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
 * goes on with its session: it gets missed messages, and repeats requests without
 * an answer, so that nothing is lost or doubled. If the server has given up
 * the session meanwhile, requests whose outcome is unknown
 * reject with the code `"lost"`; those that had not been sent go out.
 *
 * **Access and devices.** The options `password` and `invite` go out with every
 * connection; a `pass` takes the place of the invitation that it came for. Several
 * clients are the same user if one gives the secret of the other's `link()` as the
 * option `link`. If the server refuses any of these, `connect()` rejects, and
 * `finished` if that happens on a later connection.
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
    const { nickname, rooms, password, invite, link } = options;
    const { device = crypto.randomUUID() } = options;
    const introduction = { device, link, password, invite };
    this.#session = new ChatSession({ nickname, rooms, introduction });
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

  /**
   * The token that the server gave for the invitation of the options, `undefined` if
   * it gave none: `invite` of the next client, for 30 days after its last use. Keep
   * it as you would keep a password.
   */
  get pass(): string | undefined {
    return this.#session.pass;
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
   * up, and resolves after `close()` or `quit()`, also that of another device.
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
   * After too many wrong guesses from this address the server has it wait: then
   * `connect()` tries again after that time, within its limits.
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
   * @throws {ChatRequestError} If the server does not let the user in, with the code
   * `"access-needed"`, `"wrong-password"`, `"wrong-invitation"`, `"wrong-link"` or
   * `"sign-in-name"`; or sends plain text instead of JSON.
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
   * @param to The room, or options: the room, the message that is answered, and
   * limits on the request.
   * @param wait Limits on the request, as for all others, if `to` is a room.
   * @returns Once the message has its place in the room: its id and time.
   * @throws {ChatRequestError} If the server refuses, or the session was lost.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {ClosedError} If the client is or gets closed.
   * @throws {Deno.errors.Busy} If too many requests wait.
   */
  say(
    text: string,
    to?: string | ChatSayOptions,
    wait?: WaitOptions,
  ): Promise<ChatReceipt> {
    const options: ChatSayOptions = typeof to === "string"
      ? { room: to }
      : to ?? {};
    const { room, replyTo, ...limits } = options;
    return this.#do({ type: "say", text, room, replyTo }, wait ?? limits);
  }

  /**
   * Changes an own message in a room or a private one, for 15 minutes unless the
   * server says otherwise. The user gets an event `edited` or `private-edited`, as all
   * others do who have got the message.
   *
   * @param id The id of the message, as in its receipt and its event.
   * @param text The new text.
   * @param room The room, by default the one that was entered last; it does not count
   * for a private message.
   * @throws {ChatRequestError} If the server refuses, such as with the code
   * `"too-late"` or `"not-your-message"`.
   */
  edit(
    id: number,
    text: string,
    room?: string,
    wait?: WaitOptions,
  ): Promise<ChatReceipt> {
    return this.#do({ type: "edit", target: id, text, room }, wait);
  }

  /**
   * Deletes an own message, or as an operator any in a room; see
   * {@linkcode ChatClient.edit}.
   */
  delete(id: number, room?: string, wait?: WaitOptions): Promise<ChatReceipt> {
    return this.edit(id, "", room, wait);
  }

  /** Describes an action of the user; see {@linkcode ChatClient.say}. */
  me(text: string, room?: string, wait?: WaitOptions): Promise<ChatReceipt> {
    return this.#do({ type: "me", text, room }, wait);
  }

  /**
   * Sends a private message to the user with a nickname.
   *
   * @param to The nickname.
   * @param text At most 200 lines and 4,096 bytes.
   * @param options The message that is answered, and limits on the request.
   */
  msg(
    to: string,
    text: string,
    options: ChatMsgOptions = {},
  ): Promise<ChatReceipt> {
    const { replyTo, ...wait } = options;
    return this.#do({ type: "msg", to, text, replyTo }, wait);
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
  topic(text: string, room?: string, wait?: WaitOptions): Promise<ChatReceipt> {
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

  /** As an operator, takes the right to write from a user, or with 0 gives it back. */
  mute(
    nickname: string,
    minutes: number,
    reason?: string,
    wait?: WaitOptions,
  ): Promise<ChatReceipt> {
    return this.#do({ type: "mute", nickname, minutes, reason }, wait);
  }

  /** Wants no messages of a user any more. */
  ignore(nickname: string, wait?: WaitOptions): Promise<ChatReceipt> {
    return this.#do({ type: "ignore", nickname }, wait);
  }

  /** Wants the messages of a user again. */
  unignore(nickname: string, wait?: WaitOptions): Promise<ChatReceipt> {
    return this.#do({ type: "unignore", nickname }, wait);
  }

  /**
   * Makes a room one that only invited users may enter, which its first user and
   * operators may do.
   */
  lock(room?: string, wait?: WaitOptions): Promise<ChatReceipt> {
    return this.#do({ type: "lock", room }, wait);
  }

  /** Opens a room for everyone. */
  unlock(room?: string, wait?: WaitOptions): Promise<ChatReceipt> {
    return this.#do({ type: "unlock", room }, wait);
  }

  /** Lets a user into a locked room; the user gets an event `invited`. */
  invite(
    nickname: string,
    room?: string,
    wait?: WaitOptions,
  ): Promise<ChatReceipt> {
    return this.#do({ type: "invite", nickname, room }, wait);
  }

  /**
   * As an operator, asks for an invitation into the chat, where the server has some.
   *
   * @returns The token, which lets one user in, and when it ends, in milliseconds
   * since the epoch. Its link is the address of the page, `#invite=` and the token.
   */
  async invitation(
    wait?: WaitOptions,
  ): Promise<{ readonly token: string; readonly expires: number }> {
    return secretOf(await this.#life.submit({ type: "invite" }, wait));
  }

  /**
   * Asks for a secret by which another device joins this session as the same user:
   * the option `link` of its client.
   *
   * @returns The secret, which can be used once, and when it ends, in milliseconds
   * since the epoch: after five minutes.
   */
  async link(
    wait?: WaitOptions,
  ): Promise<{ readonly token: string; readonly expires: number }> {
    return secretOf(await this.#life.submit({ type: "link" }, wait));
  }

  /** As an operator, tells everyone something. */
  notice(text: string, wait?: WaitOptions): Promise<ChatReceipt> {
    return this.#do({ type: "notice", text }, wait);
  }

  /**
   * Lists the users of a room, in the order in which they came. A large room needs
   * several requests: users who come or go meanwhile may be missing.
   *
   * @param room The room: by default the one that was entered last.
   * @param options How many, and limits on all of it.
   * @throws {TypeError | RangeError} If an option is not valid.
   */
  async users(
    room?: string,
    options: ChatUsersOptions = {},
  ): Promise<readonly UserEntry[]> {
    checkPageOptions(options);
    const { limit = MAX_USERS, ...limits } = options;
    const users = new Map<number, UserEntry>();
    await this.#list(
      "list the users",
      limits,
      (wait) =>
        readPages<UserEntry>(limit, USERS_PAGE, async ({ length: skip }) => {
          const request = {
            type: "users",
            room,
            ...skip > 0 && { skip },
          } as const;
          const { message } = await this.#life.submit(request, wait);
          const page = message?.type === "users" ? message.users : [];
          for (const user of page) users.set(user.id, user);
          return { items: page, isLast: page.length < USERS_PAGE };
        }),
    );
    return [...users.values()].slice(0, limit);
  }

  /** Lists the rooms. */
  async listRooms(wait?: WaitOptions): Promise<readonly ChatRoomInfo[]> {
    const { message } = await this.#life.submit({ type: "rooms" }, wait);
    return message?.type === "rooms" ? message.rooms : [];
  }

  /**
   * Reads earlier messages of a room, as far back as the server keeps them.
   *
   * @param room The room.
   * @param options The id before which they end, how many, and limits on all of it.
   * @returns The messages, the oldest first, and whether there is nothing before
   * them.
   * @throws {TypeError | RangeError} If an option is not valid.
   */
  async history(room: string, options: ChatHistoryOptions = {}): Promise<{
    readonly messages: readonly ChatRoomRecord[];
    readonly complete: boolean;
  }> {
    checkPageOptions(options);
    const { before, limit, ...limits } = options;
    const { items, isLast } = await this.#list(
      "read the history",
      limits,
      (wait) =>
        readPages<ChatRoomRecord>(limit, PAGE, async (later, count) => {
          const request = {
            type: "history",
            room,
            before: later.at(-1)?.id ?? before,
            limit: count,
          } as const;
          const { message } = await this.#life.submit(request, wait);
          if (message?.type !== "history") return NO_PAGE;
          const { messages, complete } = message;
          return { items: messages.toReversed(), isLast: complete };
        }),
    );
    return { messages: items.toReversed(), complete: isLast };
  }

  /**
   * Finds messages in the rooms of the user, and own private messages.
   *
   * @param text The words to find.
   * @param options Where, the id before which they end, how many, and limits on all
   * of it.
   * @returns The messages, the newest first, and whether there are no older ones.
   * @throws {ChatRequestError} With the code `"no-search"` if the server keeps
   * nothing that could be searched.
   * @throws {TypeError | RangeError} If an option is not valid.
   */
  async search(text: string, options: ChatSearchOptions = {}): Promise<{
    readonly messages: readonly ChatFoundMessage[];
    readonly complete: boolean;
  }> {
    checkPageOptions(options);
    const { room, before, limit, ...limits } = options;
    const { items, isLast } = await this.#list(
      "search",
      limits,
      (wait) =>
        readPages<ChatFoundMessage>(limit, PAGE, async (newer, count) => {
          const request = {
            ...{ type: "search", text, room, limit: count } as const,
            before: newer.at(-1)?.id ?? before,
          };
          const { message } = await this.#life.submit(request, wait);
          if (message?.type !== "found") return NO_PAGE;
          return { items: message.messages, isLast: message.complete };
        }),
    );
    return { messages: items, complete: isLast };
  }

  /** Asks for a sign of life, and returns the milliseconds that it took. */
  async ping(wait?: WaitOptions): Promise<number> {
    const start = performance.now();
    await this.#do({ type: "ping" }, wait);
    return performance.now() - start;
  }

  /**
   * Leaves after all earlier requests, and closes the client; the other devices of
   * the user leave, too. At a limit the connection is cut.
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
   * connection is lost, and other devices of the user go on. Requests reject with a
   * {@linkcode ClosedError}; the loops end after the queued events. Closing twice does
   * nothing.
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

  /** Reads a list by several requests, under one set of limits. */
  #list<T>(
    what: string,
    limits: WaitOptions,
    read: (wait: WaitOptions) => Promise<T>,
  ): Promise<T> {
    if (!hasLimits(limits)) return read({});
    const act = (signal: AbortSignal) => read({ signal });
    return limited(`Cannot ${what}`, limits, act, noop);
  }

  async #do(
    request: ClientMessage,
    wait: WaitOptions | undefined,
  ): Promise<ChatReceipt> {
    const { id, time } = await this.#life.submit(request, wait);
    return { id, time };
  }
}

/** The secret of an answer. */
function secretOf(
  { message }: Answer,
): { readonly token: string; readonly expires: number } {
  if (message?.type === "link" || message?.type === "invitation") {
    return { token: message.token, expires: message.expires };
  }
  throw new ChatRequestError(
    "Cannot use the server's answer: expected a secret",
    { code: "invalid-answer" },
  );
}

function noop(): void {}
