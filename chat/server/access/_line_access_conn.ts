import type { WaitOptions } from "../../../internal/wait/wait_options.ts";
import type { StreamConn } from "../../../tcp/conn/stream_conn.ts";
import { ForeignProtocol, isForeignLine } from "../_foreign_protocol.ts";
import { LineDecoder } from "../line_decoder.ts";
import { type AccessMessage, accessText } from "./_access_message.ts";
import type { AccessConn, AccessInput } from "./_access_control.ts";

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
    messages: readonly AccessMessage[],
    isJson: boolean,
    wait: WaitOptions,
  ): Promise<void> {
    const lines = messages
      .map((it) => isJson ? `${JSON.stringify(it)}\n` : textOf(it))
      .join("");
    await this.#conn.write(ENCODER.encode(lines), wait);
  }

  /**
   * The bytes for the chat: its first message, and what the client has sent behind
   * what let it in.
   */
  rest(first: string | undefined): Uint8Array {
    const before = first === undefined ? "" : `${first}\n`;
    return Uint8Array.of(...ENCODER.encode(before), ...this.#rest);
  }

  /** Decodes up to the end of a line, as the lines behind it may be for the chat. */
  async #decode(wait: WaitOptions): Promise<AccessInput | undefined> {
    while (this.#rest.length > 0) {
      const byte = this.#rest.subarray(0, 1);
      this.#rest = this.#rest.subarray(1);
      if (this.#isFirst && this.#foreign.isSeenIn(byte)) {
        return { fault: "wrong-protocol" };
      }
      for (const event of this.#decoder.push(byte)) {
        switch (event.type) {
          case "reply":
            await this.#conn.write(event.bytes, wait);
            break;
          case "error":
            return { fault: event.code };
          case "line":
            return this.#isFirst && isForeignLine(event.text)
              ? { fault: "wrong-protocol" }
              : { text: event.text };
        }
      }
    }
    return undefined;
  }
}

function textOf(message: AccessMessage): string {
  const text = accessText(message);
  return text === "" ? "" : `${text}\r\n`;
}
