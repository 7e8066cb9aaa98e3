import { describeCause } from "../../room/text/_goodbye_text.ts";
import type { Texts } from "../../text/_texts.ts";
import type { ChatRoomRecord } from "../chat_client_message.ts";

/** A user in a sentence. */
interface SentenceUser {
  readonly nickname: string;
}

/** A part of a sentence: text, or a user. */
export type SentencePart = string | SentenceUser;

/** Describes an event of a room. */
export function describeRecord(
  record: ChatRoomRecord,
  texts: Texts,
): SentencePart[] {
  const { user } = record;
  const parts = (
    key: Parameters<Texts["parts"]>[0],
    values: Readonly<Record<string, SentencePart>> = {},
  ) => texts.parts<SentenceUser>(key, { user, ...values });
  switch (record.type) {
    case "joined":
      return parts("record.joined");
    case "left": {
      const cause = describeCause(record.reason, undefined, texts);
      return parts("record.left", { cause });
    }
    case "renamed": {
      const previous = { nickname: record.previous };
      return parts("record.renamed", { previous });
    }
    case "topic":
      return record.text === ""
        ? parts("record.no-topic")
        : parts("record.topic", { text: record.text });
    case "edited":
      return record.text === ""
        ? parts("record.deleted")
        : parts("record.edited", { text: record.text });
    case "said":
      return [user, `: ${record.text}`];
    case "action":
      return ["* ", user, ` ${record.text}`];
  }
}
