import { ENGLISH, type Texts } from "../../text/_texts.ts";
import { helpLines } from "./_commands.ts";

export { describeCause, describeGoodbye } from "./_goodbye_text.ts";

/** The warning to a user who sends too fast. */
export const WARNING: string = ENGLISH.get("warning");

/** The confirmation to a new operator. */
export const OPERATOR = "You are an operator now.";

/** The commands of the line syntax. */
export const HELP: readonly string[] = lineHelp(ENGLISH);

/** The commands of the line syntax, in a language. */
export function lineHelp(texts: Texts): string[] {
  return helpLines(
    texts,
    texts.get("line.short"),
    texts.get("line.syntax"),
  );
}

/** The confirmation of a kick to an operator. */
export function describeKick(nickname: string): string {
  return `${nickname} was kicked.`;
}

/** What a user is told once whose line was a command of one letter. */
export function describeLetters(line: string): string {
  const [letter] = line;
  const what = letter === "c" ? "a private message" : "a new nickname";
  return `Lines that begin with ${letter}: are commands, and this one was ${what}. To say such a line, type b: before it, or /syntax plain.`;
}

/** The confirmation of a mute to an operator. */
export function describeMute(nickname: string, minutes: number): string {
  return minutes === 0
    ? `${nickname} may write again.`
    : `${nickname} is muted for ${countMinutes(minutes)}.`;
}

/** What a user is told who is muted. */
export function describeMuted(minutes: number, note?: string): string {
  const about = note === undefined ? "" : ` (${note})`;
  return minutes === 0
    ? "You may write again."
    : `An operator has muted you for ${countMinutes(minutes)}.${about}`;
}

/** The confirmation that a user is ignored, or not any more. */
export function describeIgnored(nickname: string, isOn: boolean): string {
  return isOn
    ? `You get no more messages of ${nickname}. /unignore ${nickname} ends that.`
    : `You get the messages of ${nickname} again.`;
}

/** What everyone in a room is told that was locked or unlocked. */
export function describeLock(room: string, isOn: boolean): string {
  return isOn
    ? `The room ${room} is by invitation now: /invite NAME lets somebody in.`
    : `The room ${room} is open to everyone now.`;
}

/** The confirmation of an invitation. */
export function describeInvitation(nickname: string, room: string): string {
  return `${nickname} is invited to ${room}.`;
}

/** The confirmation of a ban to an operator. */
export function describeBan(nickname: string, minutes: number): string {
  return `${nickname} and the address are banned for ${countMinutes(minutes)}.`;
}

function countMinutes(minutes: number): string {
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}
