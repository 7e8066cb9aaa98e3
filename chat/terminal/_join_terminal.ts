import { createInterface, type Interface } from "node:readline";
import { PassThrough } from "node:stream";
import { completeWord } from "./_completion.ts";
import { JoinConversation, type Printer } from "./_join_conversation.ts";
import { PasteFilter } from "./_paste_filter.ts";
import { TerminalOutput } from "./_terminal_output.ts";
import { clean, COLOURED, PLAIN } from "./_terminal_text.ts";
import { wrapLine } from "./_wrap_line.ts";
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

/** The signals that end the program: Windows has no others. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs the client at a terminal.
 *
 * @returns The exit code.
 */
export async function joinByTerminal(client: ChatClient): Promise<number> {
  return await new TerminalSession(client).run();
}

/** A terminal in raw mode, with a conversation and a line being typed. */
class TerminalSession implements Printer {
  readonly palette = Deno.noColor ? PLAIN : COLOURED;
  readonly #client: ChatClient;
  readonly #conversation: JoinConversation;
  readonly #input = new PassThrough();
  readonly #output = new TerminalOutput();
  readonly #editor: Interface;
  readonly #lines: string[] = [];
  readonly #ended = Promise.withResolvers<number>();
  #isSending = false;
  #isLeaving = false;
  #isClosed = false;

  constructor(client: ChatClient) {
    this.#client = client;
    this.#conversation = new JoinConversation(client, this);
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

  async run(): Promise<number> {
    const resize = () => this.#output.emit("resize");
    const stop = () => this.#leave();
    Deno.stdin.setRaw(true);
    this.#output.write(PASTE_ON);
    for (const signal of SIGNALS) Deno.addSignalListener(signal, stop);
    if (Deno.build.os !== "windows") {
      Deno.addSignalListener("SIGWINCH", resize);
    }
    this.#input.prependListener("keypress", (_text, { name }) => {
      if (name === "return" || name === "enter") this.#eraseLine();
    });
    this.#editor.on("line", (line) => {
      this.#output.write(up(1));
      this.#take(line);
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
      const listening = this.#listen();
      void this.#read();
      await this.#connect();
      const code = await this.#ended.promise;
      await listening;
      return code;
    } finally {
      const { rows } = this.#editor.getCursorPos();
      this.#output.write(up(rows) + CLEAR_BELOW + PASTE_OFF);
      Deno.stdin.setRaw(false);
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, stop);
      if (Deno.build.os !== "windows") {
        Deno.removeSignalListener("SIGWINCH", resize);
      }
    }
  }

  async #connect(): Promise<void> {
    try {
      await this.#client.connect();
    } catch {
      // An event has told the reason.
      this.#ended.resolve(this.#isLeaving ? 0 : 1);
      return;
    }
    this.#client.finished.then(
      () => this.#ended.resolve(0),
      () => this.#ended.resolve(1),
    );
  }

  async #listen(): Promise<void> {
    for await (const event of this.#client) {
      this.#conversation.take(event);
      this.#draw();
    }
  }

  /** Reads the keyboard, until the terminal is gone. */
  async #read(): Promise<void> {
    const filter = new PasteFilter();
    try {
      for await (
        const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())
      ) this.#input.write(filter.push(text));
    } catch {
      // Treated like its end.
    }
    this.#leave();
  }

  #complete(before: string): [completions: string[], word: string] {
    const completions = completeWord(before, {
      nicknames: [...this.#conversation.nicknames()].map(clean),
      rooms: [...this.#conversation.rooms()].map(clean),
    });
    return [completions, before.slice(before.lastIndexOf(" ") + 1)];
  }

  /** Erases the typed line before Enter: the conversation shows the result. */
  #eraseLine(): void {
    this.#editor.write(null, { ctrl: true, name: "e" });
    const { rows } = this.#editor.getCursorPos();
    this.#output.write(up(rows) + CLEAR_BELOW);
  }

  #take(line: string): void {
    if (line.trim() === "/quit" && this.#client.state !== "open") {
      return this.#leave();
    }
    if (this.#lines.length >= MAX_WAITING) {
      return this.complain([
        this.palette.warn("! Too many lines wait: this one was dropped."),
      ]);
    }
    this.#lines.push(line);
    if (!this.#isSending) void this.#send();
    this.#draw();
  }

  /** Carries out the lines, one after the other. */
  async #send(): Promise<void> {
    this.#isSending = true;
    while (this.#lines.length > 0) {
      const [line = ""] = this.#lines.splice(0, 1);
      const outcome = await this.#conversation.run(line);
      this.#draw();
      if (outcome === "quit") {
        this.#leave();
        break;
      }
    }
    this.#isSending = false;
  }

  /** Leaves with a goodbye, the second time at once. */
  #leave(): void {
    if (this.#isLeaving) {
      this.#ended.resolve(STOPPED_AT_ONCE);
      this.#client.close();
      return;
    }
    this.#isLeaving = true;
    const { state } = this.#client;
    if (state !== "open") this.#client.close();
    else void this.#client.quit({ timeout: QUIT_TIMEOUT });
  }

  #draw(): void {
    if (this.#isClosed) return;
    this.#editor.setPrompt(this.#prompt());
    this.#editor.prompt(true);
  }

  #prompt(): string {
    const { state } = this.#client;
    const waiting = this.#conversation.sending + this.#lines.length;
    const unsent = waiting === 0 ? "" : `, ${waiting} waiting`;
    if (state === "idle" || state === "connecting") return "(connecting) ";
    if (state !== "open") return `(no connection${unsent}) `;
    if (this.#conversation.needsNickname) return "Nickname: ";
    const { room } = this.#conversation;
    return room === undefined ? "> " : `[${clean(room)}${unsent}] `;
  }
}

/** Moves the cursor up. */
function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : "";
}
