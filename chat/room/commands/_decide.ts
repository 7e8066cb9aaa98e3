import type { ChatCommand } from "../chat_command.ts";
import { decideToEnter, decideToRename, sayHello } from "./_decide_names.ts";
import { invite, lock } from "./_decide_lock.ts";
import { ban, becomeOperator, kick, mute, notify } from "./_decide_operator.ts";
import { chooseSyntax, ignore, link } from "./_decide_personal.ts";
import { join, leave, list, recall, search } from "./_decide_rooms.ts";
import { answer, edit, setTopic, speak, whisper } from "./_decide_talk.ts";
import {
  askForNickname,
  type Decision,
  type NamedRequest,
  refuse,
  reply,
  type UserRequest,
} from "./_user_request.ts";

/** A command that is no line any more. */
export type DirectCommand = Exclude<ChatCommand, { readonly type: "line" }>;

/** Decides what comes of a command, and changes nothing that others see. */
export function decide(
  request: UserRequest,
  command: DirectCommand,
): Decision {
  const { state, connection, now } = request;
  const { user } = connection;
  switch (command.type) {
    case "help":
      return reply(request, { type: "help" });
    case "ping":
      return reply(request, { type: "pong" });
    case "quit":
      return state.dismiss(connection, "quit", now);
    default:
      return user === undefined
        ? decideBeforeLogin(request, command)
        : decideAfterLogin({ ...request, user }, command);
  }
}

function decideAfterLogin(
  request: NamedRequest,
  command: DirectCommand,
): Decision {
  switch (command.type) {
    case "plain":
    case "say":
      return speak(request, "said", command);
    case "me":
      return speak(request, "action", command);
    case "reply":
      return answer(request, command);
    case "msg":
      return whisper(request, command);
    case "nick":
      return decideToRename(request, command.nickname);
    case "join":
      return join(request, command.room);
    case "leave":
      return leave(request, command.room);
    case "topic":
      return setTopic(request, command);
    case "history":
      return recall(request, command);
    case "search":
      return search(request, command);
    case "users":
      return list(request, command.room, command.skip);
    case "list":
      return list(request);
    case "rooms": {
      const rooms = request.state.rooms.list(request.user);
      return reply(request, { type: "rooms", rooms });
    }
    case "edit":
      return edit(request, command);
    case "ignore":
    case "unignore":
      return ignore(request, command);
    case "lock":
    case "unlock":
      return lock(request, command.type === "lock", command.room);
    case "invite":
      return invite(request, command);
    case "link":
      return link(request);
    case "syntax":
      return chooseSyntax(request, command.syntax);
    case "operator":
      return becomeOperator(request, command.token);
    case "kick":
      return kick(request, command);
    case "ban":
      return ban(request, command);
    case "mute":
      return mute(request, command);
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

function decideBeforeLogin(
  request: UserRequest,
  command: DirectCommand,
): Decision {
  switch (command.type) {
    case "hello":
      return sayHello(request, command);
    case "plain":
      return decideToEnter(request, command.text);
    case "nick":
      return decideToEnter(request, command.nickname);
    case "blank":
      return askForNickname(request, "nickname-empty");
    case "unknown":
    case "incomplete":
      return askForNickname(request, `${command.type}-command`, command.name);
    default:
      return askForNickname(request, "nickname-needed");
  }
}
