import { ENGLISH, type Texts } from "../../text/_texts.ts";
import type { NoticeCode } from "../notice_code.ts";

/** What a notice of the server is about. */
export interface NoticeDetails {
  /** The nickname or the room that it is about. */
  readonly subject?: string | undefined;
  /** The room to which somebody is invited. */
  readonly room?: string | undefined;
  /** How long it lasts. */
  readonly minutes?: number | undefined;
  /** An operator's reason. */
  readonly note?: string | undefined;
}

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
