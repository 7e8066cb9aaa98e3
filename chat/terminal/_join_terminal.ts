import { createInterface, type Interface } from "node:readline";
import { PassThrough } from "node:stream";
import { messageOf } from "./_failure_text.ts";
import { JoinConversation, type Printer } from "./_join_conversation.ts";
import {
  type JoinCredentials,
  promptFor,
  type Question,
  questionAfter,
  withAnswer,
} from "./_join_credentials.ts";
import { PasteFilter, toMessage } from "./_paste_filter.ts";
import { SecretInput } from "./_secret_input.ts";
import { TerminalOutput } from "./_terminal_output.ts";
import { COLOURED, PLAIN } from "./_palette.ts";
import { clean, tell, warning } from "./_terminal_text.ts";
import { wrapLine } from "./_wrap_line.ts";
import { completeWord, wordBefore } from "../client/core/_completion.ts";
import type { TextKey } from "../text/_catalogs.ts";
import type { Texts } from "../text/_texts.ts";
import type { ChatClient } from "../client/chat_client.ts";

const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l";
/** To the start of the row, and nothing behind or below. */
const CLEAR_BELOW = "\r\x1b[J";

/** Milliseconds after which an Esc is the key, not the start of a sequence. */
const ESCAPE_TIME = 50;
/** Milliseconds that the server has to say goodbye. */
const QUIT_TIMEOUT = 3000;
/** The most lines that wait for those before them. */
const MAX_WAITING = 1000;
/** The most lines that the arrow keys bring back. */
const MAX_HISTORY = 200;

const STOPPED_AT_ONCE = 130;

/** Before there is a conversation. */
const NO_NAMES = { nicknames: [], rooms: [] };

/** The signals that end the program: Windows has no others. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** How the program begins. */
export interface JoinStart {
  /**
   * Those of the command line. The user is asked for a nickname before anything is
   * dialled, since a server waits for it only so long. Behind a proxy that signs
   * users in, it may be left empty.
   */
  readonly credentials: JoinCredentials;
  /** The secret to ask for, too. */
  readonly asks: Question | undefined;
  /** Makes a client that is not connected yet; throws at a wrong nickname. */
  readonly makeClient: (credentials: JoinCredentials) => ChatClient;
}

/** A terminal in raw mode, with a conversation and a line being typed. */
export class TerminalSession implements Printer {
  readonly palette = Deno.noColor ? PLAIN : COLOURED;
  readonly #start: JoinStart;
  readonly #texts: Texts;
  #credentials: JoinCredentials;
  #client: ChatClient | undefined;
  #conversation: JoinConversation | undefined;
  readonly #input = new PassThrough();
  readonly #output = new TerminalOutput();
  readonly #editor: Interface;
  readonly #lines: string[] = [];
  /** Takes the answer to a question; without one it is to be left. */
  #answer: ((line: string | undefined) => void) | undefined;
  /** The question that is asked. */
  #question = "";
  /** Takes the keys while the answer is a secret. */
  #secret: SecretInput | undefined;
  /** The ways to be let in, as the server has told. */
  #methods: readonly string[] = [];
  /** Whether the server has ended the connection for want of a nickname. */
  #isTooLate = false;
  #isSending = false;
  #isLeaving = false;
  #isCut = false;
  #isClosed = false;

