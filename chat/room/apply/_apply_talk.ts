import type { RoomState } from "../_room_state.ts";
import type { Delivery, KeptMessage } from "../chat_message.ts";
import type { ChatEntry, EntryOf, RoomPlace } from "../log/_chat_entry.ts";
import type { RoomChannel } from "../rooms/_room_channel.ts";
import type { User } from "../users/_user.ts";
import { changePrivate, keepPrivate } from "./_apply_private.ts";
import type { Applying } from "./_applying.ts";
import { isLate, remember, repeat } from "./_repeated.ts";

type Text = EntryOf<"said" | "action" | "topic">;
type Edit = EntryOf<"edit">;

/** The types of entries about something that users say. */
const TALK: ReadonlySet<ChatEntry["type"]> = new Set(
  ["said", "action", "topic", "edit", "private", "private-edit"] as const,
);

/**
 * Keeps something said in a room, and tells the users there. It counts even if its
 * author has left meanwhile.
 */
export function applyText(applying: Applying, entry: Text): Delivery[] {
  const { state } = applying;
  const user = state.users.get(entry.user.id);
  // A topic may be set again.
  const isTopic = entry.type === "topic";
  if (isTopic && isLate(applying, user, entry)) return [];
  const ref = isTopic ? undefined : entry.ref;
  const again = repeat(applying, user, { ...entry, ref });
  if (again !== undefined) return again;
  const message = keptMessage(entry, state.ids.messageId());
  remember(user, ref, message);
  const room = roomOf(state, entry.place, user);
  if (room !== undefined || !entry.place.locked) {
    state.rules.store.append(message);
  }
  if (room === undefined) return [{ to: [], message }];
  return [room.announce(message, exceptions(applying, entry, user))];
}

/** Changes something that was said, and tells the users there. */
export function applyEdit(applying: Applying, entry: Edit): Delivery[] {
  const { state, time } = applying;
  const { user: author, target, text = "" } = entry;
  const user = state.users.get(author.id);
  if (isLate(applying, user, entry)) return [];
  const id = state.ids.messageId();
  const room = roomOf(state, entry.place, user);
  editMessage(state, entry, { id, room });
  if (room === undefined) return [];
  const event = { type: "edited", user: author, target, text } as const;
  const message = { ...event, id, time, room: room.name };
  return [room.announce(message, ignoringOf(user))];
}

function editMessage(
  { rules }: RoomState,
  { place, target, text = "" }: Edit,
  { id, room }: { readonly id: number; readonly room: RoomChannel | undefined },
): void {
  rules.store.change?.(place.room, target, text, id);
  const message = room?.history.find(target);
  if (message === undefined || message.type === "topic") return;
  room?.history.replace({ ...message, text, edited: id });
}

/**
 * The room that something was said in. If it was closed before that was applied, it is
 * the room of the same name that the author has entered since.
 */
function roomOf(
  { rooms }: RoomState,
  place: RoomPlace,
  author: User | undefined,
): RoomChannel | undefined {
  const room = rooms.at(place);
  if (room !== undefined || place.locked) return room;
  const next = rooms.named(place.room);
  return next !== undefined && author?.rooms.has(next) ? next : undefined;
}

/** The connections of this server that do not get a text. */
function exceptions(
  { request }: Applying,
  { type }: Text,
  user: User | undefined,
): number[] {
  // Only a topic is told to the connection that it comes from.
  if (type === "topic") return [];
  const except = request === undefined ? [] : [request.connection.id];
  return [...except, ...ignoringOf(user)];
}

/** The connections to this server of users who ignore an author. */
function ignoringOf(author: User | undefined): number[] {
  return [...author?.ignoredBy ?? []].flatMap(({ connections }) => connections);
}

/** Whether an entry is about something that users say. */
export function isTalk({ type }: ChatEntry): boolean {
  return TALK.has(type);
}

/** Keeps the message of an entry, without any other change of the state. */
export function recallText(
  state: RoomState,
  entry: ChatEntry,
  id: number,
): void {
  const { rooms, rules } = state;
  if (entry.type === "private") {
    keepPrivate(state, entry, id);
  } else if (entry.type === "private-edit") {
    changePrivate(state, entry, id);
  } else if (entry.type === "edit") {
    editMessage(state, entry, { id, room: rooms.at(entry.place) });
  } else if (isText(entry)) {
    const message = keptMessage(entry, id);
    const room = rooms.at(entry.place);
    if (room === undefined && entry.place.locked) return;
    rules.store.append(message);
    room?.history.add(message);
  }
}

function keptMessage(
  { type, user, place: { room }, text, time, replyTo }: Text,
  id: number,
): KeptMessage {
  if (type === "topic") return { type, user, text, id, time, room };
  const message = { type, user, text, id, time, room };
  return replyTo === undefined ? message : { ...message, replyTo };
}

function isText(entry: ChatEntry): entry is Text {
  return entry.type === "said" || entry.type === "action" ||
    entry.type === "topic";
}
