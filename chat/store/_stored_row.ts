import type { SQLOutputValue } from "node:sqlite";
import { LIMITS } from "../room/_limits.ts";
import type { KeptMessage, UserRef } from "../room/chat_message.ts";
import { parseNickname } from "../room/names/nickname.ts";
import { cleanMessage, cleanText } from "../room/text/_clean_text.ts";
import type { StoredPrivateMessage } from "./stored_message.ts";

// The file may have been changed by others, so that rows are checked and cleaned as
// the input of users is.

/** The highest id: far above what a chat reaches, and still exact after it. */
export const MAX_ID: number = 2 ** 52;

/** The most characters of a text, an answer's worth. */
export const MAX_TEXT: number = LIMITS.answerBytes;

/** The latest time that a `Date` can have. */
export const MAX_TIME = 8.64e15;

/** Stands for a nickname that no user could have. */
const NO_NICKNAME = "?";

/** A row of a table. */
export type Row = Record<string, SQLOutputValue>;

/** Reads a message of a room, or returns `undefined` if a row is not one. */
export function readMessage(room: string, row: Row): KeptMessage | undefined {
  const { type } = row;
  const common = readCommon(row);
  if (common === undefined) return undefined;
  if (type === "topic") return { ...common, room, type };
  if (type !== "said" && type !== "action") return undefined;
  return {
    ...common,
    room,
    type,
    ...readMarks(row),
  };
}

/** Reads a private message, or returns `undefined` if a row is not one. */
export function readPrivate(row: Row): StoredPrivateMessage | undefined {
  const { type, to_user, to_nickname } = row;
  const common = readCommon(row);
  const to = readUser(to_user, to_nickname);
  if (common === undefined || to === undefined || type !== "private") {
    return undefined;
  }
  return { ...common, type, to, ...readMarks(row) };
}

/** Reads the columns of some messages. */
function readMarks({ reply_to, edited }: Row) {
  return {
    ...isId(reply_to) ? { replyTo: reply_to } : {},
    ...isId(edited) ? { edited } : {},
  };
}

/** Reads the columns of all messages. */
function readCommon(row: Row) {
  const { id, time, type, text } = row;
  const user = readUser(row["user"], row["nickname"]);
  if (!isId(id) || !isTime(time) || user === undefined) return undefined;
  const maxLength = type === "topic" ? LIMITS.topicLength : MAX_TEXT;
  const clean = type === "topic" ? cleanText : cleanMessage;
  return { id, time, user, text: readText(text, maxLength, clean) };
}

function readUser(id: unknown, nickname: unknown): UserRef | undefined {
  return isId(id) ? { id, nickname: readNickname(nickname) } : undefined;
}

/** Reads a topic; empty if there is none. */
export function readTopic(value: unknown): string {
  return readText(value, LIMITS.topicLength);
}

/** Reads an epoch, or returns `undefined`. */
export function readEpoch(value: unknown): string | undefined {
  return typeof value === "string" && /^[\w.:+-]{1,64}$/.test(value)
    ? value
    : undefined;
}

/** Whether a value is an id, or the number of ids. */
export function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 &&
    Number(value) <= MAX_ID;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= MAX_TIME;
}

function readNickname(value: unknown): string {
  const nickname = parseNickname(typeof value === "string" ? value : "");
  return typeof nickname === "string" ? NO_NICKNAME : nickname.text;
}

function readText(
  value: unknown,
  maxLength: number,
  clean: (text: string) => string = cleanText,
): string {
  if (typeof value !== "string") return "";
  const text = clean(value);
  return text.length <= maxLength
    ? text
    : [...text].slice(0, maxLength).join("");
}
