import type { RoomState } from "../_room_state.ts";
import { type ChatCommand, parseCommand } from "../chat_command.ts";
import { parseNickname } from "../names/nickname.ts";
import type { Connection } from "../users/_connection.ts";

/** How a line is meant. */
export interface ReadLine {
  readonly command: ChatCommand;
  /** Whether it is a command by the syntax of letters, which may be a surprise. */
  readonly isByLetter: boolean;
}

/**
 * Reads a line of a user. A line such as `c:NAME:TEXT` or `n:NAME` is a command only
 * where it can be meant, and where the user has not chosen otherwise.
 */
export function readLine(
  { rules, users }: RoomState,
  { user, syntax = rules.syntax }: Connection,
  text: string,
): ReadLine {
  const command = parseCommand(text);
  const isPlain = user === undefined ||
    !/^(?:[bcn]:|(?:l|byebye)\s*$)/.test(text);
  if (isPlain) return { command, isByLetter: false };
  const isMeant = syntax === "full" &&
    (!text.startsWith("c:") || users.find(recipient(text)) !== undefined) &&
    (!text.startsWith("n:") || isNickname(text.slice(2)));
  if (!isMeant) {
    return { command: { type: "plain", text }, isByLetter: false };
  }
  const isDone = command.type === "msg" || command.type === "nick";
  return { command, isByLetter: isDone };
}

function recipient(text: string): string {
  return text.slice(2).split(":", 1)[0].trim();
}

function isNickname(text: string): boolean {
  return text.trimStart() === text && typeof parseNickname(text) === "object";
}
