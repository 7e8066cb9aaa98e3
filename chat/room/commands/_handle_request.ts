import { type RoomState, tell } from "../_room_state.ts";
import type { ChatCommand } from "../chat_command.ts";
import type { ChatErrorCode } from "../chat_error_code.ts";
import type { RefuseOptions } from "../chat_room_options.ts";
import type { Delivery, DirectMessage } from "../chat_message.ts";
import type { AckMessage } from "../users/_session.ts";
import type { User } from "../users/_user.ts";
import { handleCommand } from "./_handle_command.ts";
import { refuse, reply, type UserRequest } from "./_user_request.ts";

/** A message that contains the `ref` of the request it answers. */
type Answer = Extract<DirectMessage, { readonly ref?: string | undefined }>;

const ANSWERS: ReadonlySet<string> = new Set<Answer["type"]>([
  "users",
  "rooms",
  "history",
  "help",
  "pong",
  "error",
]);

/**
 * Handles a command of a user, unless the user sends too fast or the command was
 * carried out before, and answers one with a `ref`.
 */
export function handleRequest(
  state: RoomState,
  connection: number,
  command: ChatCommand,
  now: number,
): Delivery[] {
  const user = state.users.get(connection);
  if (user === undefined) return [];
  state.expire(now);
  const request = { state, user, connection, now };
  const { ref } = command;
  const isKnown = ref !== undefined && isOnce(command);
  const known = isKnown ? user.session?.ack(ref) : undefined;
  const cost = known === undefined ? costOf(user, command) : 1 / 4;
  return guard(request, cost, () => {
    if (known !== undefined) return [tell([connection], known)];
    return answer(request, command, handleCommand(request, command));
  });
}

/** Refuses input that is not a valid request. */
export function handleFault(
  state: RoomState,
  connection: number,
  code: ChatErrorCode,
  { subject, ref, now }: RefuseOptions & { readonly now: number },
): Delivery[] {
  const user = state.users.get(connection);
  if (user === undefined) return [];
  const request = { state, user, connection, now };
  return guard(
    request,
    1,
    () =>
      refuse(request, code, subject).map((refusal) => withRef(refusal, ref)),
  );
}

/** Does something unless the user sends too fast. */
function guard(
  request: UserRequest,
  cost: number,
  act: () => Delivery[],
): Delivery[] {
  const { state, user, now } = request;
  switch (user.flood.take(cost, state.clock.at(now))) {
    case "kick":
      return state.dismiss(user, "flooding", now);
    case "warn":
      return [...reply(request, { type: "warning" }), ...act()];
    case "pass":
      return act();
  }
}

/** The cost of a command: highest if others get a message. */
function costOf({ saidHello }: User, { type }: ChatCommand): number {
  switch (type) {
    case "hello":
      return saidHello ? 1 : 0;
    case "quit":
      return 0;
    case "join":
    case "leave":
      return 1 / 2;
    case "blank":
    case "list":
    case "users":
    case "rooms":
    case "history":
    case "help":
    case "ping":
      return 1 / 4;
    default:
      return 1;
  }
}

/** Whether a command must not be carried out twice. */
function isOnce({ type }: ChatCommand): boolean {
  return type === "say" || type === "me" || type === "msg";
}

/** Adds the `ref` of a command to its answer, or an `ack` after the answer. */
function answer(
  { state, connection, now }: UserRequest,
  command: ChatCommand,
  deliveries: Delivery[],
): Delivery[] {
  const { ref } = command;
  if (ref === undefined) return deliveries;
  const index = deliveries.findIndex(({ to, message }) =>
    isAnswer(message) && to.includes(connection)
  );
  if (index !== -1) {
    return deliveries.with(index, withRef(deliveries[index], ref));
  }
  const user = state.users.get(connection);
  // Nothing may follow a goodbye.
  if (user === undefined) return deliveries;
  const made = command.type === "hello"
    ? undefined
    : deliveries.map(({ message }) => message).find(hasId);
  const about = made === undefined
    ? { time: now }
    : { id: made.id, time: made.time };
  const ack: AckMessage = { type: "ack", ref, ...about };
  if (isOnce(command)) user.session?.remember(ack);
  return [...deliveries, tell([connection], ack)];
}

function withRef(delivery: Delivery, ref: string | undefined): Delivery {
  const { to, message } = delivery;
  if (ref === undefined || !isAnswer(message)) return delivery;
  return tell(to, { ...message, ref });
}

function isAnswer(message: Delivery["message"]): message is Answer {
  return ANSWERS.has(message.type);
}

function hasId(
  message: Delivery["message"],
): message is Extract<Delivery["message"], { readonly id: number }> {
  return "id" in message;
}
