import { fault, tell } from "./_deliveries.ts";
import type { Guest } from "../users/_user.ts";
import { obeyCommand } from "./_handle_command.ts";
import type { RoomState } from "../_room_state.ts";
import type { AckMessage } from "../users/_session.ts";
import type { ChatCommand } from "../chat_command.ts";
import type {
  ChatErrorCode,
  Delivery,
  DirectMessage,
} from "../chat_message.ts";

/** What could not be taken as a request. */
export interface RequestFault {
  readonly code: ChatErrorCode;
  readonly subject?: string | undefined;
  readonly ref?: string | undefined;
}

/** A message that has the `ref` of what it answers. */
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
 * Takes what a user asks for, unless it comes too fast or was carried out before,
 * and sees to it that a request with a `ref` is answered.
 */
export function takeCommand(
  state: RoomState,
  connection: number,
  command: ChatCommand,
  now: number,
): Delivery[] {
  const guest = state.users.get(connection);
  if (guest === undefined) return [];
  state.expire(now);
  const known = knownAck(guest, command);
  const cost = known === undefined ? costOf(guest, command) : 1 / 4;
  return guard(state, guest, connection, cost, now, () => {
    if (known !== undefined) return [tell([connection], known)];
    const deliveries = obeyCommand(state, connection, command, now);
    const { ref } = command;
    return ref === undefined
      ? deliveries
      : answer(state, connection, { command, ref, now }, deliveries);
  });
}

/** Tells a user that something could not be taken as a request. */
export function takeFault(
  state: RoomState,
  connection: number,
  { code, subject, ref }: RequestFault,
  now: number,
): Delivery[] {
  const guest = state.users.get(connection);
  if (guest === undefined) return [];
  return guard(state, guest, connection, 1, now, () => {
    const refusal = fault(connection, code, now, subject);
    return [ref === undefined ? refusal : withRef(refusal, ref)];
  });
}

/** Does something unless the user sends too fast. */
function guard(
  state: RoomState,
  guest: Guest,
  connection: number,
  cost: number,
  now: number,
  act: () => Delivery[],
): Delivery[] {
  switch (guest.flood.take(cost, state.clock.at(now))) {
    case "kick":
      return state.dismiss(guest, "flooding", now);
    case "warn":
      return [tell([connection], { type: "warning", time: now }), ...act()];
    case "pass":
      return act();
  }
}

/** What a request costs: what others hear costs the most. */
function costOf({ saidHello }: Guest, { type }: ChatCommand): number {
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

function knownAck(
  { session }: Guest,
  command: ChatCommand,
): AckMessage | undefined {
  const { ref } = command;
  return ref === undefined || !isOnce(command) ? undefined : session?.ack(ref);
}

/** Whether a request must not be carried out twice. */
function isOnce({ type }: ChatCommand): boolean {
  return type === "say" || type === "me" || type === "msg";
}

/** Gives the answer to a request its `ref`, or an `ack` after it. */
function answer(
  state: RoomState,
  connection: number,
  { command, ref, now }: {
    readonly command: ChatCommand;
    readonly ref: string;
    readonly now: number;
  },
  deliveries: Delivery[],
): Delivery[] {
  const index = deliveries.findIndex(({ to, message }) =>
    ANSWERS.has(message.type) && to.includes(connection)
  );
  if (index !== -1) {
    return deliveries.with(index, withRef(deliveries[index], ref));
  }
  const guest = state.users.get(connection);
  // After a goodbye, nothing may come.
  if (guest === undefined) return deliveries;
  const made = command.type === "hello"
    ? undefined
    : deliveries.map(({ message }) => message).find(hasId);
  const about = made === undefined
    ? { time: now }
    : { id: made.id, time: made.time };
  const ack: AckMessage = { type: "ack", ref, ...about };
  if (isOnce(command)) guest.session?.remember(ack);
  return [...deliveries, tell([connection], ack)];
}

function withRef(delivery: Delivery, ref: string): Delivery {
  const { to, message } = delivery;
  return isAnswer(message) ? tell(to, { ...message, ref }) : delivery;
}

function isAnswer(message: Delivery["message"]): message is Answer {
  return ANSWERS.has(message.type);
}

function hasId(
  message: Delivery["message"],
): message is Extract<Delivery["message"], { readonly id: number }> {
  return "id" in message;
}
