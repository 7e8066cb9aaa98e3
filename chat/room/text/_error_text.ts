import { VERSION } from "../../protocol/_server_messages.ts";
import { LIMITS } from "../_limits.ts";
import type { ChatErrorCode } from "../chat_error_code.ts";

/** The sentence for each code; `{}` stands for the subject. */
const SENTENCES: Readonly<Record<ChatErrorCode, string>> = {
  "nickname-empty": "A nickname must have at least one character.",
  "nickname-too-long":
    `A nickname can have up to ${LIMITS.nameLength} characters.`,
  "nickname-space": "A nickname can't contain spaces.",
  "nickname-colon": "A nickname can't contain a colon.",
  "nickname-slash": "A nickname can't start with a slash.",
  "nickname-mark":
    "A nickname can't start with a combining mark, or have five in a row.",
  "nickname-server-mark":
    "A nickname can't start with *, and needs a letter, a digit or an emoji.",
  "nickname-invisible": "A nickname can't contain invisible characters.",
  "nickname-reserved":
    "The nickname {} is reserved. Please choose another one.",
  "nickname-taken": "The nickname {} is taken. Please choose another one.",
  "nickname-look-alike":
    "The nickname {} looks like one that is taken. Please choose another one.",
  "nickname-unchanged": "Your nickname is {} already.",
  "nickname-needed": "Please choose a nickname first.",
  "room-empty": "The name of a room must have at least one character.",
  "room-too-long":
    `The name of a room can have up to ${LIMITS.nameLength} characters.`,
  "room-space": "The name of a room can't contain spaces.",
  "room-colon": "The name of a room can't contain a colon.",
  "room-slash": "The name of a room can't start with a slash.",
  "room-mark":
    "The name of a room can't start with a combining mark, or have five in a row.",
  "room-server-mark":
    "The name of a room can't start with *, and needs a letter, a digit or an emoji.",
  "room-invisible": "The name of a room can't contain invisible characters.",
  "room-look-alike":
    "The name {} looks like that of another room. Please choose another one.",
  "no-such-room": "There is no room {}. Type /rooms to list all rooms.",
  "not-in-room": "You are not in {}. Type /join {} to enter it.",
  "last-room": "{} is your only room. Type /quit to leave the chat.",
  "too-many-rooms":
    `You are in ${LIMITS.roomsPerUser} rooms, which is the limit. Leave one of them first.`,
  "rooms-full":
    "There are as many rooms as this server allows. Type /rooms to list them.",
  "no-such-user": "There is no user {}. Type /list to list the users here.",
  "text-empty": "The text is empty.",
  "text-too-long": "The text is too long, and was not sent.",
  "topic-too-long": `A topic can have up to ${LIMITS.topicLength} characters.`,
  "operator-needed": "Only operators can do that.",
  "wrong-token": "The operators' token is wrong.",
  "too-many-tokens":
    "Too many wrong tokens came from your address. Try again in {} seconds.",
  "invalid-minutes":
    `A ban lasts 1 to ${LIMITS.banMinutes} minutes, which is a week.`,
  "unknown-command":
    "There is no command /{}. Type /help to list the commands, or //{} to send it as text.",
  "incomplete-command": "Something is missing. Usage: {}",
  "line-too-long": "The line is too long, and was not sent.",
  "invalid-utf8": "The line is not valid UTF-8, and was not sent.",
  "not-text": "The message is not text.",
  "not-json": "The message is not a JSON object.",
  "unknown-type": "There is no message type {}.",
  "invalid-member": "The member {} is missing or invalid.",
  "unsupported-version":
    `Version {} of the protocol is not supported: use ${VERSION}.`,
  "unexpected-hello": "A hello must come before the welcome.",
  "no-such-message": "There is no such message, or it is too old.",
  "not-your-message": "Only its author can change a message.",
  "too-late": "A message can only be changed for {} minutes.",
  "muted": "An operator has muted you for {} more minutes.",
  "room-locked": "The room {} is by invitation only.",
  "owner-needed":
    "Only the user who opened the room and operators may do that.",
  "too-many-ignored": "You can't ignore more users.",
  "link-needs-session":
    "Only a user of the page or of another client with sessions can add devices.",
  "no-search": "This server keeps no messages that could be searched.",
  "wrong-link": "The link is not valid any more.",
  "unavailable":
    "The chat can't take that now, as its servers are out of reach. Try again later.",
};

const USAGES: ReadonlyMap<string, string> = new Map([
  ["nick", "/nick NAME"],
  ["msg", "/msg NAME TEXT"],
  ["me", "/me ACTION"],
  ["join", "/join ROOM"],
  ["history", "/history COUNT"],
  ["operator", "/operator TOKEN"],
  ["oper", "/operator TOKEN"],
  ["kick", "/kick NAME [REASON]"],
  ["ban", "/ban NAME MINUTES [REASON]"],
  ["notice", "/notice TEXT"],
  ["b", "b:TEXT"],
  ["c", "c:NAME:TEXT"],
  ["n", "n:NAME"],
]);

/** The sentence for an error. */
export function describeError(code: ChatErrorCode, subject = ""): string {
  const shown = code === "incomplete-command"
    ? USAGES.get(subject) ?? "/help"
    : subject;
  return SENTENCES[code].replaceAll("{}", () => shown);
}
