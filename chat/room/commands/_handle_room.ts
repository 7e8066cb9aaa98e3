import { LIMITS } from "../_limits.ts";
import type { ChatCommand } from "../chat_command.ts";
import type { ChatErrorCode } from "../chat_error_code.ts";
import type { Delivery } from "../chat_message.ts";
import { parseRoomName } from "../names/room_name.ts";
import type { RoomChannel } from "../rooms/_room_channel.ts";
import { currentRoom, refTo } from "../users/_user.ts";
import { tellEntered } from "./_handle_hello.ts";
import { type NamedRequest, refuse, reply } from "./_user_request.ts";

type History = Extract<ChatCommand, { readonly type: "history" }>;

/** Lets a user into a room, or makes it the current one. */
export function join(request: NamedRequest, text: string): Delivery[] {
  const { state, user, now } = request;
  const name = parseRoomName(text);
  if (typeof name === "string") return refuse(request, name, text);
  const known = state.rooms.get(name.key);
  if (known !== undefined && user.rooms.delete(known)) {
    user.rooms.add(known);
    const part = known.history.before(Infinity, 0);
    return tellEntered(request, known, { cause: "switch", part });
  }
  if (user.rooms.size >= LIMITS.roomsPerUser) {
    return refuse(request, "too-many-rooms", text);
  }
  const room = state.rooms.open(name);
  if (typeof room === "string") return refuse(request, room, text);
  const joined = state.enter(user, room, now);
  return [...tellEntered(request, room, { cause: "join" }), joined];
}

/** Lets a user out of a room, except the last one. */
export function leave(request: NamedRequest, text?: string): Delivery[] {
  const { state, user, now } = request;
  const room = ownRoom(request, text);
  if (typeof room === "string") return refuse(request, room, text);
  if (user.rooms.size === 1) return refuse(request, "last-room", room.name);
  room.exit(user);
  user.rooms.delete(room);
  const event = { type: "left", user: refTo(user), reason: "parted" } as const;
  const left = state.announce(room, event, now);
  state.rooms.tidy(room);
  const current = currentRoom(user)?.name ?? "";
  return [
    ...reply(request, { type: "exited", room: room.name, current }),
    left,
  ];
}

/** Lists the users in a room. */
export function list(request: NamedRequest, text?: string): Delivery[] {
  const room = openRoom(request, text);
  if (typeof room === "string") return refuse(request, room, text);
  return reply(request, {
    type: "users",
    room: room.name,
    users: room.list(),
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
  if (text === undefined) return currentRoom(user) ?? "not-in-room";
  const name = parseRoomName(text);
  if (typeof name === "string") return name;
  return state.rooms.get(name.key) ?? "no-such-room";
}
