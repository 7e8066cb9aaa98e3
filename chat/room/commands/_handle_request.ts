import { type RoomState, tell } from "../_room_state.ts";
import type { ChatCommand } from "../chat_command.ts";
import type { ChatErrorCode } from "../chat_error_code.ts";
import type { RefuseOptions } from "../chat_room_options.ts";
import type { Delivery } from "../chat_message.ts";
import type { ChatEntry } from "../log/_chat_entry.ts";
import type { Connection } from "../users/_connection.ts";
import { noticeOf } from "../text/_notice.ts";
import { decide } from "./_decide.ts";
import { readLine } from "./_read_line.ts";
import {
  type DirectCommand,
  isAnswer,
  isConnected,
  type Proposal,
  refuse,
  reply,
  type UserRequest,
} from "./_user_request.ts";

/** The costs of commands that do not send a message to others. */
const COSTS: ReadonlyMap<ChatCommand["type"], number> = new Map([
  ["quit", 0],
  ["join", 1 / 2],
  ["leave", 1 / 2],
  ["search", 1 / 2],
  ["ignore", 1 / 2],
  ["unignore", 1 / 2],
  ["link", 1 / 2],
  ["blank", 1 / 4],
  ["syntax", 1 / 4],
  ["list", 1 / 4],
  ["users", 1 / 4],
  ["rooms", 1 / 4],
  ["history", 1 / 4],
  ["help", 1 / 4],
  ["ping", 1 / 4],
]);

/**
 * Handles a command of a user, unless the user sends too fast or the command was
 * carried out before, and answers one with a `ref`.
 */
export function handleRequest(
  state: RoomState,
  id: number,
  command: ChatCommand,
  now: number,
): Delivery[] {
  const connection = state.connections.get(id);
  if (connection === undefined) return [];
  const { ref } = command;
  const request = { state, connection, now, ref };
  if (command.type === "line") return handleLine(request, command.text);
  return handleDirect(request, command);
}

/** Handles a line that a user typed. */
function handleLine(request: UserRequest, text: string): Delivery[] {
  const { connection } = request;
  const { command, isByLetter } = readLine(request.state, connection, text);
  const deliveries = handleDirect(request, command as DirectCommand);
  if (!isByLetter || connection.knowsLetters) return deliveries;
  connection.knowsLetters = true;
  return [
    ...deliveries,
    ...reply(
      request,
      noticeOf(text.startsWith("c:") ? "was-private" : "was-nickname"),
    ),
  ];
}

function handleDirect(
  request: UserRequest,
  command: DirectCommand,
): Delivery[] {
  const { connection, ref } = request;
  const receipt = ref !== undefined && isOnce(command)
    ? connection.user?.session?.receipts.get(ref)
    : undefined;
  if (ref !== undefined && receipt !== undefined) {
    const ack = { type: "ack", ref, ...receipt } as const;
    return guard(request, 1 / 4, () => [tell([connection.id], ack)]);
  }
  const cost = costOf(connection, command);
  return guard(request, cost, () => carryOut(request, command));
}

/** Refuses input that is not a valid request. */
export function handleFault(
  state: RoomState,
  id: number,
  code: ChatErrorCode,
  { subject, ref, now }: RefuseOptions & { readonly now: number },
): Delivery[] {
  const connection = state.connections.get(id);
  if (connection === undefined) return [];
  const request = { state, connection, now, ref };
  return guard(request, 1, () => refuse(request, code, subject));
}

/** Does something unless the user sends too fast. */
function guard(
  request: UserRequest,
  cost: number,
  act: () => Delivery[],
): Delivery[] {
  const { state, connection, now } = request;
  switch (connection.flood.take(cost, state.clock.at(now))) {
    case "kick":
      return state.dismiss(connection, "flooding", now);
    case "warn":
      return [...reply(request, { type: "warning" }), ...act()];
    case "pass":
      return act();
  }
}

function carryOut(request: UserRequest, command: DirectCommand): Delivery[] {
  const { state, connection, now } = request;
  const greetings: Delivery[] = [];
  if (command.type === "hello" && connection.user === undefined) {
    const isGreeted = connection.expectsHello || connection.saidHello;
    if (!isGreeted) greetings.push(state.greet(connection, now));
    connection.saidHello = true;
  }
  const decision = decide(request, command);
  if (decision === "later") return greetings;
  const deliveries = Array.isArray(decision)
    ? acknowledge(request, decision)
    : propose(request, decision);
  return greetings.length === 0 ? deliveries : [...greetings, ...deliveries];
}

/** Gives a change to the log, unless it can't take any. */
function propose(request: UserRequest, proposal: Proposal): Delivery[] {
  const { state, connection, now, ref } = request;
  const { log } = state;
  if (log.isFull) {
    // A user that can't enter yet comes back later.
    return proposal.type === "enter"
      ? state.dismiss(connection, "full", now)
      : refuse(request, "unavailable");
  }
  if (proposal.type === "enter") connection.hasEntered = true;
  connection.pending++;
  const base = { time: now, connection: connection.id, ref };
  return log.propose({ ...proposal, ...base } as ChatEntry);
}

/** Adds an `ack` to the outcome of a request, unless it is answered already. */
export function acknowledge(
  request: UserRequest,
  deliveries: Delivery[],
  made?: { readonly id: number; readonly time: number },
): Delivery[] {
  const { connection, now, ref } = request;
  if (ref === undefined || !isConnected(request)) return deliveries;
  const isAnswered = deliveries.some(({ to, message }) =>
    isAnswer(message) && to.includes(connection.id)
  );
  if (isAnswered) return deliveries;
  const about = made === undefined
    ? { time: now }
    : { id: made.id, time: made.time };
  return [...deliveries, tell([connection.id], { type: "ack", ref, ...about })];
}

/** The cost of a command: highest if others get a message. */
function costOf({ saidHello }: Connection, { type }: ChatCommand): number {
  return type === "hello" && !saidHello ? 0 : COSTS.get(type) ?? 1;
}

/** Whether a command must not be carried out twice. */
function isOnce({ type }: ChatCommand): boolean {
  return type === "say" || type === "me" || type === "msg";
}
