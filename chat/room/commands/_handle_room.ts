import { fault, tell } from "./_deliveries.ts";
import { currentRoom, type Member } from "../users/_user.ts";
import { entered } from "./_handle_hello.ts";
import type { RoomChannel } from "../rooms/_room_channel.ts";
import { MAX_KEPT } from "../rooms/_room_history.ts";
import { refTo, type RoomState } from "../_room_state.ts";
import type { ChatCommand } from "../chat_command.ts";
import type { ChatErrorCode, Delivery } from "../chat_message.ts";
import { parseRoomName } from "../names/room_name.ts";

/** The most rooms that a user may be in. */
export const MAX_ROOMS = 10;

type History = Extract<ChatCommand, { readonly type: "history" }>;

/** Lets a user into a room, or makes it the one where the user is heard. */
export function join(
  state: RoomState,
  user: Member,
  text: string,
  now: number,
): Delivery[] {
  const { connection, rooms } = user;
  const name = parseRoomName(text);
  if (typeof name === "string") return [fault(connection, name, now, text)];
  const known = state.rooms.get(name.key);
  if (known !== undefined && rooms.has(known)) {
    rooms.delete(known);
    rooms.add(known);
    const part = known.history.before(Infinity, 0);
    return [entered(user, known, { cause: "switch", now, part })];
  }
  if (rooms.size >= MAX_ROOMS) {
    return [fault(connection, "too-many-rooms", now, text)];
  }
  const room = state.rooms.open(name);
  if (typeof room === "string") return [fault(connection, room, now, text)];
  room.enter(user);
  rooms.add(room);
  return [
    entered(user, room, { cause: "join", now }),
    state.announce(
      room,
      { type: "joined", user: refTo(user) },
      now,
      connection,
    ),
  ];
}

/** Lets a user out of a room, but not out of the last one. */
export function leave(
  state: RoomState,
  user: Member,
  text: string | undefined,
  now: number,
): Delivery[] {
  const { connection, rooms } = user;
  const room = ownRoom(state, user, text);
  if (typeof room === "string") return [fault(connection, room, now, text)];
  if (rooms.size === 1) return [fault(connection, "last-room", now, room.name)];
  room.exit(user);
  rooms.delete(room);
  const left = state.announce(
    room,
    { type: "left", user: refTo(user), reason: "parted" },
    now,
  );
  state.rooms.tidy(room);
  const current = currentRoom(user)?.name ?? "";
  return [
    tell([connection], { type: "exited", time: now, room: room.name, current }),
    left,
  ];
}

/** Tells who is in a room. */
export function list(
  state: RoomState,
  user: Member,
  text: string | undefined,
  now: number,
): Delivery[] {
  const { connection } = user;
  const room = openRoom(state, user, text);
  if (typeof room === "string") return [fault(connection, room, now, text)];
  const { name, size } = room;
  const users = room.list();
  const about = { room: name, users, online: size };
  return [tell([connection], { type: "users", time: now, ...about })];
}

/** Tells which rooms there are. */
export function listRooms(
  state: RoomState,
  { connection }: Member,
  now: number,
): Delivery[] {
  const rooms = state.rooms.list();
  return [tell([connection], { type: "rooms", time: now, rooms })];
}

/** Tells what was said in a room that the user is in. */
export function recall(
  state: RoomState,
  user: Member,
  { room: text, before = Infinity, limit = MAX_KEPT }: History,
  now: number,
): Delivery[] {
  const { connection } = user;
  const room = ownRoom(state, user, text);
  if (typeof room === "string") return [fault(connection, room, now, text)];
  const part = room.history.before(before, limit);
  const about = { room: room.name, ...part };
  return [tell([connection], { type: "history", time: now, ...about })];
}

/** Finds a room that a user is in: the one joined last unless told. */
export function ownRoom(
  state: RoomState,
  user: Member,
  text: string | undefined,
): RoomChannel | ChatErrorCode {
  const room = openRoom(state, user, text);
  if (room === "no-such-room") return "not-in-room";
  return typeof room === "string" || user.rooms.has(room)
    ? room
    : "not-in-room";
}

/** Finds a room: the one that the user joined last unless told. */
export function openRoom(
  state: RoomState,
  user: Member,
  text: string | undefined,
): RoomChannel | ChatErrorCode {
  if (text === undefined) return currentRoom(user) ?? "not-in-room";
  const name = parseRoomName(text);
  if (typeof name === "string") return name;
  return state.rooms.get(name.key) ?? "no-such-room";
}
