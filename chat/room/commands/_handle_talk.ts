import { LIMITS } from "../_limits.ts";
import { tell } from "../_room_state.ts";
import type { ChatCommand } from "../chat_command.ts";
import type { Delivery } from "../chat_message.ts";
import { isLongerThan } from "../names/_is_longer_than.ts";
import { entryOf } from "../rooms/_room_table.ts";
import { isBlank } from "../text/_blanks.ts";
import {
  cleanMessage,
  cleanText,
  hasTooManyLines,
} from "../text/_clean_text.ts";
import type { PrivateMessage } from "../users/_session.ts";
import { refTo } from "../users/_user.ts";
import { openRoom, ownRoom } from "./_handle_room.ts";
import { type NamedRequest, refuse, reply } from "./_user_request.ts";

type Topic = Extract<ChatCommand, { readonly type: "topic" }>;

/** A text for a room. */
interface RoomText {
  readonly text: string;
  readonly room?: string | undefined;
}

/** Sends a text to everyone else in a room. */
export function speak(
  request: NamedRequest,
  type: "said" | "action",
  { text: raw, room: name }: RoomText,
): Delivery[] {
  const { state, user, connection, now } = request;
  const room = ownRoom(request, name);
  if (typeof room === "string") return refuse(request, room, name);
  const text = cleanMessage(raw);
  if (isBlank(text)) return refuse(request, "text-empty");
  if (hasTooManyLines(text)) return refuse(request, "text-too-long");
  const event = { type, user: refTo(user), text };
  return [state.announce(room, event, now, connection)];
}

/** Sends a text to one user. */
export function whisper(
  request: NamedRequest,
  nickname: string,
  raw: string,
): Delivery[] {
  const { state, user, connection, now } = request;
  const to = state.users.find(nickname);
  if (to === undefined) return refuse(request, "no-such-user", nickname);
  const text = cleanMessage(raw);
  if (isBlank(text)) return refuse(request, "text-empty");
  if (hasTooManyLines(text)) return refuse(request, "text-too-long");
  const message: PrivateMessage = {
    type: "private",
    id: state.messageIds.next(),
    time: now,
    user: refTo(user),
    to: refTo(to),
    text,
  };
  // The sender gets it too, as a confirmation; a user who is away gets it after
  // coming back.
  const connections = new Set([to.connection ?? connection, connection]);
  for (const { session } of new Set([to, user])) session?.keep(message);
  return [tell([...connections], message)];
}

/** Sets or shows the topic of a room. */
export function setTopic(
  request: NamedRequest,
  { text: raw, room: name }: Topic,
): Delivery[] {
  const { state, user, now } = request;
  const find = user.isOperator || raw === undefined ? openRoom : ownRoom;
  const room = find(request, name);
  if (typeof room === "string") return refuse(request, room, name);
  if (raw === undefined) {
    return reply(request, { type: "rooms", rooms: [entryOf(room)] });
  }
  const isProtected = room === state.rooms.lobby &&
    state.rules.operatorToken !== undefined;
  if (isProtected && !user.isOperator) {
    return refuse(request, "operator-needed");
  }
  const text = cleanText(raw).trim();
  if (isLongerThan(text, LIMITS.topicLength)) {
    return refuse(request, "topic-too-long");
  }
  const event = { type: "topic", user: refTo(user), text } as const;
  return [state.announce(room, event, now)];
}
