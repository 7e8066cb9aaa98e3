import { describeError } from "../room/text/_error_text.ts";
import { lineHelp } from "../room/text/_commands.ts";
import { describeGoodbye } from "../room/text/_goodbye_text.ts";
import { ENGLISH } from "../text/_texts.ts";
import type { ChatMessage } from "../room/chat_message.ts";
import type { ServerMessage } from "../protocol/_server_messages.ts";
import { VERSION } from "../protocol/_version.ts";

/** The limits of a server that greetings tell. */
export type ProtocolLimits = Extract<
  ServerMessage,
  { readonly type: "greeting" }
>["limits"];

/** Renders a message as the JSON of the protocol. */
export function formatJson(
  message: ChatMessage,
  limits: ProtocolLimits,
): string {
  return JSON.stringify(toServerMessage(message, limits));
}

/** Adds the members of the protocol that the room does not have, such as texts. */
function toServerMessage(
  message: ChatMessage,
  limits: ProtocolLimits,
): ServerMessage {
  switch (message.type) {
    case "greeting":
      return { ...message, version: VERSION, limits };
    case "error":
      return {
        ...message,
        text: describeError(message.code, message.subject ?? ""),
      };
    case "goodbye":
      return {
        ...message,
        text: describeGoodbye(message.reason, message.note),
      };
    case "warning":
      return { ...message, text: ENGLISH.get("warning") };
    case "help":
      return { ...message, text: lineHelp(ENGLISH).join("\n") };
    default:
      return message;
  }
}
