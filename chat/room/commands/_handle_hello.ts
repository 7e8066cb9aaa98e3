import { VERSION } from "../../protocol/_server_messages.ts";
import { LIMITS } from "../_limits.ts";
import { tell } from "../_room_state.ts";
import type { ChatCommand } from "../chat_command.ts";
import type { ChatErrorCode } from "../chat_error_code.ts";
import type { Delivery, DirectMessage } from "../chat_message.ts";
import { parseNickname } from "../names/nickname.ts";
import type { RoomChannel } from "../rooms/_room_channel.ts";
import type { HistoryPart } from "../rooms/_room_history.ts";
import { currentRoom, isNamed, refTo, type User } from "../users/_user.ts";
import {
  type NamedRequest,
  refuse,
  reply,
  type UserRequest,
} from "./_user_request.ts";

/** The most users in a list for a user who comes back to many rooms. */
const MIN_LISTED = 100;

type Hello = Extract<ChatCommand, { readonly type: "hello" }>;
type Entered = Extract<DirectMessage, { readonly type: "entered" }>;

/** Begins a session, or resumes one. */
export function handleHello(request: UserRequest, hello: Hello): Delivery[] {
  const { state, user, connection, now } = request;
  const isGreeted = user.expectsHello || user.saidHello;
  const greeting = isGreeted
    ? []
    : [state.greet(connection, user.address, now)];
  user.saidHello = true;
  return [...greeting, ...begin(request, hello)];
}

function begin(request: UserRequest, hello: Hello): Delivery[] {
  const { version, session = "", nickname, epoch } = hello;
  if (version !== VERSION) {
    return refuse(request, "unsupported-version", `${version}`);
  }
  const { rules, users } = request.state;
  const after = epoch === rules.store.epoch ? hello.after : undefined;
  const earlier = users.findSession(session);
  if (earlier !== undefined) return resume(request, earlier, after ?? 0);
  if (nickname !== undefined) return enter(request, nickname, after);
  return reply(request, { type: "nickname-request" });
}

/**
 * Lets a user into the chat if the nickname is free.
 *
 * @param after The highest id that the user has seen, if known.
 */
export function enter(
  request: UserRequest,
  text: string,
  after?: number,
): Delivery[] {
  const { state, user, now } = request;
  const fault = claim(request, text);
  if (fault !== undefined) return askForNickname(request, fault, text);
  if (!isNamed(user)) return [];
  if (user.saidHello) state.users.begin(user);
  const { lobby } = state.rooms;
  const joined = state.enter(user, lobby, now);
  const part = after === undefined
    ? undefined
    : lobby.history.after(after, LIMITS.answerBytes);
  const named = { ...request, user };
  return [
    ...welcome(named, lobby, false),
    ...tellEntered(named, lobby, { cause: "welcome", part }),
    joined,
  ];
}

/** Changes the nickname of a user. */
export function rename(request: NamedRequest, text: string): Delivery[] {
  const { state, user, now } = request;
  const previous = user.entry.nickname;
  const fault = claim(request, text);
  if (fault !== undefined) return refuse(request, fault, text);
  if (user.entry.nickname === previous) {
    return refuse(request, "nickname-unchanged", previous);
  }
  const event = { type: "renamed", user: refTo(user), previous } as const;
  return [...user.rooms].map((room) => state.announce(room, event, now));
}

/** Refuses the request of a user without a nickname, and asks for one. */
export function askForNickname(
  request: UserRequest,
  code: ChatErrorCode,
  subject?: string,
): Delivery[] {
  return [
    ...refuse(request, code, subject),
    ...reply(request, { type: "nickname-request" }),
  ];
}

/** Details of a message of type `entered`. */
interface Entrance {
  readonly cause: Entered["cause"];
  /** By default the last messages of the room. */
  readonly part?: HistoryPart | undefined;
  readonly maxListed?: number;
}

/** Describes a room to a user who is in it. */
export function tellEntered(
  request: UserRequest,
  room: RoomChannel,
  { cause, part, maxListed }: Entrance,
): Delivery[] {
  const { messages, complete } = part ??
    room.history.before(Infinity, LIMITS.historyOnEntry);
  return reply(request, {
    type: "entered",
    room: room.name,
    topic: room.topic,
    users: room.list(maxListed),
    online: room.size,
    history: messages,
    complete,
    cause,
  });
}

function claim(
  { state, user }: UserRequest,
  text: string,
): ChatErrorCode | undefined {
  const nickname = parseNickname(text);
  return typeof nickname === "string"
    ? nickname
    : state.users.rename(user, nickname);
}

function welcome(
  request: NamedRequest,
  room: RoomChannel,
  resumed: boolean,
): Delivery[] {
  const { session } = request.user;
  return reply(request, {
    type: "welcome",
    room: room.name,
    user: refTo(request.user),
    online: room.size,
    ...session === undefined ? {} : { session: session.token },
    resumed,
  });
}

/** Resumes the session of a user over the connection of the request. */
function resume(
  request: UserRequest,
  user: User,
  after: number,
): Delivery[] {
  const { state, now } = request;
  const replaced = user.connection;
  state.users.resume(user, request.user);
  const current = currentRoom(user);
  if (!isNamed(user) || current === undefined) return [];
  for (const room of user.rooms) room.enter(user);
  const resumed = { ...request, user };
  const deliveries = [
    ...welcome(resumed, current, true),
    ...catchUp(resumed, after),
  ];
  if (replaced !== undefined) {
    const goodbye = { type: "goodbye", time: now, reason: "replaced" } as const;
    return [tell([replaced], goodbye), ...deliveries];
  }
  const joined = [...user.rooms].map((room) => state.enter(user, room, now));
  return [...deliveries, ...joined];
}

/** Sends a user the messages missed after an id. */
function catchUp(request: NamedRequest, after: number): Delivery[] {
  const { rooms, session } = request.user;
  const maxBytes = Math.floor(LIMITS.answerBytes / rooms.size);
  const deliveries: Delivery[] = [];
  let listed = 0;
  for (const room of rooms) {
    const part = room.history.after(after, maxBytes);
    const maxListed = Math.max(MIN_LISTED, LIMITS.listedUsers - listed);
    const entrance = { cause: "resume", part, maxListed } as const;
    deliveries.push(...tellEntered(request, room, entrance));
    listed += Math.min(room.size, maxListed);
  }
  const missed = session?.missed(after) ?? [];
  return [
    ...deliveries,
    ...missed.map((message) => tell([request.connection], message)),
  ];
}
