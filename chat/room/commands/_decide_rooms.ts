import { LIMITS } from "../_limits.ts";
import type { ChatCommand } from "../chat_command.ts";
import type { ChatErrorCode } from "../chat_error_code.ts";
import type { Delivery } from "../chat_message.ts";
import { parseRoomName } from "../names/room_name.ts";
import type { RoomChannel } from "../rooms/_room_channel.ts";
import {
  type Decision,
  type NamedRequest,
  refuse,
  reply,
} from "./_user_request.ts";

type History = Extract<ChatCommand, { readonly type: "history" }>;

/** Wants to enter a room, or to make it the current one. */
export function join(request: NamedRequest, text: string): Decision {
  const { state: { rooms }, user } = request;
  const room = parseRoomName(text);
  if (typeof room === "string") return refuse(request, room, text);
  const known = rooms.get(room.key);
  if (known !== undefined && user.rooms.has(known)) {
    return { type: "join", user: user.id, room, topic: known.topic };
  }
  if (user.rooms.size >= LIMITS.roomsPerUser) {
    return refuse(request, "too-many-rooms", text);
  }
  if (known !== undefined) {
    const isOpen = known.invited?.has(user.id) ?? true;
    return isOpen || user.isOperator
      ? { type: "join", user: user.id, room, topic: known.topic }
      : refuse(request, "room-locked", text);
  }
  if (rooms.hasLookAlike(room)) return refuse(request, "room-look-alike", text);
  if (rooms.isFull) return refuse(request, "rooms-full", text);
  const topic = rooms.storedTopic(room);
  return { type: "join", user: user.id, room, topic };
}

/** Wants to leave a room, except the last one. */
export function leave(request: NamedRequest, text?: string): Decision {
  const room = ownRoom(request, text);
  if (typeof room === "string") return refuse(request, room, text);
  const { id, rooms } = request.user;
  if (rooms.size === 1) return refuse(request, "last-room", room.name);
  return { type: "leave", user: id, room: room.key };
}

/** Lists the users in a room. */
export function list(
  request: NamedRequest,
  text?: string,
  skip?: number,
): Delivery[] {
  const room = openRoom(request, text);
  if (typeof room === "string") return refuse(request, room, text);
  const { user } = request;
  const isShown = room.invited === undefined || user.rooms.has(room) ||
    user.isOperator;
  if (!isShown) return refuse(request, "room-locked", text);
  return reply(request, {
    type: "users",
    room: room.name,
    users: room.list(LIMITS.listedUsers, skip),
    online: room.size,
  });
}

/** Gives earlier messages of a room that the user is in. */
export function recall(
  request: NamedRequest,
  { room: text, before = Infinity, limit = LIMITS.history }: History,
): Delivery[] {
  const room = ownRoom(request, text);
  if (typeof room === "string") return refuse(request, room, text);
  const part = room.history.before(before, limit);
  return reply(request, { type: "history", room: room.name, ...part });
}

/** Finds a room that the user is in: by default the current one. */
export function ownRoom(
  request: NamedRequest,
  text: string | undefined,
): RoomChannel | ChatErrorCode {
  const room = openRoom(request, text);
  if (room === "no-such-room") return "not-in-room";
  return typeof room === "string" || request.user.rooms.has(room)
    ? room
    : "not-in-room";
}

/** Finds an open room: by default the user's current one. */
export function openRoom(
  { state, user }: NamedRequest,
  text: string | undefined,
): RoomChannel | ChatErrorCode {
  if (text === undefined) return user.currentRoom ?? "not-in-room";
  const name = parseRoomName(text);
  if (typeof name === "string") return name;
  return state.rooms.get(name.key) ?? "no-such-room";
}
