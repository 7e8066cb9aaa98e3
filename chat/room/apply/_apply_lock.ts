import { LIMITS } from "../_limits.ts";
import { tell } from "../_room_state.ts";
import type { Delivery } from "../chat_message.ts";
import { reply } from "../commands/_user_request.ts";
import type { ChatEntry } from "../log/_chat_entry.ts";
import { noticeOf } from "../text/_notice.ts";
import type { Applying } from "./_applying.ts";

type EntryOf<T extends ChatEntry["type"]> = Extract<
  ChatEntry,
  { readonly type: T }
>;

/** Makes a room one for invited users only, or for everyone. */
export function applyLock(
  { state, time }: Applying,
  { room: key, isOn }: EntryOf<"lock">,
): Delivery[] {
  const room = state.rooms.get(key);
  if (room === undefined) return [];
  room.invited = isOn ? room.invited ?? new Set() : undefined;
  const { name: subject } = room;
  const notice = noticeOf(isOn ? "locked" : "unlocked", { subject });
  return [tell(room.connections, { ...notice, time })];
}

/** Lets a user into a locked room. */
export function applyInvite(
  { state, request, time }: Applying,
  { user, to: { id }, room: key }: EntryOf<"invite">,
): Delivery[] {
  const room = state.rooms.get(key);
  const to = state.users.get(id);
  if (room === undefined || to === undefined) return [];
  room.invited?.add(id);
  for (const oldest of room.invited ?? []) {
    if ((room.invited?.size ?? 0) <= LIMITS.invited) break;
    room.invited?.delete(oldest);
  }
  const isHeard = [...to.ignored].every((other) => other.id !== user.id);
  const deliveries = isHeard
    ? [tell([...to.connections], {
      type: "invited",
      time,
      user,
      room: room.name,
    })]
    : [];
  if (request === undefined) return deliveries;
  const { nickname: subject } = to.entry;
  const notice = noticeOf("invited", { subject, room: room.name });
  return [...deliveries, ...reply(request, notice)];
}
