import { LIMITS } from "../_limits.ts";
import type { Delivery } from "../chat_message.ts";
import { refuse, reply } from "../commands/_user_request.ts";
import type { EntryOf } from "../log/_chat_entry.ts";
import { noticeOf } from "../text/_notice.ts";
import type { Applying } from "./_applying.ts";
import { isLate } from "./_repeated.ts";

/** Lets another device join the session of a user. */
export function applyLink(
  applying: Applying,
  entry: EntryOf<"link">,
): Delivery[] {
  const { state, request, time } = applying;
  const { user: id, key } = entry;
  const user = state.users.get(id);
  if (user === undefined || isLate(applying, user, entry)) return [];
  const expires = time + LIMITS.linkTime;
  state.links.add(key, { user: id, until: expires });
  const token = request?.connection.link;
  return token === undefined
    ? []
    : reply(request, { type: "link", token, expires });
}

/** Stops or starts giving the messages of another user to one. */
export function applyIgnore(
  applying: Applying,
  entry: EntryOf<"ignore">,
): Delivery[] {
  const { state, request } = applying;
  const { isOn } = entry;
  const user = state.users.get(entry.user);
  const other = state.users.get(entry.other);
  if (user === undefined || other === undefined) return [];
  if (isLate(applying, user, entry)) return [];
  if (isOn && user.ignored.size >= LIMITS.ignored) {
    return refuse(request, "too-many-ignored");
  }
  if (isOn) {
    user.ignored.add(other);
    other.ignoredBy.add(user);
  } else {
    user.ignored.delete(other);
    other.ignoredBy.delete(user);
  }
  const { nickname: subject } = other.entry;
  const code = isOn ? "ignored" : "unignored";
  return reply(request, noticeOf(code, { subject }));
}
