import { ENGLISH, type Texts } from "../../text/_texts.ts";
import type { DirectMessage } from "../chat_message.ts";
import type { NoticeCode } from "../notice_code.ts";

type Notice = Extract<DirectMessage, { readonly type: "notice" }>;

/** The subject of a notice of the server. */
export type NoticeDetails = Pick<
  Notice,
  "subject" | "room" | "minutes" | "note"
>;

/** The members of a notice of the server, with its text in English. */
export interface NoticeContent extends NoticeDetails {
  readonly type: "notice";
  readonly code: NoticeCode;
  readonly text: string;
}

/** A notice of the server. */
export function noticeOf(
  code: NoticeCode,
  details: NoticeDetails = {},
): NoticeContent {
  const text = describeNotice(code, details);
  return { type: "notice", code, text, ...details };
}

/** The text of a notice in a language. */
export function describeNotice(
  code: NoticeCode,
  { subject, room, minutes, note }: NoticeDetails,
  texts: Texts = ENGLISH,
): string {
  const time = minutes === undefined ? "" : texts.count("minutes", minutes);
  const text = texts.get(`notice.${code}`, { subject, room, time });
  return note === undefined ? text : `${text} (${note})`;
}
