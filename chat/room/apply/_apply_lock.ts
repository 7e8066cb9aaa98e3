import { dropOldest } from "../../_drop_oldest.ts";
import { LIMITS } from "../_limits.ts";
import { tell } from "../_room_state.ts";
import type { Delivery } from "../chat_message.ts";
import { refuse, reply } from "../commands/_user_request.ts";
import type { EntryOf } from "../log/_chat_entry.ts";
import { noticeOf } from "../text/_notice.ts";
import type { Applying } from "./_applying.ts";
import { isLate } from "./_repeated.ts";

/** Makes a room one for invited users only, or for everyone. */
export function applyLock(
  applying: Applying,
  entry: EntryOf<"lock">,
): Delivery[] {
  const { state, request, time } = applying;
  const { isOn } = entry;
  const room = state.rooms.at(entry.place);
  const user = state.users.get(entry.user);
  if (room === undefined || isLate(applying, user, entry)) return [];
  if (user === undefined || !state.rooms.governs(user, room)) {
    return refuse(request, "owner-needed");
  }
  state.rules.store.lock?.(room.name, isOn);
  room.invited = isOn ? room.invited ?? new Set() : undefined;
  const { name: subject } = room;
  const notice = noticeOf(isOn ? "locked" : "unlocked", { subject });
  return [tell(room.connections, { ...notice, time })];
}

/** Lets a user into a locked room. */
export function applyInvite(
  applying: Applying,
  entry: EntryOf<"invite">,
): Delivery[] {
  const { state, request, time } = applying;
  const { user, to: { id }, place } = entry;
  const room = state.rooms.at(place);
  const to = state.users.get(id);
  const host = state.users.get(user.id);
  if (room === undefined || to === undefined) return [];
  if (isLate(applying, host, entry)) return [];
  const isHost = host !== undefined && state.rooms.governs(host, room);
  // The room may have been locked since the request was decided.
  if (room.invited !== undefined && !isHost) {
    return refuse(request, "owner-needed");
  }
  if (room.invited !== undefined) {
    dropOldest(room.invited.add(id), LIMITS.invited);
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
  const { nickname: subject } = to.entry;
  const notice = noticeOf("invited", { subject, room: room.name });
  return [...deliveries, ...reply(request, notice)];
}
