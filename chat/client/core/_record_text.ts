import type { ChatRoomRecord } from "../chat_client_message.ts";

/** A part of a sentence: text, or a user. */
export type SentencePart =
  | string
  | { readonly nickname: string };

/** The words for reasons; the others are not shown. */
const REASONS: ReadonlyMap<string, string> = new Map(Object.entries({
  "lost": "lost the connection",
  "slow": "was too slow to read",
  "line-too-long": "sent a line that was too long",
  "shutdown": "the server stopped",
  "kicked": "was removed by an operator",
  "banned": "was banned by an operator",
  "flooding": "sent too much at once",
}));

/** Describes an event of a room. */
export function describeRecord(record: ChatRoomRecord): SentencePart[] {
  const { user } = record;
  switch (record.type) {
    case "joined":
      return [user, " joined"];
    case "left": {
      const reason = REASONS.get(record.reason);
      return [user, reason === undefined ? " left" : ` left: ${reason}`];
    }
    case "renamed":
      return [{ nickname: record.previous }, " is now called ", user];
    case "topic":
      return record.text === ""
        ? [user, " removed the topic"]
        : [user, ` changed the topic: ${record.text}`];
    case "edited":
      return record.text === ""
        ? [user, " deleted a message"]
        : [user, ` changed a message: ${record.text}`];
    case "said":
      return [user, `: ${record.text}`];
    case "action":
      return ["* ", user, ` ${record.text}`];
  }
}
