import type { ChatErrorCode } from "../chat_error_code.ts";

/** Says in a sentence why something was refused. */
export function describeError(code: ChatErrorCode, subject = ""): string {
  switch (code) {
    case "nickname-empty":
      return "A nickname needs at least one character.";
    case "nickname-too-long":
      return "This nickname is too long: 32 characters are the limit.";
    case "nickname-space":
      return "A nickname can't have spaces in it.";
    case "nickname-colon":
      return "A nickname can't have a colon in it.";
    case "nickname-slash":
      return "A nickname can't start with a slash.";
    case "nickname-mark":
      return "A nickname can't start with a combining mark.";
    case "nickname-invisible":
      return "A nickname can't have invisible characters in it.";
    case "nickname-reserved":
      return `The nickname ${subject} is reserved. Please choose another one.`;
    case "nickname-taken":
      return `The nickname ${subject} is taken. Please choose another one.`;
    case "nickname-look-alike":
      return `The nickname ${subject} looks like one that is taken. Please choose another one.`;
    case "nickname-unchanged":
      return `You are called ${subject} already.`;
    case "nickname-needed":
      return "You need a nickname for that.";
    case "room-empty":
      return "The name of a room needs at least one character.";
    case "room-too-long":
      return "The name of this room is too long: 32 characters are the limit.";
    case "room-space":
      return "The name of a room can't have spaces in it.";
    case "room-colon":
      return "The name of a room can't have a colon in it.";
    case "room-slash":
      return "The name of a room can't start with a slash.";
    case "room-mark":
      return "The name of a room can't start with a combining mark.";
    case "room-invisible":
      return "The name of a room can't have invisible characters in it.";
    case "room-look-alike":
      return `The name ${subject} looks like that of another room. Please choose another one.`;
    case "no-such-room":
      return `There is no room called ${subject}. Type /rooms to see them all.`;
    case "not-in-room":
      return `You are not in ${subject}. Type /join ${subject} to enter it.`;
    case "last-room":
      return `${subject} is the only room you are in. Type /quit to leave the chat.`;
    case "too-many-rooms":
      return "You are in 10 rooms, which is the limit. Leave one of them first.";
    case "rooms-full":
      return "There are as many rooms as this server has. Type /rooms to see them all.";
    case "operator-needed":
      return "Only operators may do that.";
    case "wrong-token":
      return "This is not the operators' token.";
    case "invalid-minutes":
      return "A ban has 1 to 10080 minutes, which is a week.";
    case "text-too-long":
      return "This text is too long, and was not sent.";
    case "topic-too-long":
      return "This topic is too long: 200 characters are the limit.";
    case "no-such-user":
      return `There is no user called ${subject}. Type /list to see who is here.`;
    case "text-empty":
      return "There is nothing to say in that.";
    case "unknown-command":
      return `There is no command /${subject}. Type /help to see them all, or //${subject} to say it.`;
    case "incomplete-command":
      return `Something is missing. Use it like this: ${
        USAGES.get(subject) ?? "/help"
      }`;
    case "line-too-long":
      return "This line is too long, and was not sent.";
    case "invalid-utf8":
      return "This line is not UTF-8 text, and was not sent.";
    case "not-text":
      return "This message is not text, and was not taken.";
    case "not-json":
      return "This message is not a JSON object.";
    case "unknown-type":
      return `There is no type of message called ${subject}.`;
    case "invalid-member":
      return `The member ${subject} is missing or wrong.`;
    case "unsupported-version":
      return `Version ${subject} of the protocol is not spoken here: 1 is.`;
    case "unexpected-hello":
      return "A hello is in place only before the welcome.";
  }
}

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
