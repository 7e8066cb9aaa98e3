import { type RoomState, tell } from "../_room_state.ts";
import type { Delivery, PrivateMessage } from "../chat_message.ts";
import { refuse } from "../commands/_user_request.ts";
import type { EntryOf } from "../log/_chat_entry.ts";
import type { PrivateEdit } from "../users/_private_backlog.ts";
import type { User } from "../users/_user.ts";
import type { Applying } from "./_applying.ts";
import { isLate, remember, repeat } from "./_repeated.ts";

type Private = EntryOf<"private">;
type Edit = EntryOf<"private-edit">;

/** A message for both ends of a private conversation. */
interface ForEnds<M> {
  readonly message: M;
  /** The users who are told. */
  readonly ends: readonly User[];
}

/** Sends a text to one user, and to its author as a confirmation. */
export function applyPrivate(applying: Applying, entry: Private): Delivery[] {
  const { state, request } = applying;
  const user = state.users.get(entry.user.id);
  const again = repeat(applying, user, entry);
  if (again !== undefined) return again;
  if (state.users.get(entry.to.id) === undefined) {
    return refuse(request, "no-such-user", entry.to.nickname);
  }
  const kept = keepPrivate(state, entry, state.ids.messageId());
  remember(user, entry.ref, kept.message);
  return tellEnds(kept);
}

/** Changes a private message, and tells those who have got it. */
export function applyPrivateEdit(applying: Applying, entry: Edit): Delivery[] {
  const { state } = applying;
  const user = state.users.get(entry.user.id);
  if (isLate(applying, user, entry)) return [];
  return tellEnds(changePrivate(state, entry, state.ids.messageId()));
}

/** Keeps a private message, also for a user who is away. */
export function keepPrivate(
  state: RoomState,
  { type, user, to, text, time, replyTo }: Private,
  id: number,
): ForEnds<PrivateMessage> {
  const author = state.users.get(user.id);
  const recipient = state.users.get(to.id);
  const sent = { type, id, time, user, to, text };
  const message = replyTo === undefined ? sent : { ...sent, replyTo };
  const isHeard = hears(recipient, author);
  state.rules.store.appendPrivate?.(message, {
    author: author?.owner,
    recipient: isHeard ? recipient?.owner : undefined,
  });
  const ends = endsOf(isHeard ? recipient : undefined, author);
  for (const end of ends) end.privates.keep(message, isHeard);
  return { message, ends };
}

/** Gives a private message another text, wherever it is kept. */
export function changePrivate(
  state: RoomState,
  { user, to, target, text = "", time, isHeard }: Edit,
  id: number,
): ForEnds<PrivateEdit> {
  state.rules.store.changePrivate?.(target, text, id);
  const author = state.users.get(user.id);
  const recipient = isHeard ? state.users.get(to.id) : undefined;
  const type = "private-edited";
  const message: PrivateEdit = { type, id, time, user, to, target, text };
  // A user who ignores the author now has got the message, and gets no new text.
  const ends = endsOf(hears(recipient, author) ? recipient : undefined, author);
  for (const end of endsOf(recipient, author)) {
    end.privates.change(message, ends.includes(end));
  }
  return { message, ends };
}

/** Whether a user is there, and does not ignore the author. */
function hears(recipient: User | undefined, author: User | undefined): boolean {
  if (recipient === undefined) return false;
  return author === undefined || !recipient.ignored.has(author);
}

/** The users of a private message, who may be the same. */
function endsOf(...users: readonly (User | undefined)[]): readonly User[] {
  return [...new Set(users)].filter((user) => user !== undefined);
}

function tellEnds(
  { message, ends }: ForEnds<PrivateMessage | PrivateEdit>,
): Delivery[] {
  return [tell(ends.flatMap((end) => end.connections), message)];
}
