import { LIMITS } from "../_limits.ts";
import type { ChatErrorCode } from "../chat_error_code.ts";
import type { Delivery } from "../chat_message.ts";
import { parseRoomName } from "../names/room_name.ts";
import { cutPage, sizeOf } from "../rooms/_room_history.ts";
import type { RoomChannel } from "../rooms/_room_channel.ts";
import {
  type CommandOf,
  type Decision,
  type NamedRequest,
  refuse,
  reply,
} from "./_user_request.ts";

/** Wants to enter a room, or to make it the current one. */
export function join(
  request: NamedRequest,
  { room: text }: CommandOf<"join">,
): Decision {
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
    return isOpen || user.isOperator || known.owner === user.id
      ? { type: "join", user: user.id, room, topic: known.topic }
      : refuse(request, "room-locked", text);
  }
  if (rooms.hasLookAlike(room)) return refuse(request, "room-look-alike", text);
  if (rooms.isFull) return refuse(request, "rooms-full", text);
  const topic = rooms.storedTopic(room);
  return { type: "join", user: user.id, room, topic };
}

/** Wants to leave a room, except the last one. */
export function leave(
  request: NamedRequest,
  { room: text }: CommandOf<"leave">,
): Decision {
  const room = ownRoom(request, text);
  if (typeof room === "string") return refuse(request, room, text);
  const { id, rooms } = request.user;
  if (rooms.size === 1) return refuse(request, "last-room", room.name);
  return { type: "leave", user: id, room: room.key };
}

/** Lists the users in a room. */
export function list(
  request: NamedRequest,
  { room: text, skip }: Omit<CommandOf<"users">, "type">,
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

/** Lists the open rooms. */
export function listRooms(request: NamedRequest): Delivery[] {
  const rooms = request.state.rooms.list(request.user);
  return reply(request, { type: "rooms", rooms });
}

/** Gives earlier messages of a room that the user is in. */
export function recall(
  request: NamedRequest,
  { room: text, before = Infinity, limit = LIMITS.history }: CommandOf<
    "history"
  >,
): Delivery[] {
  const room = ownRoom(request, text);
  if (typeof room === "string") return refuse(request, room, text);
  const part = room.history.before(before, limit);
  const { store } = request.state.rules;
  // A store may have more than the last messages.
  const page = part.complete
    ? store.before?.(room.name, before, Math.min(limit, LIMITS.history))
    : undefined;
  return reply(request, {
    type: "history",
    room: room.name,
    ...page === undefined ? part : cutPage(page),
  });
}

/** Finds messages in the user's rooms, and own private messages. */
export function search(
  request: NamedRequest,
  { text, room: name, before, limit = LIMITS.history }: CommandOf<
    "search"
  >,
): Delivery[] {
  const { state: { rules }, user } = request;
  const room = name === undefined ? undefined : ownRoom(request, name);
  if (typeof room === "string") return refuse(request, room, name);
  const rooms = room === undefined ? [...user.rooms] : [room];
  const page = rules.store.search?.({
    text,
    rooms: rooms.map(({ name }) => name),
    owner: room === undefined ? user.owner : undefined,
    before,
    limit: Math.max(1, Math.min(limit, LIMITS.history)),
  });
  if (page === undefined) return refuse(request, "no-search");
  // The newest are first, and those that fit are sent.
  const { messages, complete } = page;
  let bytes = 0;
  const end = messages.findIndex((message) =>
    (bytes += sizeOf(message)) > LIMITS.answerBytes
  );
  return reply(request, {
    type: "found",
    messages: end === -1 ? messages : messages.slice(0, end),
    complete: complete && end === -1,
  });
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
