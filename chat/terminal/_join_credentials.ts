import type { ChatClientOptions } from "../client/chat_client_options.ts";
import { ChatRequestError } from "../client/chat_request_error.ts";
import type { TextKey } from "../text/_catalogs.ts";

/** The nickname and the secrets by which a user is let into a chat. */
export type JoinCredentials = Pick<
  ChatClientOptions,
  "nickname" | "password" | "invite" | "link"
>;

/** A secret that the user is asked for. */
export type Question = "access" | "invite" | "link";

/** The token of an invitation, or a link with one. */
const INVITATION = /(?:^|#invite=)[\w-]{43}$/;

/** The question after an error, if an answer can help. */
export function questionAfter(error: unknown): Question | undefined {
  if (!(error instanceof ChatRequestError)) return undefined;
  switch (error.code) {
    case "access-needed":
    case "wrong-password":
    case "wrong-invitation":
      return "access";
    case "wrong-link":
      return "link";
    default:
      return undefined;
  }
}

/** The key of the text by which a question is asked. */
export function promptFor(
  question: Question,
  methods: readonly string[],
): TextKey {
  if (question === "link") return "term.prompt-link";
  if (question === "invite") return "term.prompt-invite";
  switch (methods.join()) {
    case "password":
      return "term.prompt-password";
    case "invitation":
      return "term.prompt-invite";
    default:
      return "term.prompt-access";
  }
}

/**
 * The credentials with the answer to a question.
 *
 * @param methods The ways to be let in; none if the server has not told, as over TCP.
 */
export function withAnswer(
  credentials: JoinCredentials,
  question: Question,
  answer: string,
  methods: readonly string[],
): JoinCredentials {
  if (question === "link") return { ...credentials, link: answer };
  // A server asks for one of both, and would look at the wrong one first.
  const { password: _, invite: __, ...others } = credentials;
  const mayInvite = methods.length === 0 || methods.includes("invitation");
  const isInvitation = question === "invite" ||
    methods.join() === "invitation" ||
    mayInvite && INVITATION.test(answer);
  return isInvitation
    ? { ...others, invite: answer }
    : { ...others, password: answer };
}
