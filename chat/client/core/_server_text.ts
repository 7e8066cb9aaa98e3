import type { ChatErrorCode } from "../../room/chat_error_code.ts";
import type { NoticeCode } from "../../room/notice_code.ts";
import { describeNotice } from "../../room/text/_notice.ts";
import { describeError } from "../../room/text/_error_text.ts";
import { describeGoodbye } from "../../room/text/_goodbye_text.ts";
import type { Texts } from "../../text/_texts.ts";
import type { ServerMessage } from "../../protocol/_server_messages.ts";
import type { Refusal } from "./_pending_request.ts";

// The texts of servers are in English: readers of other languages get their own,
// unless a server of another version has a code that is not known here.

/** The sentence for an error of the server. */
export function errorText(
  { code, subject, text }: Refusal,
  texts: Texts,
): string {
  if (isEnglish(texts) && text !== "") return text;
  return texts.has(`error.${code}`)
    ? describeError(code as ChatErrorCode, subject, texts)
    : text || code;
}

/** The sentence for a goodbye of the server. */
export function goodbyeText(
  { reason, note, text }: ServerMessage & { readonly type: "goodbye" },
  texts: Texts,
): string {
  return isEnglish(texts) && text !== ""
    ? text
    : describeGoodbye(reason, note, texts);
}

/** The sentence for a notice of an operator or the server. */
export function noticeText(
  { code, text, ...details }: ServerMessage & { readonly type: "notice" },
  texts: Texts,
): string {
  return !isEnglish(texts) && texts.has(`notice.${code}`)
    ? describeNotice(code as NoticeCode, details, texts)
    : text;
}

/** The sentence for a warning of the server. */
export function warningText(
  { text }: { readonly text: string },
  texts: Texts,
): string {
  return isEnglish(texts) && text !== "" ? text : texts.get("warning");
}

function isEnglish({ language }: Texts): boolean {
  return language === "en";
}
