import { type ChatCommand, parseCommand } from "../chat_command.ts";
import type { Delivery } from "../chat_message.ts";
import { isNamed } from "../users/_user.ts";
import { askForNickname, enter, handleHello, rename } from "./_handle_hello.ts";
import { ban, becomeOperator, kick, notify } from "./_handle_operator.ts";
import { join, leave, list, recall } from "./_handle_room.ts";
import { setTopic, speak, whisper } from "./_handle_talk.ts";
import {
  type NamedRequest,
  refuse,
  reply,
  type UserRequest,
} from "./_user_request.ts";

type DirectCommand = Exclude<ChatCommand, { readonly type: "line" }>;

/** Carries out a command of a user. */
export function handleCommand(
  request: UserRequest,
  command: ChatCommand,
): Delivery[] {
  if (command.type === "line") {
    return handleCommand(request, parseCommand(command.text));
  }
  const { state, user, now } = request;
  switch (command.type) {
    case "help":
      return reply(request, { type: "help" });
    case "ping":
      return reply(request, { type: "pong" });
    case "quit":
      return state.dismiss(user, "quit", now);
    default:
      return isNamed(user)
        ? handleAfterLogin({ ...request, user }, command)
        : handleBeforeLogin(request, command);
  }
}

function handleAfterLogin(
  request: NamedRequest,
  command: DirectCommand,
): Delivery[] {
  switch (command.type) {
    case "plain":
    case "say":
      return speak(request, "said", command);
    case "me":
      return speak(request, "action", command);
    case "msg":
      return whisper(request, command.to, command.text);
    case "nick":
      return rename(request, command.nickname);
    case "join":
      return join(request, command.room);
    case "leave":
      return leave(request, command.room);
    case "topic":
      return setTopic(request, command);
    case "history":
      return recall(request, command);
    case "users":
      return list(request, command.room);
    case "list":
      return list(request);
    case "rooms": {
      const rooms = request.state.rooms.list();
      return reply(request, { type: "rooms", rooms });
    }
    case "operator":
      return becomeOperator(request, command.token);
    case "kick":
      return kick(request, command);
    case "ban":
      return ban(request, command);
    case "notice":
      return notify(request, command.text);
    case "hello":
      return refuse(request, "unexpected-hello");
    case "unknown":
    case "incomplete":
      return refuse(request, `${command.type}-command`, command.name);
    default:
      return [];
  }
}

function handleBeforeLogin(
  request: UserRequest,
  command: DirectCommand,
): Delivery[] {
  switch (command.type) {
    case "hello":
      return handleHello(request, command);
    case "plain":
      return enter(request, command.text);
    case "nick":
      return enter(request, command.nickname);
    case "blank":
      return askForNickname(request, "nickname-empty");
    case "unknown":
    case "incomplete":
      return askForNickname(request, `${command.type}-command`, command.name);
    default:
      return askForNickname(request, "nickname-needed");
  }
}
