import {
  describeWrong,
  parseTypedLine,
  type TypedCommand,
} from "../client/core/_typed_command.ts";
import {
  clean,
  notice,
  type Palette,
  showEvent,
  showRooms,
  showUsers,
  type TextContext,
} from "./_terminal_text.ts";
import type { ChatClient, ChatReceipt } from "../client/chat_client.ts";
import type {
  ChatClientEvent,
  ChatRequest,
} from "../client/chat_client_message.ts";
import { ChatRequestError } from "../client/chat_request_error.ts";
import { DayChanges, dayFormat } from "../room/text/_day_text.ts";
import { helpLines } from "../room/text/_commands.ts";
import type { Texts } from "../text/_texts.ts";
import { errorText } from "../client/core/_server_text.ts";
import { roomKey } from "../room/names/_name_key.ts";

/** The most messages that a search shows. */
const SEARCH_SIZE = 20;

/** The most nicknames of a room that are remembered for completion. */
const MAX_NICKNAMES = 2000;

/** Where lines of text go. */
export interface Printer {
  readonly palette: Palette;
  /** Prints lines that have no control characters of others. */
  print(lines: readonly string[]): void;
  /** Prints errors. */
  complain(lines: readonly string[]): void;
}

/**
 * The conversation of a client with a terminal or a pipe: shows events, carries out
 * typed lines, and keeps the state for both.
 */
export class JoinConversation {
  readonly #client: ChatClient;
  readonly #printer: Printer;
  readonly #texts: Texts;
  /** Today needs not be told. */
  readonly #days: DayChanges;
  readonly #people = new Map<string, Set<string>>();
  readonly #topics = new Map<string, string>();
  /** The room that was chosen by `/room`. */
  #chosen: string | undefined;
  #oldest = new Map<string, number>();
  /** The ids of the user's last messages, by room. */
  readonly #lastOwn = new Map<string, number>();
  #sending = 0;
  #needsNickname = false;

  constructor(client: ChatClient, printer: Printer, texts: Texts) {
    this.#client = client;
    this.#printer = printer;
    this.#texts = texts;
    this.#days = new DayChanges(dayFormat(texts.language), Date.now());
  }

  /** The room in which the user talks. */
  get room(): string | undefined {
    return this.#chosen ?? this.#client.room;
  }

  /** Whether the next line is a nickname. */
  get needsNickname(): boolean {
    return this.#needsNickname;
  }

  /** How many lines wait for the server's answer. */
  get sending(): number {
    return this.#sending;
  }

  /** The nicknames of all that are known. */
  *nicknames(): Generator<string, void, undefined> {
    const own = this.#client.user?.nickname;
    const names = new Set<string>();
    for (const people of this.#people.values()) {
      for (const name of people) names.add(name);
    }
    for (const name of names) if (name !== own) yield name;
  }

  /** The rooms of which something is known. */
  rooms(): Iterable<string> {
    return new Set([...this.#people.keys(), ...this.#client.rooms]);
  }

  /** Shows an event. */
  take(event: ChatClientEvent): void {
    this.#learn(event);
    if (event.type === "state") return this.#showState(event);
    this.#print(showEvent(event, this.#context));
  }

  get #context(): TextContext {
    return {
      palette: this.#printer.palette,
      texts: this.#texts,
      userId: this.#client.user?.id,
      room: this.room,
      days: this.#days,
    };
  }

  /** Joins a room, and returns whether that was done. */
  async enter(room: string): Promise<boolean> {
    return await this.#attempt(() => this.#carryOut({ type: "join", room }));
  }

  /**
   * Carries out a line that was typed.
   *
   * @returns Whether it was done, or `"quit"`.
   */
  async run(line: string): Promise<boolean | "quit"> {
    if (this.#needsNickname && !line.startsWith("/")) {
      if (line.trim() === "") return true;
      const isDone = await this.#attempt(() =>
        this.#carryOut({ type: "nick", nickname: line.trim() })
      );
      // The event that says so may still be on its way.
      if (isDone) this.#needsNickname = false;
      return isDone;
    }
    const command = parseTypedLine(line);
    switch (command.type) {
      case "quit":
        return "quit";
      case "blank":
        return true;
      case "wrong":
        return this.#complain(describeWrong(command, this.#texts));
      case "room":
        return this.#switch(command.room);
      default:
        return await this.#attempt(() => this.#carryOut(command));
    }
  }

