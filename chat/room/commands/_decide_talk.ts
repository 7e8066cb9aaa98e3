import { LIMITS } from "../_limits.ts";
import type { ChatCommand } from "../chat_command.ts";
import { isLongerThan } from "../names/_is_longer_than.ts";
import { entryOf } from "../rooms/_room_table.ts";
import { isBlank } from "../text/_blanks.ts";
import { cleanText } from "../text/_clean_text.ts";
import { openRoom, ownRoom } from "./_decide_rooms.ts";
import {
  type Decision,
  type NamedRequest,
  refuse,
  reply,
} from "./_user_request.ts";

type Topic = Extract<ChatCommand, { readonly type: "topic" }>;

/** A text for a room. */
interface RoomText {
  readonly text: string;
  readonly room?: string | undefined;
}

/** Wants to send a text to everyone else in a room. */
export function speak(
  request: NamedRequest,
  type: "said" | "action",
  { text: raw, room: name }: RoomText,
): Decision {
  const room = ownRoom(request, name);
  if (typeof room === "string") return refuse(request, room, name);
  const text = cleanText(raw);
  if (isBlank(text)) return refuse(request, "text-empty");
  return { type, user: request.user.ref, room: room.name, text };
}

/** Wants to send a text to one user. */
export function whisper(
  request: NamedRequest,
  nickname: string,
  raw: string,
): Decision {
  const to = request.state.users.find(nickname);
  if (to === undefined) return refuse(request, "no-such-user", nickname);
  const text = cleanText(raw);
  if (isBlank(text)) return refuse(request, "text-empty");
  return { type: "private", user: request.user.ref, to: to.ref, text };
}

/** Wants to set a topic, or shows it. */
export function setTopic(
  request: NamedRequest,
  { text: raw, room: name }: Topic,
): Decision {
  const { state, user } = request;
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
  return { type: "topic", user: user.ref, room: room.name, text };
}
