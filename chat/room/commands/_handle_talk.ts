import { cleanText } from "../text/_clean_text.ts";
import { fault, tell } from "./_deliveries.ts";
import type { Member } from "../users/_user.ts";
import { isLongerThan } from "../names/_is_longer_than.ts";
import { openRoom, ownRoom } from "./_handle_room.ts";
import { entryOf } from "../rooms/_room_table.ts";
import { refTo, type RoomState } from "../_room_state.ts";
import type { PrivateMessage } from "../users/_session.ts";
import type { ChatCommand } from "../chat_command.ts";
import type { Delivery } from "../chat_message.ts";

/** The most characters of a topic: all topics together are sent as one list. */
const MAX_TOPIC_LENGTH = 200;

type Topic = Extract<ChatCommand, { readonly type: "topic" }>;

/** Words for a room. */
interface Words {
  readonly text: string;
  readonly room?: string | undefined;
}

/** Lets everyone else in a room hear what a user says. */
export function speak(
  state: RoomState,
  user: Member,
  type: "said" | "action",
  { text: raw, room: name }: Words,
  now: number,
): Delivery[] {
  const { connection } = user;
  const room = ownRoom(state, user, name);
  if (typeof room === "string") return [fault(connection, room, now, name)];
  const text = cleanText(raw);
  if (text.trim() === "") return [fault(connection, "text-empty", now)];
  const event = { type, user: refTo(user), text };
  return [state.announce(room, event, now, connection)];
}

/** Tells something to one user alone. */
export function whisper(
  state: RoomState,
  user: Member,
  nickname: string,
  raw: string,
  now: number,
): Delivery[] {
  const { connection } = user;
  const to = state.users.find(nickname);
  if (to === undefined) {
    return [fault(connection, "no-such-user", now, nickname)];
  }
  const text = cleanText(raw);
  if (text.trim() === "") return [fault(connection, "text-empty", now)];
  const message: PrivateMessage = {
    type: "private",
    id: state.nextMessageId(),
    time: now,
    user: refTo(user),
    to: refTo(to),
    text,
  };
  // The sender hears it too, so as to know that it went out; one who is away
  // hears it after coming back.
  const connections = new Set([to.connection ?? connection, connection]);
  for (const { session } of new Set([to, user])) session?.keep(message);
  return [tell([...connections], message)];
}

/** Sets the topic of a room, or tells what it is. */
export function setTopic(
  state: RoomState,
  user: Member,
  { text: raw, room: name }: Topic,
  now: number,
): Delivery[] {
  const { connection, isOperator } = user;
  const find = isOperator || raw === undefined ? openRoom : ownRoom;
  const room = find(state, user, name);
  if (typeof room === "string") return [fault(connection, room, now, name)];
  if (raw === undefined) {
    const rooms = [entryOf(room)];
    return [tell([connection], { type: "rooms", time: now, rooms })];
  }
  const isGuarded = room === state.rooms.lobby &&
    state.rules.operatorToken !== undefined;
  if (isGuarded && !isOperator) {
    return [fault(connection, "operator-needed", now)];
  }
  const text = cleanText(raw).trim();
  if (isLongerThan(text, MAX_TOPIC_LENGTH)) {
    return [fault(connection, "topic-too-long", now)];
  }
  const event = { type: "topic", user: refTo(user), text } as const;
  return [state.announce(room, event, now)];
}
