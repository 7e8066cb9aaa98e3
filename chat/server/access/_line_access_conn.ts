import type { WaitOptions } from "../../../internal/wait/wait_options.ts";
import type { StreamConn } from "../../../tcp/conn/stream_conn.ts";
import { ForeignProtocol, isForeignLine } from "../_foreign_protocol.ts";
import { LineDecoder, type LineEvent } from "../line_decoder.ts";
import type { AccessConn, AccessInput } from "./_access_control.ts";

const NUL = 0;
const LF = 10;

/** Bytes per read. */
const READ_SIZE = 1024;

const ENCODER = new TextEncoder();

/** The connection of a client on the TCP port that is not a user yet. */
export class LineAccessConn implements AccessConn {
  readonly #conn: StreamConn<Deno.NetAddr>;
  readonly #decoder: LineDecoder;
  readonly #foreign = new ForeignProtocol();
  readonly #buffer = new Uint8Array(READ_SIZE);
  /** Bytes that were read and not decoded. */
  #rest = this.#buffer.subarray(0, 0);
  #isFirst = true;

  constructor(conn: StreamConn<Deno.NetAddr>, maxLineLength: number) {
    this.#conn = conn;
    this.#decoder = new LineDecoder({ maxLength: maxLineLength });
  }

  async read(wait: WaitOptions): Promise<AccessInput | null> {
    while (true) {
      const input = await this.#decode(wait);
      if (input !== undefined) {
        this.#isFirst = false;
        return input;
      }
      const length = await this.#conn.read(this.#buffer, wait);
      if (length === null) return null;
      this.#rest = this.#buffer.subarray(0, length);
    }
  }

  async send(
    lines: readonly string[],
    isJson: boolean,
    wait: WaitOptions,
  ): Promise<void> {
    const end = isJson ? "\n" : "\r\n";
    const text = lines.map((line) => line + end).join("");
    await this.#conn.write(ENCODER.encode(text), wait);
  }

  /**
   * The bytes for the chat: its first message, and those that the client has sent
   * behind the secret that let it in.
   */
  rest(first: string | undefined): Uint8Array {
    if (first === undefined) return this.#rest;
    const before = ENCODER.encode(`${first}\n`);
    const bytes = new Uint8Array(before.length + this.#rest.length);
    bytes.set(before);
    bytes.set(this.#rest, before.length);
    return bytes;
  }

  /** Decodes up to the end of a line, as the lines behind it may be for the chat. */
  async #decode(wait: WaitOptions): Promise<AccessInput | undefined> {
    while (this.#rest.length > 0) {
      const end = endOfLine(this.#rest);
      const piece = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      if (this.#isFirst && this.#foreign.isSeenIn(piece)) {
        return { fault: "wrong-protocol" };
      }
      let input: AccessInput | undefined;
      for (const event of this.#decoder.push(piece)) {
        if (event.type === "reply") await this.#conn.write(event.bytes, wait);
        else input = this.#inputOf(event);
      }
      if (input !== undefined) return input;
    }
    return undefined;
  }

  #inputOf(event: Exclude<LineEvent, { readonly type: "reply" }>): AccessInput {
    if (event.type === "error") return { fault: event.code };
    return this.#isFirst && isForeignLine(event.text)
      ? { fault: "wrong-protocol" }
      : { text: event.text };
  }
}

/** The index behind the first byte that may end a line: LF, or the NUL of CR NUL. */
function endOfLine(bytes: Uint8Array): number {
  const index = bytes.findIndex((byte) => byte === LF || byte === NUL);
  return index < 0 ? bytes.length : index + 1;
}
