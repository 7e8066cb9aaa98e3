import {
  describeError,
  describeGoodbye,
  HELP,
  WARNING,
} from "../room/text/_text_format.ts";
import type { ChatMessage } from "../room/chat_message.ts";

/** The version of the protocol. */
const VERSION = 1;

/** What a greeting tells of the limits of a server. */
export interface ProtocolLimits {
  /** The most characters of a nickname. */
  readonly nickname: number;
  /** The most bytes of a text. */
  readonly message: number;
  /** The most rooms that a user may be in. */
  readonly rooms: number;
}

/** Renders a message as the JSON of the protocol. */
export function formatJson(
  message: ChatMessage,
  limits: ProtocolLimits,
): string {
  return JSON.stringify({ ...message, ...furtherMembers(message, limits) });
}

/** What the protocol has beside what the room says: words, for the most part. */
function furtherMembers(
  message: ChatMessage,
  limits: ProtocolLimits,
): Readonly<Record<string, unknown>> | undefined {
  switch (message.type) {
    case "greeting":
      return { version: VERSION, limits };
    case "error":
      return { text: describeError(message.code, message.subject ?? "") };
    case "goodbye":
      return { text: describeGoodbye(message.reason, message.note) };
    case "warning":
      return { text: WARNING };
    case "help":
      return { text: HELP.join("\n") };
    default:
      return undefined;
  }
}
