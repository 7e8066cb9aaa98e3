import type { ServerMessage } from "../../protocol/_server_messages.ts";
import type { Referring } from "../../protocol/_schema.ts";
import {
  describeError,
  type ErrorTextCode,
} from "../../room/text/_error_text.ts";
import { describeGoodbye } from "../../room/text/_goodbye_text.ts";
import { lineText } from "../../room/text/_line_text.ts";
import type { TextKey } from "../../text/_catalogs.ts";
import { ENGLISH, type Texts } from "../../text/_texts.ts";

/** The messages to a client that is not a user yet. */
export type AccessMessage =
  & Extract<
    ServerMessage,
    {
      readonly type:
        | "access-needed"
        | "error"
        | "goodbye"
        | "invitation"
        | "pass"
        | "pong";
    }
  >
  & Referring;

/** A message about access to a user, which the room does not know. */
export type AccessNote = Extract<
  AccessMessage,
  { readonly type: "invitation" | "pass" }
>;

/** The prompt for each set of methods. */
const PROMPTS: ReadonlyMap<string, TextKey> = new Map([
  ["password", "line.password"],
  ["invitation", "line.invitation"],
  ["password,invitation", "line.password-or-invitation"],
]);

/** The sentence about a new invitation. */
export function describeInvitation(
  { token, expires }: { readonly token: string; readonly expires: number },
  texts: Texts = ENGLISH,
): string {
  const until = new Date(expires).toISOString().slice(0, 16);
  return texts.get("invitation", { token, until });
}

/** A line of text for `telnet` and `nc`; empty for messages that programs need. */
export function accessText(message: AccessMessage, texts: Texts): string {
  const text = textOf(message, texts);
  return text === "" ? "" : `*** ${text}`;
}

function textOf(message: AccessMessage, texts: Texts): string {
  switch (message.type) {
    case "access-needed": {
      const prompt = PROMPTS.get(message.methods.join());
      return prompt === undefined ? "" : texts.get(prompt);
    }
    case "error": {
      const subject = lineText(message.subject ?? "");
      return describeError(message.code as ErrorTextCode, subject, texts);
    }
    case "goodbye":
      return describeGoodbye(message.reason, undefined, texts);
    case "invitation":
      return describeInvitation(message, texts);
    case "pass":
      return texts.get("pass", { token: message.token });
    case "pong":
      return "";
  }
}
