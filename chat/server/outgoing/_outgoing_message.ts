import { formatJson, type ProtocolLimits } from "../_json_format.ts";
import { PreparedMessage } from "../../../websocket/prepared_message.ts";
import type { FormatLines } from "../../room/text/_text_format.ts";
import type { Texts } from "../../text/_texts.ts";
import type { ChatMessage } from "../../room/chat_message.ts";
import { type AccessNote, accessText } from "../access/_access_message.ts";

const ENCODER = new TextEncoder();

/** How messages are rendered. */
export interface MessageStyle {
  /** The room whose name lines of text leave out. */
  readonly lobby: string;
  /** The texts of lines of text. */
  readonly texts: Texts;
  /** Formats lines of text, in that language. */
  readonly format: FormatLines;
  /** The limits that a greeting contains. */
  readonly limits: ProtocolLimits;
}

/**
 * A message for any number of users. It is encoded at most once for each format,
 * and all recipients share the bytes.
 */
export class OutgoingMessage {
  readonly #style: MessageStyle;
  #text: Uint8Array<ArrayBuffer> | undefined;
  #textFrame: PreparedMessage | undefined;
  #jsonFrame: PreparedMessage | undefined;
  #jsonLine: Uint8Array<ArrayBuffer> | undefined;

  readonly message: ChatMessage | AccessNote;

  constructor(message: ChatMessage | AccessNote, style: MessageStyle) {
    this.message = message;
    this.#style = style;
  }

  /** Lines of text, not to be modified; empty if the message has no text form. */
  get text(): Uint8Array<ArrayBuffer> {
    return this.#text ??= ENCODER.encode(this.#formatText());
  }

  /** The lines as one WebSocket message, without the last line end. */
  get textFrame(): PreparedMessage {
    return this.#textFrame ??= new PreparedMessage(
      this.#formatText().replace(/\r\n$/, "")
        .replaceAll("\r\n", "\n"),
    );
  }

  /** JSON as one WebSocket message. */
  get jsonFrame(): PreparedMessage {
    return this.#jsonFrame ??= new PreparedMessage(this.#formatJson());
  }

  /** JSON as one line, not to be modified. */
  get jsonLine(): Uint8Array<ArrayBuffer> {
    return this.#jsonLine ??= ENCODER.encode(this.#formatJson() + "\n");
  }

  /** The length of the largest format that was used, in bytes. */
  get byteLength(): number {
    return Math.max(
      this.#text?.length ?? 0,
      this.#textFrame?.byteLength ?? 0,
      this.#jsonFrame?.byteLength ?? 0,
      this.#jsonLine?.length ?? 0,
    );
  }

  #formatText(): string {
    const { message } = this;
    return isAccessNote(message)
      ? `${accessText(message, this.#style.texts)}\r\n`
      : this.#style.format(message, this.#style.lobby);
  }

  #formatJson(): string {
    const { message } = this;
    return isAccessNote(message)
      ? JSON.stringify(message)
      : formatJson(message, this.#style.limits);
  }
}

function isAccessNote(
  message: ChatMessage | AccessNote,
): message is AccessNote {
  return message.type === "pass" || message.type === "invitation";
}
