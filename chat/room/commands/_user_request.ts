import { LIMITS } from "../_limits.ts";
import { type RoomState, tell } from "../_room_state.ts";
import type { ChatErrorCode } from "../chat_error_code.ts";
import type { Delivery, DirectMessage } from "../chat_message.ts";
import { cleanText } from "../text/_clean_text.ts";
import type { NamedUser, User } from "../users/_user.ts";

type WithoutTime<T> = T extends DirectMessage ? Omit<T, "time"> : never;

/** A request of a user, with the state that it is about. */
export interface UserRequest<U extends User = User> {
  readonly state: RoomState;
  readonly user: U;
  /** The connection that the request came over, and the answer goes to. */
  readonly connection: number;
  readonly now: number;
}

/** A request of a user with a nickname. */
export type NamedRequest = UserRequest<NamedUser>;

/** Sends a message to the user of a request. */
export function reply(
  { connection, now }: UserRequest,
  message: WithoutTime<DirectMessage>,
): Delivery[] {
  return [tell([connection], { ...message, time: now } as DirectMessage)];
}

/**
 * Tells the user of a request that it is refused.
 *
 * @param subject The part of the user's input that is the reason.
 */
export function refuse(
  request: UserRequest,
  code: ChatErrorCode,
  subject?: string,
): Delivery[] {
  const about = subject === undefined ? {} : { subject: excerpt(subject) };
  return reply(request, { type: "error", code, ...about });
}

function excerpt(text: string): string {
  const characters = [...cleanText(text).trim()];
  return characters.length > LIMITS.subjectLength
    ? `${characters.slice(0, LIMITS.subjectLength - 1).join("")}…`
    : characters.join("");
}
