import { defined } from "../../_option_checks.ts";
import { LIMITS } from "../_limits.ts";
import { type RoomState, tell } from "../_room_state.ts";
import type { Delivery } from "../chat_message.ts";
import { refuse, reply } from "../commands/_user_request.ts";
import type { EntryOf } from "../log/_chat_entry.ts";
import { noticeOf } from "../text/_notice.ts";
import type { User } from "../users/_user.ts";
import type { Applying } from "./_applying.ts";

/** Makes a user an operator. */
export function applyOperator(
  { state, request, time }: Applying,
  { user: id }: EntryOf<"operator">,
): Delivery[] {
  const user = state.users.get(id);
  if (user === undefined) return [];
  user.isOperator = true;
  if (user.account !== undefined) {
    const operatorUntil = time + LIMITS.operatorTime;
    state.accounts.set(user.account, { operatorUntil });
  }
  return reply(request, noticeOf("operator"));
}

/** Disconnects a user, and ends the session. */
export function applyKick(
  { state, request, time }: Applying,
  { user: id, note }: EntryOf<"kick">,
): Delivery[] {
  const user = state.users.get(id);
  if (user === undefined) return refuse(request, "no-such-user");
  const { nickname } = user.entry;
  endRights(state, user);
  return [
    ...state.expel(user, "kicked", time, note),
    ...reply(request, noticeOf("kicked", { subject: nickname })),
  ];
}

/**
 * Bans the address of a user, who is expelled. Each server then disconnects its
 * users from there, except operators; their sessions end.
 */
export function applyBan(
  { state, place, request, time }: Applying,
  { user: id, minutes, note }: EntryOf<"ban">,
): Delivery[] {
  const target = state.users.get(id);
  if (target === undefined) return refuse(request, "no-such-user");
  const { addressKey, entry: { nickname: subject } } = target;
  const end = time + minutes * 60_000;
  const until = state.clock.at(place.now) + end - place.now;
  state.bans.add(addressKey, { end, until });
  endRights(state, target);
  const expelled = state.expel(target, "banned", time, note);
  for (const user of [...state.users.away()]) {
    if (user.addressKey === addressKey && !user.isOperator) state.remove(user);
  }
  const banned = [...state.connections.values()].filter((connection) =>
    connection.addressKey === addressKey && !connection.user?.isOperator
  );
  return [
    ...expelled,
    ...banned.flatMap((connection) =>
      state.dismiss(connection, "banned", time, note)
    ),
    ...reply(request, noticeOf("banned", { subject, minutes })),
  ];
}

/** Takes the right to write from a user for a time, or gives it back. */
export function applyMute(
  { state, request, time }: Applying,
  { user: id, minutes, note }: EntryOf<"mute">,
): Delivery[] {
  const user = state.users.get(id);
  if (user === undefined) return refuse(request, "no-such-user");
  user.mutedUntil = time + minutes * 60_000;
  if (user.account !== undefined) {
    state.accounts.set(user.account, { mutedUntil: user.mutedUntil });
  }
  const { nickname: subject } = user.entry;
  const told = minutes === 0
    ? noticeOf("you-are-unmuted", { note })
    : noticeOf("you-are-muted", { minutes, note });
  return [
    tell([...user.connections], defined({ ...told, time })),
    ...reply(
      request,
      minutes === 0
        ? noticeOf("unmuted", { subject })
        : noticeOf("muted", { subject, minutes }),
    ),
  ];
}

/** Tells everyone something. */
export function applyNotice(
  { state, time }: Applying,
  { text }: EntryOf<"notice">,
): Delivery[] {
  const to = [...state.connections.keys()];
  return [tell(to, { type: "notice", time, text })];
}

/** Ends the rights that would outlive the session of an operator. */
function endRights({ accounts }: RoomState, { account }: User): void {
  if (account !== undefined) accounts.set(account, { operatorUntil: 0 });
}
