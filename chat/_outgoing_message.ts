import { formatText } from "./_text_format.ts";
import type { ChatMessage } from "./chat_message.ts";

const ENCODER = new TextEncoder();

/**
 * A message on its way to many users: it is encoded once for each form in which
 * it goes out, and all who get that form get the same bytes.
 */
export class OutgoingMessage {
  readonly #message: ChatMessage;
  #text: Uint8Array<ArrayBuffer> | undefined;

  constructor(message: ChatMessage) {
    this.#message = message;
  }

  /** Lines of text, which nobody may change. */
  get text(): Uint8Array<ArrayBuffer> {
    return this.#text ??= ENCODER.encode(formatText(this.#message));
  }

  /** How many bytes it has in the forms that it goes out in. */
  get byteLength(): number {
    return this.#text?.length ?? 0;
  }
}
