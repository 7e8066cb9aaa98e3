import { type RoomState, tell } from "../_room_state.ts";
import type { Delivery, KeptMessage } from "../chat_message.ts";
import { refuse } from "../commands/_user_request.ts";
import type { ChatEntry } from "../log/_chat_entry.ts";
import type { PrivateMessage } from "../users/_session.ts";
import type { User } from "../users/_user.ts";
import type { Applying } from "./_applying.ts";

type Text = Extract<
  ChatEntry,
  { readonly type: "said" | "action" | "topic" }
>;
type Private = Extract<ChatEntry, { readonly type: "private" }>;

/**
 * Keeps something said in a room, and tells the users there. It counts even if its
 * author has left meanwhile.
 */
export function applyText(applying: Applying, entry: Text): Delivery[] {
  const { state } = applying;
  const user = state.users.get(entry.user.id);
  // A topic may be set again.
  const ref = entry.type === "topic" ? undefined : entry.ref;
  const again = repeat(applying, user, ref);
  if (again !== undefined) return again;
  const message = keptMessage(entry, state.ids.messageId());
  state.rules.store.append(message);
  remember(user, ref, message);
  const room = state.rooms.named(message.room);
  if (room === undefined) return [{ to: [], message }];
  // Only a topic is told to the connection that it comes from.
  const { request } = applying;
  const except = entry.type === "topic" || request === undefined
    ? []
    : [request.connection.id];
  return [room.announce(message, except)];
}

/** Sends a text to one user, and to its author as a confirmation. */
export function applyPrivate(applying: Applying, entry: Private): Delivery[] {
  const { state, request } = applying;
  const user = state.users.get(entry.user.id);
  const again = repeat(applying, user, entry.ref);
  if (again !== undefined) return again;
  const to = state.users.get(entry.to.id);
  if (to === undefined) {
    return request === undefined
      ? []
      : refuse(request, "no-such-user", entry.to.nickname);
  }
  const message = privateMessage(entry, state.ids.messageId());
  remember(user, entry.ref, message);
  // A user who is away gets it after coming back.
  const ends = new Set([to, user]);
  for (const end of ends) end?.session?.keep(message);
  return [tell([...ends].flatMap((end) => end?.connections ?? []), message)];
}

/** Keeps what an entry says, without any other change of the state. */
export function recallText(
  { users, rooms, rules }: RoomState,
  entry: ChatEntry,
  id: number,
): void {
  if (entry.type === "private") {
    const message = privateMessage(entry, id);
    const ends = new Set([entry.user.id, entry.to.id]);
    for (const end of ends) users.get(end)?.session?.keep(message);
  } else if (isText(entry)) {
    const message = keptMessage(entry, id);
    rules.store.append(message);
    rooms.named(message.room)?.history.add(message);
  }
}

function keptMessage(
  { type, user, room, text, time }: Text,
  id: number,
): KeptMessage {
  return { type, user, text, id, time, room };
}

function privateMessage(
  { type, user, to, text, time }: Private,
  id: number,
): PrivateMessage {
  return { type, id, time, user, to, text };
}

function isText(entry: ChatEntry): entry is Text {
  return entry.type === "said" || entry.type === "action" ||
    entry.type === "topic";
}

/** The answer to a request that was carried out before; `undefined` for another. */
function repeat(
  { request }: Applying,
  user: User | undefined,
  ref: string | undefined,
): Delivery[] | undefined {
  if (ref === undefined) return undefined;
  const receipt = user?.session?.receipts.get(ref);
  if (receipt === undefined) return undefined;
  if (request === undefined) return [];
  return [tell([request.connection.id], { type: "ack", ref, ...receipt })];
}

/** Remembers what came of a request. */
function remember(
  user: User | undefined,
  ref: string | undefined,
  { id, time }: KeptMessage | PrivateMessage,
): void {
  if (ref !== undefined) user?.session?.remember(ref, { id, time });
}
