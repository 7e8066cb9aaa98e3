import type { KnownNames } from "../client/core/_completion.ts";
import {
  describeWrong,
  parseTypedLine,
} from "../client/core/_typed_command.ts";
import { carryOut } from "./_carry_out.ts";
import { ConversationState } from "./_conversation_state.ts";
import {
  clean,
  showEvent,
  tell,
  type TextContext,
  warning,
} from "./_terminal_text.ts";
import type { Palette } from "./_palette.ts";
import type { ChatClient } from "../client/chat_client.ts";
import type { ChatClientEvent } from "../client/chat_client_message.ts";
import { ChatRequestError } from "../client/chat_request_error.ts";
import { DayChanges, dayFormat } from "../room/text/_day_text.ts";
import type { Texts } from "../text/_texts.ts";
import { errorText } from "../client/core/_server_text.ts";
import { failureText, messageOf } from "./_failure_text.ts";

/** The output of lines of text. */
export interface Printer {
  readonly palette: Palette;
  /** Prints lines that have no control characters of others. */
  print(lines: readonly string[]): void;
  /** Prints errors. */
  complain(lines: readonly string[]): void;
}

/**
 * The conversation of a client with a terminal or a pipe: shows events, and carries
 * out typed lines.
 */
export class JoinConversation {
  readonly #client: ChatClient;
  readonly #printer: Printer;
  readonly #texts: Texts;
  readonly #state: ConversationState;
  /** Today needs not be told. */
  readonly #days: DayChanges;
  #sending = 0;

  constructor(client: ChatClient, printer: Printer, texts: Texts) {
    this.#client = client;
    this.#printer = printer;
    this.#texts = texts;
    this.#state = new ConversationState(client);
    this.#days = new DayChanges(dayFormat(texts.language), Date.now());
  }

  /** The room in which the user talks. */
  get room(): string | undefined {
    return this.#state.room;
  }

  /** Whether the next line is a nickname. */
  get needsNickname(): boolean {
    return this.#state.needsNickname;
  }

  /** How many lines wait for the server's answer. */
  get sending(): number {
    return this.#sending;
  }

  /** The nicknames and rooms that are known, for completion. */
  get known(): KnownNames {
    const { nicknames, rooms } = this.#state;
    return {
      nicknames: Array.from(nicknames, clean),
      rooms: Array.from(rooms, clean),
    };
  }

  /** Shows an event. */
  take(event: ChatClientEvent): void {
    if (event.type === "state") return this.#showState(event);
    this.#state.learn(event);
    this.#print(showEvent(event, this.#context));
  }

  /** Joins a room, and returns whether that was done. */
  async enter(room: string): Promise<boolean> {
    return await this.#attempt({ type: "join", room });
  }

  /**
   * Carries out a line that was typed.
   *
   * @returns Whether it was done, or `"quit"`.
   */
  async run(line: string): Promise<boolean | "quit"> {
    if (this.needsNickname && !line.startsWith("/")) {
      if (line.trim() === "") return true;
      const nick = { type: "nick", nickname: line.trim() } as const;
      const isDone = await this.#attempt(nick);
      // The event that says so may still be on its way.
      if (isDone) this.#state.needsNickname = false;
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
        return await this.#attempt(command);
    }
  }

  get #context(): TextContext {
    return {
      palette: this.#printer.palette,
      texts: this.#texts,
      userId: this.#client.user?.id,
      room: this.room,
      days: this.#days,
      find: (id) => this.#state.recent.find(id),
    };
  }

  /** Carries a command out, and prints the result or the error. */
  async #attempt(command: Parameters<typeof carryOut>[0]): Promise<boolean> {
    this.#sending++;
    try {
      this.#print(
        await carryOut(command, {
          client: this.#client,
          state: this.#state,
          text: this.#context,
        }),
      );
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
    if (code === "lost") return this.#texts.get("term.uncertain");
    // The message has the name of the request before the server's text.
    const text = this.#texts.has(`error.${code}`) ? "" : message;
    return errorText({ code, subject, text }, this.#texts);
  }

  #complain(text: string): false {
    this.#printer.complain([warning(this.#printer.palette, text)]);
    return false;
  }

  #switch(typed: string): boolean {
    const room = this.#state.choose(typed);
    if (room === undefined) {
      return this.#complain(this.#texts.get("term.not-in", { room: typed }));
    }
    this.#print([tell(this.#context, "term.talk-in", { room })]);
    return true;
  }

  #showState(event: ChatClientEvent & { type: "state" }): void {
    const { state, error } = event;
    const address = clean(this.#client.address);
    if (state === "open") {
      return this.#print([tell(this.#context, "term.connected", { address })]);
    }
    const { palette, texts } = this.#context;
    const why = error === undefined ? "" : failureText(error, address, texts);
    if (state === "closed" && why !== "") {
      this.#printer.complain([palette.warn(why)]);
    }
    if (state !== "waiting") return;
    const reason = why === ""
      ? ""
      : texts.get("term.why", { why: why.replace(/[.。]$/, "") });
    const text = texts.get("term.no-connection", { why: reason });
    this.#printer.complain([palette.warn(`-- ${text}`)]);
  }

  #print(lines: readonly string[]): void {
    if (lines.length > 0) this.#printer.print(lines);
  }
}