  /** Carries out a command, and returns the lines to print. */
  async #carryOut(command: TypedCommand): Promise<readonly string[]> {
    const client = this.#client;
    const { palette } = this.#printer;
    const { room } = this;
    const texts = this.#texts;
    switch (command.type) {
      case "say":
      case "me":
        this.#noteOwn(room, await client[command.type](command.text, room));
        return [];
      case "msg":
        await client.msg(command.to, command.text);
        return [];
      case "nick":
        await client.nick(command.nickname);
        return [];
      case "join":
        await client.join(command.room);
        return [];
      case "leave":
        await client.leave(command.room ?? room ?? "");
        return [];
      case "rooms":
        return showRooms(await client.listRooms(), this.#context);
      case "users": {
        const place = command.room ?? room;
        return showUsers(place ?? "", await client.users(place), this.#context);
      }
      case "topic":
        if (command.text === undefined) return this.#showTopic(room ?? "");
        await client.topic(command.text, room);
        return [];
      case "history":
        return await this.#showHistory(room ?? "", command.limit);
      case "operator":
        await client.operator(command.token);
        return [notice(palette, texts.get("term.operator"))];
      case "kick": {
        const { nickname, reason } = command;
        await client.kick(nickname, reason || undefined);
        return [notice(palette, texts.get("term.done"))];
      }
      case "ban": {
        const { nickname, minutes, reason } = command;
        await client.ban(nickname, minutes, reason || undefined);
        return [notice(palette, texts.get("term.done"))];
      }
      case "notice":
        await client.notice(command.text);
        return [];
      case "search":
        return await this.#ask({ ...command, limit: SEARCH_SIZE });
      case "edit":
        return await this.#edit(room ?? "", command.text);
      case "lock":
      case "unlock":
      case "invite":
        return await this.#ask({ ...command, room: command.room ?? room });
      case "mute":
        return await this.#ask({
          ...command,
          reason: command.reason || undefined,
        });
      case "ignore":
      case "unignore":
      case "link":
        return await this.#ask(command);
      case "help":
        return helpLines(texts, texts.get("term.keys")).map((line) =>
          notice(palette, line)
        );
      default:
        return [];
    }
  }

  /** Sends a request, and returns the lines of its answer. */
  async #ask(request: ChatRequest): Promise<readonly string[]> {
    const { message } = await this.#client.request(request);
    return message === undefined ? [] : showEvent(message, this.#context);
  }

  /** Changes the user's last message in a room, or deletes it. */
  async #edit(room: string, text: string): Promise<readonly string[]> {
    const target = this.#lastOwn.get(room);
    if (target === undefined) {
      throw new Error(this.#texts.get("no-own-message"));
    }
    return await this.#ask({ type: "edit", target, text, room });
  }

  /** Carries something out, and prints the result or the error. */
  async #attempt(act: () => Promise<readonly string[]>): Promise<boolean> {
    this.#sending++;
    try {
      this.#print(await act());
      return true;
    } catch (error) {
      return this.#complain(this.#explain(error));
    } finally {
      this.#sending--;
    }
  }

  #explain(error: unknown): string {
    if (!(error instanceof ChatRequestError)) return messageOf(error);
    const { code, subject, message } = error;
    return code === "lost"
      ? this.#texts.get("term.uncertain")
      : errorText({ code, subject, text: message }, this.#texts);
  }

  #complain(text: string): false {
    const { palette } = this.#printer;
    this.#printer.complain([palette.warn(`! ${clean(text)}`)]);
    return false;
  }

  #switch(typed: string): boolean {
    const key = roomKey(typed);
    const room = this.#client.rooms.find((name) => roomKey(name) === key);
    if (room === undefined) {
      return this.#complain(this.#texts.get("term.not-in", { room: typed }));
    }
    this.#chosen = room;
    const { palette } = this.#printer;
    const text = this.#texts.get("term.talk-in", { room: clean(room) });
    this.#print([notice(palette, text)]);
    return true;
  }

  #showTopic(room: string): readonly string[] {
    const topic = this.#topics.get(room) ?? "";
    const text = topic === ""
      ? this.#texts.get("term.no-topic")
      : this.#texts.get("term.topic", {
        room: clean(room),
        text: clean(topic),
      });
    return [notice(this.#printer.palette, text)];
  }

  async #showHistory(
    room: string,
    limit: number,
  ): Promise<readonly string[]> {
    const before = this.#oldest.get(room);
    const { messages } = await this.#client.history(room, {
      limit,
      ...(before === undefined ? {} : { before }),
    });
    const [first] = messages;
    const { palette } = this.#printer;
    if (first === undefined) {
      return [notice(palette, this.#texts.get("term.no-more"))];
    }
    this.#oldest.set(room, first.id);
    const context = { ...this.#context, room };
    return messages.flatMap((record) => showEvent(record, context));
  }

  #learn(event: ChatClientEvent): void {
    switch (event.type) {
      case "entered":
        this.#people.set(
          event.room,
          new Set(event.users.slice(0, MAX_NICKNAMES).map((u) => u.nickname)),
        );
        this.#topics.set(event.room, event.topic);
        this.#noteOldest(event.room, event.history[0]?.id);
        this.#chosen = undefined;
        return;
      case "exited":
        this.#people.delete(event.room);
        this.#topics.delete(event.room);
        this.#oldest.delete(event.room);
        if (this.#chosen === event.room) this.#chosen = undefined;
        return;
      case "welcome":
        this.#needsNickname = false;
        return;
      case "nickname-request":
        this.#needsNickname = true;
        return;
      case "topic":
        this.#topics.set(event.room, event.text);
        return;
      case "joined":
      case "left":
      case "renamed":
        this.#noteOldest(event.room, event.id);
        this.#learnPerson(event);
        return;
      case "said":
      case "action":
        this.#noteOldest(event.room, event.id);
        if (event.user.id === this.#client.user?.id) {
          this.#noteOwn(event.room, event);
        }
        return;
    }
  }

  #learnPerson(
    event: ChatClientEvent & { type: "joined" | "left" | "renamed" },
  ): void {
    const people = this.#people.get(event.room);
    if (people === undefined) return;
    const { nickname } = event.user;
    if (event.type === "left") people.delete(nickname);
    else if (people.size < MAX_NICKNAMES) people.add(nickname);
    if (event.type === "renamed") people.delete(event.previous);
  }

  #noteOwn(room: string | undefined, { id }: ChatReceipt): void {
    if (room !== undefined && id !== undefined) this.#lastOwn.set(room, id);
  }

  #noteOldest(room: string, id: number | undefined): void {
    if (id !== undefined && !this.#oldest.has(room)) this.#oldest.set(room, id);
  }

  #showState(event: ChatClientEvent & { type: "state" }): void {
    const { palette } = this.#printer;
    const { address } = this.#client;
    const why = event.error === undefined
      ? ""
      : `: ${clean(messageOf(event.error))}`;
    switch (event.state) {
      case "open":
        return this.#print([
          notice(
            palette,
            this.#texts.get("term.connected", { address: clean(address) }),
          ),
        ]);
      case "waiting":
        return this.#printer.complain([
          palette.warn(
            `-- ${this.#texts.get("term.no-connection", { why })}`,
          ),
        ]);
      case "closed":
        return event.error === undefined ? undefined : this.#printer.complain([
          palette.warn(clean(messageOf(event.error))),
        ]);
      case "idle":
      case "connecting":
        return;
    }
  }

  #print(lines: readonly string[]): void {
    if (lines.length > 0) this.#printer.print(lines);
  }
}

/** The message of an error, or a thrown value as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
