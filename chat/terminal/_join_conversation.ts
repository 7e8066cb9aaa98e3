import {
  HELP_LINES,
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
} from "./_terminal_text.ts";
import type { ChatClient } from "../client/chat_client.ts";
import type { ChatClientEvent } from "../client/chat_client_message.ts";
import { ChatRequestError } from "../client/chat_request_error.ts";

/** The most nicknames of a room that are remembered for completion. */
const MAX_NICKNAMES = 2000;

/** Where lines of text go. */
export interface Printer {
  readonly palette: Palette;
  /** Prints lines that have no control characters of others. */
  print(lines: readonly string[]): void;
  /** Prints what went wrong. */
  complain(lines: readonly string[]): void;
}

/**
 * What stands between a client and somebody at a terminal, or a pipe: shows
 * events, carries out lines, and knows what is needed for both.
 */
export class JoinConversation {
  readonly #client: ChatClient;
  readonly #printer: Printer;
  readonly #people = new Map<string, Set<string>>();
  readonly #topics = new Map<string, string>();
  /** The room that was chosen by `/room`. */
  #chosen: string | undefined;
  #oldest = new Map<string, number>();
  #sending = 0;
  #needsNickname = false;

  constructor(client: ChatClient, printer: Printer) {
    this.#client = client;
    this.#printer = printer;
  }

  /** The room in which the user talks. */
  get room(): string | undefined {
    return this.#chosen ?? this.#client.room;
  }

  /** Whether the next line is a nickname. */
  get needsNickname(): boolean {
    return this.#needsNickname;
  }

  /** How many lines the server has not taken. */
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
    this.#print(showEvent(event, {
      palette: this.#printer.palette,
      userId: this.#client.user?.id,
      room: this.room,
    }));
  }

  /** Enters a room, and tells whether that was done. */
  async enter(room: string): Promise<boolean> {
    return await this.#run(() => this.#client.join(room));
  }

  /**
   * Carries out a line that was typed.
   *
   * @returns Whether it was done, or `"quit"`.
   */
  async obey(line: string): Promise<boolean | "quit"> {
    if (this.#needsNickname && !line.startsWith("/")) {
      if (line.trim() === "") return true;
      const isDone = await this.#run(() => this.#client.nick(line.trim()));
      // The event that says so may still be on its way.
      if (isDone) this.#needsNickname = false;
      return isDone;
    }
    const command = parseTypedLine(line);
    if (command.type === "quit") return "quit";
    if (command.type === "blank") return true;
    return await this.#obey(command);
  }

  async #obey(command: TypedCommand): Promise<boolean> {
    const client = this.#client;
    const { palette } = this.#printer;
    const room = this.room;
    switch (command.type) {
      case "say":
        return await this.#run(() => client.say(command.text, room));
      case "me":
        return await this.#run(() => client.me(command.text, room));
      case "msg":
        return await this.#run(() => client.msg(command.to, command.text));
      case "nick":
        return await this.#run(() => client.nick(command.nickname));
      case "join":
        return await this.enter(command.room);
      case "leave":
        return await this.#run(() => client.leave(command.room ?? room ?? ""));
      case "room":
        return this.#switch(command.room);
      case "rooms":
        return await this.#run(async () =>
          this.#print(showRooms(await client.listRooms(), palette))
        );
      case "users": {
        const place = command.room ?? room;
        return await this.#run(async () =>
          this.#print(
            showUsers(place ?? "", await client.users(place), palette),
          )
        );
      }
      case "topic":
        return await this.#topic(command.text);
      case "history":
        return await this.#run(() => this.#showHistory(command.limit));
      case "operator":
        return await this.#run(
          () => client.operator(command.token),
          "You are an operator.",
        );
      case "kick":
        return await this.#run(
          () => client.kick(command.nickname, command.reason || undefined),
          "Done.",
        );
      case "ban":
        return await this.#run(
          () =>
            client.ban(
              command.nickname,
              command.minutes,
              command.reason || undefined,
            ),
          "Done.",
        );
      case "notice":
        return await this.#run(() => client.notice(command.text));
      case "help":
        this.#print(HELP_LINES.map((line) => notice(palette, line)));
        return true;
      case "wrong":
        this.#printer.complain([palette.warn(`! ${clean(command.text)}`)]);
        return false;
      case "blank":
      case "quit":
        return true;
    }
  }

  /** Does something, and shows why if it could not be done. */
  async #run(act: () => Promise<unknown>, done?: string): Promise<boolean> {
    const { palette } = this.#printer;
    this.#sending++;
    try {
      await act();
      if (done !== undefined) this.#print([notice(palette, done)]);
      return true;
    } catch (error) {
      const why = error instanceof ChatRequestError && error.code === "lost"
        ? "The connection was lost before the answer: it may or may not have been sent."
        : messageOf(error);
      this.#printer.complain([palette.warn(`! ${clean(why)}`)]);
      return false;
    } finally {
      this.#sending--;
    }
  }

  #switch(room: string): boolean {
    const { palette } = this.#printer;
    if (!this.#client.rooms.includes(room)) {
      this.#printer.complain([
        palette.warn(`! You are not in ${clean(room)}.`),
      ]);
      return false;
    }
    this.#chosen = room;
    this.#print([notice(palette, `You talk in ${clean(room)} now.`)]);
    return true;
  }

  async #topic(text: string | undefined): Promise<boolean> {
    const room = this.room ?? "";
    if (text !== undefined) {
      return await this.#run(() => this.#client.topic(text, room));
    }
    const topic = this.#topics.get(room) ?? "";
    this.#print([
      notice(
        this.#printer.palette,
        topic === "" ? "There is no topic." : `The topic: ${clean(topic)}`,
      ),
    ]);
    return true;
  }

  async #showHistory(limit: number): Promise<void> {
    const room = this.room ?? "";
    const before = this.#oldest.get(room);
    const { messages } = await this.#client.history(room, {
      limit,
      ...(before === undefined ? {} : { before }),
    });
    const [first] = messages;
    if (first !== undefined) this.#oldest.set(room, first.id);
    const { palette } = this.#printer;
    const context = { palette, userId: this.#client.user?.id, room };
    this.#print([
      ...(first === undefined ? [notice(palette, "There is no more.")] : []),
      ...messages.flatMap((record) => showEvent(record, context)),
    ]);
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
          notice(palette, `Connected to ${clean(address)}.`),
        ]);
      case "waiting":
        return this.#printer.complain([
          palette.warn(`-- No connection${why}. It is tried again.`),
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

/** Says what went wrong; of several attempts, why the last one failed. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message;
}
