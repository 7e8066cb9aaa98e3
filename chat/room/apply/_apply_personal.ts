import { LIMITS } from "../_limits.ts";
import type { Delivery } from "../chat_message.ts";
import { reply } from "../commands/_user_request.ts";
import type { ChatEntry } from "../log/_chat_entry.ts";
import { noticeOf } from "../text/_notice.ts";
import type { Applying } from "./_applying.ts";

type EntryOf<T extends ChatEntry["type"]> = Extract<
  ChatEntry,
  { readonly type: T }
>;

/** Lets another device join the session of a user. */
export function applyLink(
  { state, request, time }: Applying,
  { user, key }: EntryOf<"link">,
): Delivery[] {
  if (state.users.get(user) === undefined) return [];
  const expires = time + LIMITS.linkTime;
  state.links.add(key, { user, until: expires });
  const token = request?.connection.link;
  if (request === undefined || token === undefined) return [];
  return reply(request, { type: "link", token, expires });
}

/** Stops or starts giving the messages of another user to one. */
export function applyIgnore(
  { state, request }: Applying,
  { user: id, other: otherId, isOn }: EntryOf<"ignore">,
): Delivery[] {
  const user = state.users.get(id);
  const other = state.users.get(otherId);
  if (user === undefined || other === undefined) return [];
  if (isOn) {
    user.ignored.add(other);
    other.ignoredBy.add(user);
  } else {
    user.ignored.delete(other);
    other.ignoredBy.delete(user);
  }
  if (request === undefined) return [];
  const { nickname: subject } = other.entry;
  const code = isOn ? "ignored" : "unignored";
  return reply(request, noticeOf(code, { subject }));
}
