import type { ServerMessage } from "../../protocol/_server_messages.ts";
import type { Referring } from "../../protocol/_schema.ts";
import { ENGLISH } from "../../text/_texts.ts";
import { lineText } from "../../room/text/_line_text.ts";

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

/** The codes of {@linkcode describeAccess}. */
export type AccessCode = keyof typeof SENTENCES;

/** The sentence for each code; `{}` stands for the subject. */
const SENTENCES = {
  "access-needed": "Please give the password or an invitation first.",
  "wrong-password": "The password is wrong.",
  "wrong-invitation":
    "The invitation is not valid: it has been used, has ended, or is not complete.",
  "too-many-guesses":
    "There were too many wrong guesses. Try again in {} seconds.",
  "access-busy": "The server can't check this now. Please try again.",
  "sign-in-name":
    "You are signed in as {}, which can't be a nickname. Please ask the operator of this chat.",
};

/** The prompt for each set of methods. */
const PROMPTS: ReadonlyMap<string, string> = new Map([
  ["password", "Password: please type it and press Enter."],
  ["invitation", "Invitation: please paste its link and press Enter."],
  [
    "password,invitation",
    "Password: please type it, or paste the link of an invitation, and press Enter.",
  ],
]);

/** The sentence for a code. */
export function describeAccess(code: AccessCode, subject = ""): string {
  return SENTENCES[code].replace("{}", () => subject);
}

/** The sentence about a new invitation. */
export function describeInvitation(token: string, expires: number): string {
  const until = new Date(expires).toISOString().slice(0, 16);
  return ENGLISH.get("invitation", { token, until });
}

/** A line of text for `telnet` and `nc`; empty for what only programs need. */
export function accessText(message: AccessMessage): string {
  switch (message.type) {
    case "access-needed":
      return `*** ${PROMPTS.get(message.methods.join()) ?? ""}`;
    case "error":
    case "goodbye":
    case "invitation":
      return `*** ${lineText(message.text)}`;
    case "pass":
      return `*** To enter again within 30 days, use this instead of the invitation: ${message.token}`;
    case "pong":
      return "";
  }
}
