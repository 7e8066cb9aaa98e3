import { decideToEnter, decideToRename, sayHello } from "./_decide_names.ts";
import { invite, lock } from "./_decide_lock.ts";
import { banOrMute, becomeOperator, kick, notify } from "./_decide_operator.ts";
import { chooseSyntax, ignore, link } from "./_decide_personal.ts";
import {
  join,
  leave,
  list,
  listRooms,
  recall,
  search,
} from "./_decide_rooms.ts";
import { answer, edit, setTopic, speak, whisper } from "./_decide_talk.ts";
import {
  askForNickname,
  type CommandOf,
  type Decision,
  type DirectCommand,
  type NamedRequest,
  refuse,
  reply,
  type UserRequest,
} from "./_user_request.ts";

type Decide<Command> = (request: NamedRequest, command: Command) => Decision;

/** Decides about each command for which a user needs a nickname. */
const AFTER_LOGIN: {
  readonly [Type in Exclude<DirectCommand["type"], "help" | "ping" | "quit">]:
    Decide<CommandOf<Type>>;
} = {
  plain: (request, command) => speak(request, "said", command),
  say: (request, command) => speak(request, "said", command),
  me: (request, command) => speak(request, "action", command),
  reply: answer,
  msg: whisper,
  nick: decideToRename,
  join,
  leave,
  topic: setTopic,
  history: recall,
  search,
  users: list,
  list: (request) => list(request, {}),
  rooms: listRooms,
  edit,
  ignore,
  unignore: ignore,
  lock,
  unlock: lock,
  invite,
  link,
  syntax: chooseSyntax,
  operator: becomeOperator,
  kick,
  ban: banOrMute,
  mute: banOrMute,
  notice: notify,
  hello: (request) => refuse(request, "unexpected-hello"),
  unknown: (request, { name }) => refuse(request, "unknown-command", name),
  incomplete: (request, { name }) =>
    refuse(request, "incomplete-command", name),
  blank: () => [],
};

/** Decides on a command, and changes nothing that others see. */
export function decide(request: UserRequest, command: DirectCommand): Decision {
  const { state, connection, now } = request;
  switch (command.type) {
    case "help":
      return reply(request, { type: "help" });
    case "ping":
      return reply(request, { type: "pong" });
    case "quit":
      return state.dismiss(connection, "quit", now);
  }
  const { user } = connection;
  if (user === undefined) return decideBeforeLogin(request, command);
  // The type of the command has chosen the function, which the compiler can't see.
  const decideOne: Decide<never> = AFTER_LOGIN[command.type];
  return decideOne({ ...request, user }, command as never);
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
