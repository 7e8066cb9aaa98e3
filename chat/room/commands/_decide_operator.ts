import { LIMITS } from "../_limits.ts";
import type { Delivery } from "../chat_message.ts";
import { isBlank } from "../text/_blanks.ts";
import { cleanText } from "../text/_clean_text.ts";
import type { User } from "../users/_user.ts";
import {
  type CommandOf,
  type Decision,
  type NamedRequest,
  refuse,
} from "./_user_request.ts";

const ENCODER = new TextEncoder();

/**
 * Wants to become an operator, by the token. An address that has sent many wrong
 * ones has to wait, even with the right one.
 */
export function becomeOperator(
  request: NamedRequest,
  { token }: CommandOf<"operator">,
): Decision {
  const { rules, tokens, clock } = request.state;
  const { addressKey } = request.connection;
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
  tokens.succeed(addressKey);
  return { type: "operator", user: request.user.id };
}

/** Wants to disconnect a user, and to end the session. */
export function kick(
  request: NamedRequest,
  { nickname, reason }: CommandOf<"kick">,
): Decision {
  const other = find(request, nickname);
  if (Array.isArray(other)) return other;
  return { type: "kick", user: other.id, note: noteOf(reason) };
}

/** Wants to ban the address of a user, or to take the right to write for a time. */
export function banOrMute(
  request: NamedRequest,
  { type, nickname, minutes, reason }: CommandOf<"ban" | "mute">,
): Decision {
  const other = find(request, nickname);
  if (Array.isArray(other)) return other;
  const least = type === "ban" ? 1 : 0;
  const isValid = Number.isInteger(minutes) && minutes >= least &&
    minutes <= LIMITS.banMinutes;
  if (!isValid) return refuse(request, "invalid-minutes", `${minutes}`);
  return { type, user: other.id, minutes, note: noteOf(reason) };
}

/** Wants to tell everyone something. */
export function notify(
  request: NamedRequest,
  { text: raw }: CommandOf<"notice">,
): Decision {
  if (!request.user.isOperator) return refuse(request, "operator-needed");
  const text = cleanText(raw).trim();
  if (isBlank(text)) return refuse(request, "text-empty");
  return { type: "notice", text };
}

function find(request: NamedRequest, nickname: string): User | Delivery[] {
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
