import { fault, tell } from "./_deliveries.ts";
import { isMember, type Member } from "../users/_user.ts";
import { askForNickname, enter, obeyHello, rename } from "./_handle_hello.ts";
import { ban, becomeOperator, kick, notify } from "./_handle_operator.ts";
import { join, leave, list, listRooms, recall } from "./_handle_room.ts";
import { setTopic, speak, whisper } from "./_handle_talk.ts";
import type { RoomState } from "../_room_state.ts";
import { type ChatCommand, parseCommand } from "../chat_command.ts";
import type { Delivery } from "../chat_message.ts";

/** Carries out what the user at the other end of a connection asks for. */
export function obeyCommand(
  state: RoomState,
  connection: number,
  command: ChatCommand,
  now: number,
): Delivery[] {
  const guest = state.users.get(connection);
  if (guest === undefined) return [];
  if (command.type === "line") {
    return obeyCommand(state, connection, parseCommand(command.text), now);
  }
  return isMember(guest)
    ? obeyMember(state, guest, command, now)
    : obeyNewcomer(state, connection, command, now);
}

function obeyMember(
  state: RoomState,
  user: Member,
  command: Exclude<ChatCommand, { readonly type: "line" }>,
  now: number,
): Delivery[] {
  const { connection } = user;
  switch (command.type) {
    case "plain":
    case "say":
      return speak(state, user, "said", command, now);
    case "me":
      return speak(state, user, "action", command, now);
    case "msg":
      return whisper(state, user, command.to, command.text, now);
    case "nick":
      return rename(state, user, command.nickname, now);
    case "join":
      return join(state, user, command.room, now);
    case "leave":
      return leave(state, user, command.room, now);
    case "topic":
      return setTopic(state, user, command, now);
    case "history":
      return recall(state, user, command, now);
    case "users":
      return list(state, user, command.room, now);
    case "list":
      return list(state, user, undefined, now);
    case "rooms":
      return listRooms(state, user, now);
    case "operator":
      return becomeOperator(state, user, command.token, now);
    case "kick":
      return kick(state, user, command, now);
    case "ban":
      return ban(state, user, command, now);
    case "notice":
      return notify(state, user, command.text, now);
    case "hello":
      return [fault(connection, "unexpected-hello", now)];
    case "help":
      return [tell([connection], { type: "help", time: now })];
    case "ping":
      return [tell([connection], { type: "pong", time: now })];
    case "quit":
      return state.dismiss(user, "quit", now);
    case "blank":
      return [];
    case "unknown":
    case "incomplete":
      return [fault(connection, `${command.type}-command`, now, command.name)];
  }
}

function obeyNewcomer(
  state: RoomState,
  connection: number,
  command: Exclude<ChatCommand, { readonly type: "line" }>,
  now: number,
): Delivery[] {
  const guest = state.users.get(connection);
  if (guest === undefined) return [];
  switch (command.type) {
    case "hello":
      return obeyHello(state, guest, connection, command, now);
    case "plain":
      return enter(state, guest, connection, command.text, now);
    case "nick":
      return enter(state, guest, connection, command.nickname, now);
    case "help":
      return [tell([connection], { type: "help", time: now })];
    case "ping":
      return [tell([connection], { type: "pong", time: now })];
    case "quit":
      return state.dismiss(guest, "quit", now);
    case "blank":
      return askForNickname(connection, "nickname-empty", now);
    case "unknown":
    case "incomplete":
      return askForNickname(
        connection,
        `${command.type}-command`,
        now,
        command.name,
      );
    default:
      return askForNickname(connection, "nickname-needed", now);
  }
}
