import { type RoomState, tell } from "../_room_state.ts";
import type { Delivery, KeptMessage } from "../chat_message.ts";
import { refuse } from "../commands/_user_request.ts";
import type { ChatEntry, EntryBase, RoomPlace } from "../log/_chat_entry.ts";
import type { RoomChannel } from "../rooms/_room_channel.ts";
import type { PrivateMessage } from "../users/_session.ts";
import type { User } from "../users/_user.ts";
import type { Applying } from "./_applying.ts";

type Text = Extract<
  ChatEntry,
  { readonly type: "said" | "action" | "topic" }
>;
type Private = Extract<ChatEntry, { readonly type: "private" }>;
type Edit = Extract<ChatEntry, { readonly type: "edit" }>;

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

/** Sends a text to one user, and to its author as a confirmation. */
export function applyPrivate(applying: Applying, entry: Private): Delivery[] {
  const { state, request } = applying;
  const user = state.users.get(entry.user.id);
  const again = repeat(applying, user, entry);
  if (again !== undefined) return again;
  const to = state.users.get(entry.to.id);
  if (to === undefined) {
    return request === undefined
      ? []
      : refuse(request, "no-such-user", entry.to.nickname);
  }
  const message = privateMessage(entry, state.ids.messageId());
  remember(user, entry.ref, message);
  const isHeard = user === undefined || !to.ignored.has(user);
  state.rules.store.appendPrivate?.(message, {
    author: user?.owner,
    recipient: isHeard ? to.owner : undefined,
  });
  // A user who is away gets it after coming back.
  const ends = new Set(isHeard ? [to, user] : [user]);
  for (const end of ends) end?.session?.keep(message);
  return [tell([...ends].flatMap((end) => end?.connections ?? []), message)];
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
  switch (type) {
    case "said":
    case "action":
    case "topic":
    case "private":
    case "edit":
      return true;
    default:
      return false;
  }
}

/** Keeps what an entry says, without any other change of the state. */
export function recallText(
  state: RoomState,
  entry: ChatEntry,
  id: number,
): void {
  const { users, rooms, rules } = state;
  if (entry.type === "private") {
    const message = privateMessage(entry, id);
    const author = users.get(entry.user.id);
    const recipient = users.get(entry.to.id);
    const isHeard = author === undefined || !recipient?.ignored.has(author);
    const to = isHeard ? recipient : undefined;
    for (const end of new Set([author, to])) end?.session?.keep(message);
    rules.store.appendPrivate?.(message, {
      author: author?.owner,
      recipient: to?.owner,
    });
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

/**
 * The answer to a request that was carried out before, or may have been, as its
 * session has ended or has gone on over another connection, where what has no answer
 * is repeated; `undefined` for another.
 */
function repeat(
  applying: Applying,
  user: User | undefined,
  entry: Pick<EntryBase, "ref" | "connection">,
): Delivery[] | undefined {
  const { ref } = entry;
  if (ref === undefined) return undefined;
  if (user === undefined) return [];
  const receipt = user.session?.receipts.get(ref);
  // A session remembers a number of requests only, so it can't tell late ones.
  if (receipt === undefined) {
    return isLate(applying, user, entry) ? [] : undefined;
  }
  const { request } = applying;
  if (request === undefined) return [];
  return [tell([request.connection.id], { type: "ack", ref, ...receipt })];
}

/**
 * Whether a request came over a connection that its user has not any more, or of a
 * user who is away, did not have last. Once one request of a connection is late, all
 * that follow are: the client repeats them, in order.
 */
export function isLate(
  { state, place: { origin: server } }: Applying,
  user: User | undefined,
  { connection }: Pick<EntryBase, "connection">,
): boolean {
  if (user === undefined || connection === undefined) return false;
  if (user.isConnected) return state.users.at({ server, connection }) !== user;
  const { lastHome } = user;
  return lastHome?.server !== server || lastHome.connection !== connection;
}

/** Remembers what came of a request. */
function remember(
  user: User | undefined,
  ref: string | undefined,
  { id, time }: KeptMessage | PrivateMessage,
): void {
  if (ref !== undefined) user?.session?.remember(ref, { id, time });
}
