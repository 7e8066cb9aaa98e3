import { LIMITS } from "../_limits.ts";
import type { ChatCommand } from "../chat_command.ts";
import type { Delivery } from "../chat_message.ts";
import { isBlank } from "../text/_blanks.ts";
import { cleanText } from "../text/_clean_text.ts";
import { describeBan, describeKick, OPERATOR } from "../text/_sentences.ts";
import type { NamedUser } from "../users/_user.ts";
import { type NamedRequest, refuse, reply } from "./_user_request.ts";

const ENCODER = new TextEncoder();

type Kick = Extract<ChatCommand, { readonly type: "kick" }>;
type Ban = Extract<ChatCommand, { readonly type: "ban" }>;

/**
 * Makes a user who knows the token an operator. An address that has sent many wrong
 * ones has to wait, even with the right one.
 */
export function becomeOperator(
  request: NamedRequest,
  token: string,
): Delivery[] {
  const { rules, tokens, clock } = request.state;
  const { addressKey } = request.user;
  const steady = clock.at(request.now);
  const wait = tokens.wait(addressKey, steady);
  if (wait > 0) {
    return refuse(request, "too-many-tokens", `${Math.ceil(wait / 1000)}`);
  }
  const { operatorToken } = rules;
  if (operatorToken === undefined || !isSame(token, operatorToken)) {
    tokens.fail(addressKey, steady);
    return refuse(request, "wrong-token");
  }
  request.user.isOperator = true;
  return confirm(request, OPERATOR);
}

/** Disconnects a user, and ends the session. */
export function kick(
  request: NamedRequest,
  { nickname, reason }: Kick,
): Delivery[] {
  const { state, now } = request;
  const other = find(request, nickname);
  if (Array.isArray(other)) return other;
  const { nickname: name } = other.entry;
  return [
    ...state.dismiss(other, "kicked", now, noteOf(reason)),
    ...confirm(request, describeKick(name)),
  ];
}

/** Bans the address of a user, and kicks all its users except operators. */
export function ban(
  request: NamedRequest,
  { nickname, minutes, reason }: Ban,
): Delivery[] {
  const { state, now } = request;
  const other = find(request, nickname);
  if (Array.isArray(other)) return other;
  const isValid = Number.isInteger(minutes) && minutes >= 1 &&
    minutes <= LIMITS.banMinutes;
  if (!isValid) return refuse(request, "invalid-minutes", `${minutes}`);
  const { addressKey } = other;
  state.bans.add(addressKey, state.clock.at(now) + minutes * 60_000);
  const all = [...state.users.connected(), ...state.users.away()];
  const banned = all.filter((user) =>
    user === other || (user.addressKey === addressKey && !user.isOperator)
  );
  const note = noteOf(reason);
  const { nickname: name } = other.entry;
  return [
    ...banned.flatMap((user) => state.dismiss(user, "banned", now, note)),
    ...confirm(request, describeBan(name, minutes)),
  ];
}

/** Sends a notice to everyone. */
export function notify(request: NamedRequest, raw: string): Delivery[] {
  const { state, user, now } = request;
  if (!user.isOperator) return refuse(request, "operator-needed");
  const text = cleanText(raw).trim();
  if (isBlank(text)) return refuse(request, "text-empty");
  return [state.notify(text, now)];
}

/** Confirms a request of an operator who is still connected. */
function confirm(request: NamedRequest, text: string): Delivery[] {
  if (request.user.connection === undefined) return [];
  return reply(request, { type: "notice", text });
}

function find(request: NamedRequest, nickname: string): NamedUser | Delivery[] {
  if (!request.user.isOperator) return refuse(request, "operator-needed");
  return request.state.users.find(nickname) ??
    refuse(request, "no-such-user", nickname);
}

function noteOf(reason = ""): string | undefined {
  const characters = [...cleanText(reason).trim()];
  const note = characters.slice(0, LIMITS.reasonLength).join("");
  return isBlank(note) ? undefined : note;
}

/** Compares secrets in constant time. */
function isSame(given: string, expected: string): boolean {
  const left = ENCODER.encode(given);
  const right = ENCODER.encode(expected);
  let difference = left.length ^ right.length;
  for (let index = 0; index < right.length; index++) {
    difference |= right[index] ^ (left[index] ?? 0);
  }
  return difference === 0;
}
