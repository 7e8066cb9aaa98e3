import { formatJson, type ProtocolLimits } from "../_json_format.ts";
import { PreparedMessage } from "../../../websocket/prepared_message.ts";
import { formatText } from "../../room/text/_text_format.ts";
import type { ChatMessage } from "../../room/chat_message.ts";

const ENCODER = new TextEncoder();

/** What messages are rendered with. */
export interface MessageStyle {
  /** The room that lines of text do not name. */
  readonly home: string;
  /** What greetings tell. */
  readonly limits: ProtocolLimits;
}

/**
 * A message on its way to many users: it is encoded once for each form in which
 * it goes out, and all who get that form get the same bytes.
 */
export class OutgoingMessage {
  readonly #style: MessageStyle;
  #text: Uint8Array<ArrayBuffer> | undefined;
  #textFrame: PreparedMessage | undefined;
  #jsonFrame: PreparedMessage | undefined;
  #jsonLine: Uint8Array<ArrayBuffer> | undefined;

  /** What it says. */
  readonly message: ChatMessage;

  constructor(message: ChatMessage, style: MessageStyle) {
    this.message = message;
    this.#style = style;
  }

  /** Lines of text, which nobody may change; none for what they do not tell. */
  get text(): Uint8Array<ArrayBuffer> {
    return this.#text ??= ENCODER.encode(
      formatText(this.message, this.#style.home),
    );
  }

  /** The same lines as one message of a WebSocket, without the last line end. */
  get textFrame(): PreparedMessage {
    return this.#textFrame ??= new PreparedMessage(
      formatText(this.message, this.#style.home).replace(/\r\n$/, "")
        .replaceAll("\r\n", "\n"),
    );
  }

  /** JSON, as one message of a WebSocket. */
  get jsonFrame(): PreparedMessage {
    return this.#jsonFrame ??= new PreparedMessage(
      formatJson(this.message, this.#style.limits),
    );
  }

  /** JSON, as a line that nobody may change. */
  get jsonLine(): Uint8Array<ArrayBuffer> {
    return this.#jsonLine ??= ENCODER.encode(
      formatJson(this.message, this.#style.limits) + "\n",
    );
  }

  /** How many bytes it has in the largest of the forms that it goes out in. */
  get byteLength(): number {
    return Math.max(
      this.#text?.length ?? 0,
      this.#textFrame?.byteLength ?? 0,
      this.#jsonFrame?.byteLength ?? 0,
      this.#jsonLine?.length ?? 0,
    );
  }
}
