import { cleanText } from "../text/_clean_text.ts";
import type {
  ChatErrorCode,
  Delivery,
  DirectMessage,
} from "../chat_message.ts";

/** The most characters of what a user sent that an error repeats. */
const MAX_SUBJECT_LENGTH = 64;

/** Addresses a message to some users of this server. */
export function tell(to: readonly number[], message: DirectMessage): Delivery {
  return { to, message, publish: false };
}

/**
 * Tells a user that something was refused.
 *
 * @param subject What of it the user sent, as it was sent.
 */
export function fault(
  connection: number,
  code: ChatErrorCode,
  now: number,
  subject?: string,
): Delivery {
  const about = subject === undefined ? {} : { subject: excerpt(subject) };
  return tell([connection], { type: "error", time: now, code, ...about });
}

function excerpt(text: string): string {
  const characters = [...cleanText(text).trim()];
  return characters.length > MAX_SUBJECT_LENGTH
    ? `${characters.slice(0, MAX_SUBJECT_LENGTH - 1).join("")}…`
    : characters.join("");
}
