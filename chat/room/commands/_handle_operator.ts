import { cleanText } from "../text/_clean_text.ts";
import { fault, tell } from "./_deliveries.ts";
import type { Guest, Member, NamedGuest } from "../users/_user.ts";
import type { RoomState } from "../_room_state.ts";
import { describeBan, describeKick, OPERATOR } from "../text/_text_format.ts";
import type { ChatCommand } from "../chat_command.ts";
import type { Delivery } from "../chat_message.ts";

/** The most minutes of a ban: a week. */
const MAX_MINUTES = 7 * 24 * 60;

/** The most characters of what an operator says about a kick. */
const MAX_NOTE_LENGTH = 200;

const ENCODER = new TextEncoder();

type Kick = Extract<ChatCommand, { readonly type: "kick" }>;
type Ban = Extract<ChatCommand, { readonly type: "ban" }>;

/** Makes a user who knows the secret an operator. */
export function becomeOperator(
  state: RoomState,
  user: Member,
  token: string,
  now: number,
): Delivery[] {
  const { operatorToken } = state.rules;
  if (operatorToken === undefined || !isSame(token, operatorToken)) {
    return [fault(user.connection, "wrong-token", now)];
  }
  user.isOperator = true;
  return confirm(user, OPERATOR, now);
}

/** Ends the connection and the session of a user. */
export function kick(
  state: RoomState,
  user: Member,
  { nickname, reason }: Kick,
  now: number,
): Delivery[] {
  const other = find(state, user, nickname, now);
  if ("message" in other) return [other];
  const { nickname: name } = other.entry;
  return [
    ...state.dismiss(other, "kicked", now, noteOf(reason)),
    ...confirm(user, describeKick(name), now),
  ];
}

/** Kicks all who come from the address of a user, and lets nobody in from it. */
export function ban(
  state: RoomState,
  user: Member,
  { nickname, minutes, reason }: Ban,
  now: number,
): Delivery[] {
  const other = find(state, user, nickname, now);
  if ("message" in other) return [other];
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MAX_MINUTES) {
    return [fault(user.connection, "invalid-minutes", now, `${minutes}`)];
  }
  state.bans.add(other.addressKey, state.clock.at(now) + minutes * 60_000);
  const all = [...state.users.connected(), ...state.users.away()].filter((
    guest,
  ) =>
    guest === other ||
    (guest.addressKey === other.addressKey && !guest.isOperator)
  );
  const note = noteOf(reason);
  const { nickname: name } = other.entry;
  return [
    ...all.flatMap((guest) => state.dismiss(guest, "banned", now, note)),
    ...confirm(user, describeBan(name, minutes), now),
  ];
}

/** Tells everyone who is connected something. */
export function notify(
  state: RoomState,
  user: Member,
  raw: string,
  now: number,
): Delivery[] {
  if (!user.isOperator) return [fault(user.connection, "operator-needed", now)];
  const text = cleanText(raw).trim();
  return text === ""
    ? [fault(user.connection, "text-empty", now)]
    : [tellEveryone(state, text, now)];
}

/** Addresses a notice to everyone who is connected. */
export function tellEveryone(
  state: RoomState,
  text: string,
  now: number,
): Delivery {
  const connections = [...state.users.connected()].flatMap(
    ({ connection }) => connection ?? [],
  );
  return tell(connections, { type: "notice", time: now, text });
}

/** Tells an operator what was done, unless it was done to the operator. */
function confirm({ connection }: Guest, text: string, now: number): Delivery[] {
  return connection === undefined
    ? []
    : [tell([connection], { type: "notice", time: now, text })];
}

function find(
  state: RoomState,
  { connection, isOperator }: Member,
  nickname: string,
  now: number,
): NamedGuest | Delivery {
  if (!isOperator) return fault(connection, "operator-needed", now);
  return state.users.find(nickname) ??
    fault(connection, "no-such-user", now, nickname);
}

function noteOf(reason: string | undefined): string | undefined {
  const characters = [...cleanText(reason ?? "").trim()];
  return characters.length === 0
    ? undefined
    : characters.slice(0, MAX_NOTE_LENGTH).join("");
}

/** Compares secrets in a time that tells nothing of where they differ. */
function isSame(given: string, expected: string): boolean {
  const left = ENCODER.encode(given);
  const right = ENCODER.encode(expected);
  let difference = left.length ^ right.length;
  for (let index = 0; index < right.length; index++) {
    difference |= right[index] ^ (left[index] ?? 0);
  }
  return difference === 0;
}
