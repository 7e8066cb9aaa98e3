import { cleanText } from "./_clean_text.ts";
import { fault, tell } from "./_deliveries.ts";
import { refTo, type RoomState } from "./_room_state.ts";
import { isNamed, type NamedUser } from "./_user_directory.ts";
import type { ChatCommand } from "./chat_command.ts";
import type { ChatErrorCode, Delivery, UserEntry } from "./chat_message.ts";
import type { ChatUser } from "./chat_user.ts";
import { parseNickname } from "./nickname.ts";

/** Carries out what a user asks for; without one of this id, nothing happens. */
export function obeyCommand(
  state: RoomState,
  id: number,
  command: ChatCommand,
  now: number,
): Delivery[] {
  const user = state.users.get(id);
  if (user === undefined) return [];
  return isNamed(user)
    ? obeyMember(state, user, command, now)
    : obeyNewcomer(state, user, command, now);
}

function obeyMember(
  state: RoomState,
  user: NamedUser,
  command: ChatCommand,
  now: number,
): Delivery[] {
  switch (command.type) {
    case "plain":
    case "say":
      return speak(state, user, "said", command.text, now);
    case "me":
      return speak(state, user, "action", command.text, now);
    case "msg":
      return whisper(state, user, command.to, command.text, now);
    case "nick":
      return rename(state, user, command.nickname, now);
    case "list":
      return list(state, user, now);
    case "help":
      return [tell([user.id], { type: "help", time: now })];
    case "quit":
      return state.dismiss(user.id, "quit", now);
    case "blank":
      return [];
    case "unknown":
    case "incomplete":
      return [fault(user.id, `${command.type}-command`, now, command.name)];
  }
}

function obeyNewcomer(
  state: RoomState,
  user: ChatUser,
  command: ChatCommand,
  now: number,
): Delivery[] {
  switch (command.type) {
    case "plain":
      return enter(state, user, command.text, now);
    case "nick":
      return enter(state, user, command.nickname, now);
    case "help":
      return [tell([user.id], { type: "help", time: now })];
    case "quit":
      return state.dismiss(user.id, "quit", now);
    case "blank":
      return askAgain(user.id, "nickname-empty", now);
    case "unknown":
    case "incomplete":
      return askAgain(
        user.id,
        `${command.type}-command`,
        now,
        command.name,
      );
    case "say":
    case "me":
    case "msg":
    case "list":
      return askAgain(user.id, "nickname-needed", now);
  }
}

function enter(
  state: RoomState,
  user: ChatUser,
  text: string,
  now: number,
): Delivery[] {
  const named = claim(state, user, text);
  if (typeof named === "string") return askAgain(user.id, named, now, text);
  state.channel.enter(user.id);
  return [
    tell([user.id], {
      type: "welcome",
      time: now,
      room: state.channel.name,
      user: refTo(named),
      online: state.channel.size,
    }),
    state.announce({ type: "joined", user: refTo(named) }, now, user.id),
  ];
}

function rename(
  state: RoomState,
  user: NamedUser,
  text: string,
  now: number,
): Delivery[] {
  const named = claim(state, user, text);
  if (typeof named === "string") return [fault(user.id, named, now, text)];
  const previous = user.nickname;
  return named.nickname === previous
    ? [fault(user.id, "nickname-unchanged", now, previous)]
    : [state.announce({ type: "renamed", user: refTo(named), previous }, now)];
}

function claim(
  state: RoomState,
  user: ChatUser,
  text: string,
): NamedUser | ChatErrorCode {
  const nickname = parseNickname(text);
  return typeof nickname === "string"
    ? nickname
    : state.users.rename(user, nickname);
}

function speak(
  state: RoomState,
  user: NamedUser,
  type: "said" | "action",
  raw: string,
  now: number,
): Delivery[] {
  const text = cleanText(raw);
  return text.trim() === ""
    ? [fault(user.id, "text-empty", now)]
    : [state.announce({ type, user: refTo(user), text }, now, user.id)];
}

function whisper(
  state: RoomState,
  user: NamedUser,
  nickname: string,
  raw: string,
  now: number,
): Delivery[] {
  const to = state.users.find(nickname);
  if (to === undefined) {
    return [fault(user.id, "no-such-user", now, nickname)];
  }
  const text = cleanText(raw);
  if (text.trim() === "") return [fault(user.id, "text-empty", now)];
  // The sender hears it too, so as to know that it went out.
  const ids = to.id === user.id ? [user.id] : [to.id, user.id];
  return [
    tell(ids, {
      type: "private",
      id: state.nextMessageId(),
      time: now,
      user: refTo(user),
      to: refTo(to),
      text,
    }),
  ];
}

function list(state: RoomState, user: NamedUser, now: number): Delivery[] {
  const users: UserEntry[] = [];
  for (const id of state.channel.members()) {
    const member = state.users.get(id);
    if (member === undefined || !isNamed(member)) continue;
    users.push({ ...refTo(member), enteredAt: member.enteredAt });
  }
  const room = state.channel.name;
  return [tell([user.id], { type: "users", time: now, room, users })];
}

function askAgain(
  id: number,
  code: ChatErrorCode,
  now: number,
  subject?: string,
): Delivery[] {
  return [
    fault(id, code, now, subject),
    tell([id], { type: "nickname-request", time: now }),
  ];
}