  /**
   * @param start The credentials, and how to make clients of them.
   * @param texts The texts in the user's language.
   */
  constructor(start: JoinStart, texts: Texts) {
    this.#start = start;
    this.#credentials = start.credentials;
    this.#texts = texts;
    this.#editor = createInterface({
      input: this.#input,
      output: this.#output,
      terminal: true,
      historySize: MAX_HISTORY,
      escapeCodeTimeout: ESCAPE_TIME,
      completer: (before: string) => this.#complete(before),
    });
  }

  /** Prints lines above the one that is being typed. */
  print(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const { rows } = this.#editor.getCursorPos();
    const { columns } = this.#output;
    const text = lines.flatMap((line) => wrapLine(line, columns)).join("\r\n");
    // The editor goes up by the rows that its line had before it draws it again.
    this.#output.write(
      `${up(rows)}${CLEAR_BELOW}${text}\r\n${"\n".repeat(rows)}`,
    );
    this.#draw();
  }

  complain(lines: readonly string[]): void {
    this.print(lines);
  }

  /** Runs until the user leaves, and returns the exit code. */
  async run(): Promise<number> {
    const resize = () => this.#output.emit("resize");
    const stop = () => this.#leave();
    Deno.stdin.setRaw(true);
    this.#output.write(PASTE_ON);
    const handlers = new Map(SIGNALS.map((signal) => [signal, stop]));
    if (Deno.build.os !== "windows") handlers.set("SIGWINCH", resize);
    for (const entry of handlers) Deno.addSignalListener(...entry);
    this.#input.prependListener("keypress", (_text, { name }) => {
      if (name === "return" || name === "enter") this.#eraseLine();
    });
    this.#editor.on("line", (line) => {
      this.#output.write(up(1));
      this.#take(toMessage(line));
    });
    this.#editor.on("SIGINT", stop);
    this.#editor.on("close", () => {
      this.#isClosed = true;
      this.#leave();
    });
    // Suspending needs a permission that the program does without.
    this.#editor.on("SIGTSTP", () => {});
    try {
      this.#draw();
      void this.#read();
      const code = await this.#converse();
      return this.#isCut ? STOPPED_AT_ONCE : code;
    } finally {
      const { rows } = this.#editor.getCursorPos();
      this.#output.write(up(rows) + CLEAR_BELOW + PASTE_OFF);
      Deno.stdin.setRaw(false);
      for (const entry of handlers) Deno.removeSignalListener(...entry);
    }
  }

  /** Talks until the user leaves or the connection can't go on. */
  async #converse(): Promise<number> {
    let question = this.#start.asks;
    while (true) {
      if (question !== undefined && !await this.#askForSecret(question)) {
        return 0;
      }
      const client = await this.#makeClient();
      if (client === undefined) return 0;
      const error = await this.#talk(client);
      if (this.#isLeaving || error === undefined) return 0;
      question = questionAfter(error);
      if (this.#isTooLate) {
        this.#credentials = { ...this.#credentials, nickname: undefined };
      } else if (question === undefined) return 1;
    }
  }

  /** Talks by a client, and returns why it could not go on. */
  async #talk(client: ChatClient): Promise<unknown> {
    const conversation = new JoinConversation(client, this, this.#texts);
    this.#client = client;
    this.#conversation = conversation;
    this.#isTooLate = false;
    const listening = this.#listen(client, conversation);
    // Lines may have been typed behind the nickname.
    if (this.#lines.length > 0) void this.#send();
    try {
      await client.connect();
      await client.finished;
      return undefined;
    } catch (error) {
      // An event has told the reason.
      return error;
    } finally {
      await listening;
    }
  }

  async #listen(
    client: ChatClient,
    conversation: JoinConversation,
  ): Promise<void> {
    for await (const event of client) {
      if (event.type === "goodbye" && event.reason === "no-nickname") {
        this.#isTooLate = true;
      }
      if (event.type === "access-needed") this.#methods = event.methods;
      // Being too late is no failure: the user is asked again.
      if (event.type === "state" && this.#isTooLate) continue;
      conversation.take(event);
      this.#draw();
    }
  }

  /** Makes a client; `undefined` if the user leaves. */
  async #makeClient(): Promise<ChatClient | undefined> {
    const { nickname, link } = this.#credentials;
    if (nickname !== undefined || link !== undefined) {
      return this.#start.makeClient(this.#credentials);
    }
    const { palette } = this;
    const texts = this.#texts;
    this.print([tell({ palette, texts }, "term.nickname")]);
    while (!this.#isLeaving) {
      const nickname = await this.#ask("term.prompt-nickname");
      if (nickname === undefined) break;
      // A proxy may tell it; otherwise the server asks for it.
      if (nickname === "") return this.#start.makeClient(this.#credentials);
      try {
        const credentials = { ...this.#credentials, nickname };
        const client = this.#start.makeClient(credentials);
        this.#credentials = credentials;
        return client;
      } catch (error) {
        this.complain([warning(palette, messageOf(error))]);
      }
    }
    return undefined;
  }

  /** Asks for a secret; returns `false` if the user leaves. */
  async #askForSecret(question: Question): Promise<boolean> {
    const methods = this.#methods;
    while (!this.#isLeaving) {
      const answer = await this.#ask(promptFor(question, methods), true);
      if (answer === undefined) return false;
      if (answer === "") continue;
      this.#credentials = withAnswer(
        this.#credentials,
        question,
        answer,
        methods,
      );
      return true;
    }
    return false;
  }

  /** Waits for a line, or for a secret, which is not shown. */
  #ask(question: TextKey, isSecret = false): Promise<string | undefined> {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#question = this.#texts.get(question);
    this.#secret = isSecret ? new SecretInput() : undefined;
    this.#answer = (line) => {
      this.#answer = undefined;
      this.#secret = undefined;
      resolve(line?.trim());
    };
    this.#draw();
    return promise;
  }

  /** Takes keys: those of a secret do not reach the editor, which would show them. */
  #type(text: string): void {
    const typed = this.#secret?.push(text);
    if (this.#secret !== undefined && typed === undefined) return;
    if (typed === undefined) {
      this.#input.write(text);
    } else if (typed.secret === undefined) {
      this.#leave();
    } else {
      this.#answer?.(typed.secret);
      if (typed.rest !== "") this.#input.write(typed.rest);
    }
  }

  /** Reads the keyboard, until the terminal is gone. */
  async #read(): Promise<void> {
    const filter = new PasteFilter();
    try {
      for await (
        const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())
      ) this.#type(filter.push(text));
    } catch {
      // Treated like its end.
    }
    this.#leave();
  }

  #complete(before: string): [completions: string[], word: string] {
    const known = this.#conversation?.known ?? NO_NAMES;
    const completions = completeWord(before, known);
    return [completions, wordBefore(before)];
  }

  /** Erases the typed line before Enter: the conversation shows the result. */
  #eraseLine(): void {
    this.#editor.write(null, { ctrl: true, name: "e" });
    const { rows } = this.#editor.getCursorPos();
    this.#output.write(up(rows) + CLEAR_BELOW);
  }

  #take(line: string): void {
    if (line.trim() === "/quit" && this.#client?.state !== "open") {
      return this.#leave();
    }
    if (this.#answer !== undefined) return this.#answer(line);
    if (this.#lines.length >= MAX_WAITING) {
      const text = this.#texts.get("term.too-many");
      return this.complain([warning(this.palette, text)]);
    }
    this.#lines.push(line);
    void this.#send();
    this.#draw();
  }

  /** Carries out the lines, one after the other. */
  async #send(): Promise<void> {
    const conversation = this.#conversation;
    if (this.#isSending || conversation === undefined) return;
    this.#isSending = true;
    while (this.#lines.length > 0) {
      const [line = ""] = this.#lines.splice(0, 1);
      const outcome = await conversation.run(line);
      this.#draw();
      if (outcome === "quit") {
        this.#leave(true);
        break;
      }
    }
    this.#isSending = false;
  }

  /**
   * Leaves with a goodbye, the second time at once. Other devices of the user go on,
   * unless the user wants to quit.
   */
  #leave(isQuit = false): void {
    const client = this.#client;
    if (this.#isLeaving) {
      this.#isCut = true;
      return client?.close();
    }
    this.#isLeaving = true;
    this.#answer?.(undefined);
    const isLinked = this.#credentials.link !== undefined;
    const isDone = client?.state !== "open" || isLinked && !isQuit;
    if (isDone) client?.close();
    else void client?.quit({ timeout: QUIT_TIMEOUT });
  }

  #draw(): void {
    if (this.#isClosed) return;
    this.#editor.setPrompt(this.#prompt());
    this.#editor.prompt(true);
  }

  #prompt(): string {
    const conversation = this.#conversation;
    const client = this.#client;
    const texts = this.#texts;
    if (this.#answer !== undefined) return this.#question;
    if (client === undefined) return "";
    const { state } = client;
    const count = (conversation?.sending ?? 0) + this.#lines.length;
    const waiting = count === 0
      ? ""
      : texts.get("term.prompt-waiting", { count });
    if (state === "idle" || state === "connecting") {
      return texts.get("term.prompt-connecting");
    }
    if (state !== "open") return texts.get("term.prompt-offline", { waiting });
    if (conversation?.needsNickname) {
      return texts.get("term.prompt-nickname");
    }
    const room = conversation?.room;
    return room === undefined ? "> " : `[${clean(room)}${waiting}] `;
  }
}

/** Moves the cursor up. */
function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : "";
}
