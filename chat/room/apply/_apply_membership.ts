import { LIMITS } from "../_limits.ts";
import type { RoomState } from "../_room_state.ts";
import type { Delivery } from "../chat_message.ts";
import { refuse, reply, type UserRequest } from "../commands/_user_request.ts";
import type { LeaveReason } from "../leave_reason.ts";
import type { EntryOf } from "../log/_chat_entry.ts";
import type { User } from "../users/_user.ts";
import { tellEntered } from "./_apply_enter.ts";
import type { Applying } from "./_applying.ts";

/** The reasons that end all connections of a user. */
const FINAL: ReadonlySet<LeaveReason> = new Set(["quit", "flooding"] as const);

/** The reasons that leave a session open. */
const RESUMABLE: ReadonlySet<LeaveReason> = new Set(
  ["lost", "closed", "slow"] as const,
);

/** Changes the nickname of a user. */
export function applyRename(
  applying: Applying,
  entry: EntryOf<"rename">,
): Delivery[] {
  const { state, request, time } = applying;
  const { nickname } = entry;
  const user = requesterOf(applying, entry);
  if (user === undefined) return [];
  const conflict = state.users.conflict(nickname, user);
  if (conflict !== undefined) return refuse(request, conflict, nickname.text);
  const { nickname: previous } = user.entry;
  state.users.rename(user, nickname);
  const event = { type: "renamed", user: user.ref, previous } as const;
  return [...user.rooms].map((room) => state.announce(room, event, time));
}

/** Lets a user into a room, or makes it the current one. */
export function applyJoin(
  applying: Applying,
  entry: EntryOf<"join">,
): Delivery[] {
  const { state, request, time } = applying;
  const { room: name, topic } = entry;
  const user = requesterOf(applying, entry);
  if (user === undefined) return [];
  const known = state.rooms.get(name.key);
  if (known !== undefined && user.rooms.delete(known)) {
    user.rooms.add(known);
    if (request === undefined) return [];
    const part = known.history.before(Infinity, 0);
    return tellEntered(request, known, { cause: "switch", part });
  }
  if (known === undefined && state.rooms.hasLookAlike(name)) {
    return refuse(request, "room-look-alike", name.text);
  }
  // Other devices of the user may have entered rooms meanwhile.
  if (user.rooms.size >= LIMITS.roomsPerUser) {
    return refuse(request, "too-many-rooms", name.text);
  }
  const room = known ?? state.rooms.open(name, topic);
  if (known === undefined) {
    room.owner = user.id;
    room.opened = applying.place.id;
  }
  const isAllowed = room.invited === undefined || user.isOperator ||
    room.owner === user.id || room.invited.delete(user.id);
  if (!isAllowed) return refuse(request, "room-locked", room.name);
  const joined = state.enter(user, room, time);
  const entered = requestsOf(applying, user).flatMap((one) =>
    tellEntered(one, room, { cause: "join" })
  );
  return [...entered, ...joined];
}

/** Lets a user out of a room, except the last one. */
export function applyLeave(
  applying: Applying,
  entry: EntryOf<"leave">,
): Delivery[] {
  const { state, time } = applying;
  const user = requesterOf(applying, entry);
  const room = state.rooms.get(entry.room);
  if (user === undefined || room === undefined) return [];
  if (!user.rooms.has(room) || user.rooms.size === 1) return [];
  const left = state.exit(user, room, time);
  state.rooms.tidy(room);
  const current = user.currentRoom?.name ?? "";
  const exited = requestsOf(applying, user).flatMap((one) =>
    reply(one, { type: "exited", room: room.name, current })
  );
  return [...exited, ...left];
}

/**
 * Takes a connection from a user. After the last one, the user may come back if the
 * reason and the session allow it.
 */
export function applyDeparture(
  { state, place, time }: Applying,
  { server, departs, reason, note }: EntryOf<"depart">,
): Delivery[] {
  const home = { server, connection: departs };
  const user = state.users.at(home);
  if (user === undefined) return [];
  state.users.disconnect(user, home);
  // The user may have come back before the log had the end.
  const isFinal = FINAL.has(reason) && user.connectedAt <= time;
  if (user.isConnected && !isFinal) return [];
  // Where there are other servers, sessions outlive this one.
  const isResumable = RESUMABLE.has(reason) ||
    reason === "shutdown" && !state.isAlone;
  if (user.session === undefined || !isResumable) {
    return state.expel(user, reason, time, note);
  }
  const now = state.clock.at(place.now);
  state.users.suspend(user, now + state.rules.sessionTimeout);
  user.awaySince = place.id;
  for (const room of user.rooms) room.suspend(user);
  const left = state.announceLeft(user, reason, time, note);
  // The users of a server that is dead or stops are many at once, and come back.
  const isCounted = place.origin === state.log.origin &&
    place.origin === server && reason !== "shutdown";
  const excess = isCounted ? state.users.excess(user) : undefined;
  return excess === undefined
    ? left
    : [...left, ...proposeExpiry(state, excess, time)];
}

/** Ends the session of a user who has not come back. */
export function applyExpiry(
  { state }: Applying,
  { user: id, since }: EntryOf<"expire">,
): Delivery[] {
  const user = state.users.get(id);
  if (user === undefined || user.isConnected) return [];
  if (user.awaySince === since) state.remove(user);
  return [];
}

/** Wants to end the session of a user who is away. */
export function proposeExpiry(
  state: RoomState,
  user: User,
  time: number,
): Delivery[] {
  user.isExpiring = true;
  const { id, awaySince } = user;
  return state.log.propose({
    type: "expire",
    time,
    user: id,
    since: awaySince,
  });
}

/**
 * The user of a request, unless the user does not have that connection any more, and
 * would not see the answer.
 */
function requesterOf(
  { state, place }: Applying,
  { user: id, connection }: EntryOf<"rename" | "join" | "leave">,
): User | undefined {
  if (connection === undefined) return undefined;
  const user = state.users.at({ server: place.origin, connection });
  return user?.id === id ? user : undefined;
}

/** The request, and one for each other connection of its user to this server. */
function requestsOf(
  { state, request, time }: Applying,
  user: User,
): UserRequest[] {
  const all = user.connections.flatMap((id) => state.connections.get(id) ?? []);
  return all.map((connection) =>
    connection === request?.connection
      ? request
      : { state, connection, now: time }
  );
}
