import { ChatRequestError } from "../client/chat_request_error.ts";
import { errorText } from "../client/core/_server_text.ts";
import type { Texts } from "../text/_texts.ts";
import { clean } from "./_terminal_text.ts";

/** The sentence for why a connection could not be made, or did not go on. */
export function failureText(
  error: unknown,
  address: string,
  texts: Texts,
): string {
  if (error instanceof ChatRequestError) {
    const { code, subject } = error;
    if (code === "not-json") return texts.get("term.not-json", { address });
    if (texts.has(`error.${code}`)) {
      const why = clean(errorText({ code, subject, text: "" }, texts));
      return texts.get("term.refused", { address, why });
    }
  }
  if (error instanceof Deno.errors.ConnectionRefused) {
    return texts.get("term.no-server", { address });
  }
  if (error instanceof Deno.errors.UnexpectedEof) {
    return texts.get("term.lost", { address });
  }
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return texts.get("term.no-answer", { address });
  }
  return clean(messageOf(error));
}

/** The message of an error, or a thrown value as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
