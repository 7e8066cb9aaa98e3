import { JoinConversation, type Printer } from "./_join_conversation.ts";
import { type EditorView, LineEditor } from "./_line_editor.ts";
import { completeWord } from "./_completion.ts";
import { KeyDecoder } from "./_terminal_keys.ts";
import { TerminalScreen } from "./_terminal_screen.ts";
import { clean, COLOURED, PLAIN } from "./_terminal_text.ts";
import { cutToWidth, textWidth } from "./_terminal_width.ts";
import type { ChatClient } from "../client/chat_client.ts";

const ENCODER = new TextEncoder();

const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l";

/** Milliseconds after which an Esc is the key, not the start of a sequence. */
const ESCAPE_TIME = 50;
/** Milliseconds that the server has to say goodbye. */
const QUIT_TIMEOUT = 3000;
/** The most lines that wait for those before them. */
const MAX_WAITING = 1000;

const STOPPED_AT_ONCE = 130;

/** The signals that end the program: Windows has no others. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Lets somebody at a terminal take part.
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
  readonly #editor: LineEditor;
  readonly #screen = new TerminalScreen(columns());
  readonly #keys = new KeyDecoder();
  readonly #lines: string[] = [];
  readonly #ended = Promise.withResolvers<number>();
  #isSending = false;
  #isLeaving = false;
  #escapeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: ChatClient) {
    this.#client = client;
    this.#conversation = new JoinConversation(client, this);
    this.#editor = new LineEditor((before) =>
      completeWord(before, {
        nicknames: [...this.#conversation.nicknames()].map(clean),
        rooms: [...this.#conversation.rooms()].map(clean),
      })
    );
  }

  print(lines: readonly string[]): void {
    write(this.#screen.print(lines));
  }

  complain(lines: readonly string[]): void {
    this.print(lines);
  }

  async run(): Promise<number> {
    const resize = () => this.#resize();
    const stop = () => this.#leave();
    Deno.stdin.setRaw(true);
    write(PASTE_ON);
    for (const signal of SIGNALS) Deno.addSignalListener(signal, stop);
    if (Deno.build.os !== "windows") {
      Deno.addSignalListener("SIGWINCH", resize);
    }
    try {
      this.#draw();
      const listening = this.#listen();
      void this.#read();
      await this.#connect();
      const code = await this.#ended.promise;
      await listening;
      return code;
    } finally {
      clearTimeout(this.#escapeTimer);
      write(this.#screen.end() + PASTE_OFF);
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
      // An event has told why.
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

  /** Reads the keyboard; the end of the program ends it. */
  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(4096);
    while (true) {
      const length = await Deno.stdin.read(buffer).catch(() => null);
      if (length === null) return this.#leave();
      clearTimeout(this.#escapeTimer);
      const text = decoder.decode(buffer.subarray(0, length), { stream: true });
      for (const key of this.#keys.push(text)) {
        for (const outcome of this.#editor.press(key)) {
          if (outcome.type === "line") this.#take(outcome.text);
          else if (outcome.type === "redraw") write(this.#screen.clear());
          else this.#leave();
        }
      }
      if (this.#keys.isPending) {
        const flush = () => this.#keys.flush();
        this.#escapeTimer = setTimeout(flush, ESCAPE_TIME);
      }
      this.#draw();
    }
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
  }

  /** Carries out the lines, one after the other. */
  async #send(): Promise<void> {
    this.#isSending = true;
    while (this.#lines.length > 0) {
      const [line = ""] = this.#lines.splice(0, 1);
      const outcome = await this.#conversation.obey(line);
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
    const { prompt, view } = this.#row();
    write(this.#screen.draw(prompt, view));
  }

  #resize(): void {
    const width = columns();
    const { prompt, view } = this.#row(width);
    write(this.#screen.resize(width, prompt, view));
  }

  #row(width = this.#screen.columns): { prompt: string; view: EditorView } {
    const prompt = cutToWidth(this.#prompt(), Math.floor(width / 2));
    return { prompt, view: this.#editor.view(width - textWidth(prompt)) };
  }

  #prompt(): string {
    const { state } = this.#client;
    const waiting = this.#conversation.sending + this.#lines.length;
    const unsent = waiting === 0 ? "" : `, ${waiting} waiting`;
    if (state === "idle" || state === "connecting") return "(connecting) ";
    if (state !== "open") return `(no connection${unsent}) `;
    if (this.#conversation.needsNickname) return "Nickname: ";
    const { room } = this.#conversation;
    if (room === undefined) return "> ";
    return `[${clean(room)}${unsent}] `;
  }
}

function columns(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}

function write(text: string): void {
  let rest = ENCODER.encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
  } catch {
    // The terminal is gone, which its input tells too.
  }
}
