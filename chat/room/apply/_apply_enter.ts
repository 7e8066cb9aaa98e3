import { LIMITS } from "../_limits.ts";
import { tell } from "../_room_state.ts";
import type { Delivery, DirectMessage } from "../chat_message.ts";
import {
  askForNickname,
  refuse,
  reply,
  type UserRequest,
} from "../commands/_user_request.ts";
import { rejectStranger } from "../commands/_decide_names.ts";
import type { EntryOf } from "../log/_chat_entry.ts";
import type { RoomChannel } from "../rooms/_room_channel.ts";
import type { HistoryPart } from "../rooms/_room_history.ts";
import { noticeOf } from "../text/_notice.ts";
import { Session } from "../users/_session.ts";
import { User } from "../users/_user.ts";
import type { Applying } from "./_applying.ts";

/** The most users in a list for a user who comes back to many rooms. */
const MIN_LISTED = 100;

type Enter = EntryOf<"enter">;
type Entered = Extract<DirectMessage, { readonly type: "entered" }>;

/** Lets a user into the chat, or lets a session go on. */
export function applyEnter(applying: Applying, entry: Enter): Delivery[] {
  const { state: { users }, place, request } = applying;
  const { connection } = entry;
  if (users.at({ server: place.origin, connection }) !== undefined) {
    return refuse(request, "unexpected-hello");
  }
  const earlier = entry.resumes === undefined
    ? undefined
    : users.findSession(entry.resumes);
  // The secret of another account is worth nothing.
  if (earlier !== undefined && earlier.account === entry.account) {
    return entry.follows === earlier.connectedBy
      ? resume(applying, entry, earlier, "session")
      : resumeAgain(applying, entry, earlier);
  }
  if (entry.link !== undefined) return useLink(applying, entry, entry.link);
  const signedIn = entry.account === undefined
    ? undefined
    : users.findAccount(entry.account);
  if (signedIn !== undefined) return joinAccount(applying, entry, signedIn);
  if (entry.nickname === undefined) return askAgain(applying.request);
  const conflict = users.conflict(entry.nickname);
  if (conflict === undefined) return begin(applying, entry, entry.nickname);
  return askForNickname(request, conflict, entry.nickname.text);
}

/** Lets another device join the session of a user. */
function useLink(applying: Applying, entry: Enter, key: string): Delivery[] {
  const { state, request } = applying;
  const id = state.links.take(key, state.logTime);
  const user = id === undefined ? undefined : state.users.get(id);
  const isValid = entry.session !== undefined &&
    user?.account === entry.account;
  if (!isValid || user === undefined) {
    return request?.connection.joinsOnly
      ? [...refuse(request, "wrong-link"), ...rejectStranger(request)]
      : askForNickname(request, "wrong-link");
  }
  return join(applying, entry, user, "link");
}

/** Lets another tab or device join the user who is signed in by the same name. */
function joinAccount(applying: Applying, entry: Enter, user: User): Delivery[] {
  const { request } = applying;
  const { device, enteredAt } = entry;
  const isOlder = enteredAt < user.connectedAt && device !== undefined &&
    user.homes.some((home) => home.device === device);
  if (!isOlder) return join(applying, entry, user, "account");
  // The device has got another connection meanwhile, which this must not replace.
  return refuse(request, "unavailable");
}

/** Lets another tab or device join the session of a user, by a secret of its own. */
function join(
  applying: Applying,
  entry: Enter,
  user: User,
  by: "link" | "account",
): Delivery[] {
  const { users } = applying.state;
  if (entry.session !== undefined) users.addKey(user, entry.session);
  return resume(applying, entry, user, by);
}

/** Asks for a nickname where there was no session to resume. */
function askAgain(request: UserRequest | undefined): Delivery[] {
  if (request === undefined) return [];
  const { fault, joinsOnly } = request.connection;
  if (joinsOnly) return rejectStranger(request);
  return fault === undefined
    ? reply(request, { type: "nickname-request" })
    : askForNickname(request, fault.code, fault.subject);
}

/** Lets a new user into the lobby. */
function begin(
  applying: Applying,
  entry: Enter,
  { text: nickname, claims }: NonNullable<Enter["nickname"]>,
): Delivery[] {
  const { state, request, time } = applying;
  const { connection, enteredAt, addressKey, account, session, after } = entry;
  const id = state.ids.userId(connection);
  const keys = session === undefined ? [] : [session];
  const hasSession = session !== undefined || account !== undefined;
  const user = new User({ id, nickname, enteredAt }, addressKey, {
    session: hasSession ? new Session(keys) : undefined,
    account,
  });
  if (account !== undefined) {
    user.mutedUntil = state.accounts.mutedUntil(account, state.logTime);
    user.isOperator = state.accounts.isOperator(account, state.logTime);
  }
  state.users.add(user, claims);
  attach(applying, entry, user);
  const { lobby } = state.rooms;
  const joined = state.enter(user, lobby, time);
  if (request === undefined) return joined;
  const part = after === undefined
    ? undefined
    : lobby.history.after(after, LIMITS.answerBytes);
  return [
    ...welcome(request, user, lobby, {
      token: request.connection.token,
      resumed: false,
    }),
    ...tellEntered(request, lobby, { cause: "welcome", part }),
    ...tellStanding(request, user),
    ...joined,
  ];
}

/**
 * Wants to resume a session that has got another connection meanwhile. A connection
 * that is lost, or older than the other, must not replace it: the user may not know
 * of it any more.
 */
function resumeAgain(
  { state, place, request }: Applying,
  entry: Enter,
  { connectedBy, connectedAt }: User,
): Delivery[] {
  if (request === undefined) return [];
  if (entry.enteredAt < connectedAt) return refuse(request, "unavailable");
  request.connection.pending++;
  return state.log.propose({
    ...entry,
    time: place.now,
    follows: connectedBy,
  });
}

/**
 * Resumes the session of a user over the connection of the entry. It takes the place
 * of the connection of the same device; that of a client that names no device takes
 * the place of all, unless it joins the user of its account.
 */
function resume(
  applying: Applying,
  entry: Enter,
  user: User,
  by: "session" | "link" | "account",
): Delivery[] {
  const { state, request, time } = applying;
  const { currentRoom, isConnected: wasConnected } = user;
  const { device } = entry;
  const replaced = user.homes.filter((home, index) =>
    (device === undefined ? by !== "account" : home.device === device) ||
    index <= user.homes.length - LIMITS.devices
  );
  const goodbyes = state.drop(user, replaced, "replaced", time);
  // Before others are removed, as a user without a connection is not online.
  attach(applying, entry, user);
  for (const home of replaced) state.users.disconnect(user, home);
  for (const room of user.rooms) room.enter(user);
  const deliveries: Delivery[] = [];
  if (request !== undefined && currentRoom !== undefined) {
    deliveries.push(
      ...welcome(request, user, currentRoom, {
        token: by === "session"
          ? request.connection.resumes
          : request.connection.token,
        // Requests of another session must not be sent again.
        resumed: by === "session" || entry.resumes === undefined,
      }),
      ...catchUp(request, user, entry.after ?? 0),
      // The device that resumes was told before.
      ...by === "session" ? [] : tellStanding(request, user),
    );
  }
  if (wasConnected) return [...goodbyes, ...deliveries];
  const joined = [...user.rooms].flatMap((room) =>
    state.enter(user, room, time)
  );
  return [...deliveries, ...joined];
}

/** Gives a user the connection of an entry. */
function attach(
  { state, place, request }: Applying,
  { connection: number, device, addressKey, enteredAt }: Enter,
  user: User,
): void {
  const home = { server: place.origin, connection: number, device };
  state.users.connect(user, home, addressKey);
  user.connectedBy = place.id;
  user.connectedAt = enteredAt;
  const connection = request?.connection;
  if (connection === undefined) return;
  user.connections.push(connection.id);
  for (const room of user.rooms) room.refresh();
  user.flood ??= connection.flood;
  connection.flood = user.flood;
  connection.user = user;
}

function welcome(
  request: UserRequest,
  user: User,
  room: RoomChannel,
  { token: session, resumed }: {
    readonly token: string | undefined;
    readonly resumed: boolean;
  },
): Delivery[] {
  return reply(request, {
    type: "welcome",
    room: room.name,
    user: user.ref,
    online: room.size,
    ...session === undefined ? {} : { session },
    resumed,
  });
}

/** Tells a device of the mute and the rights of its user. */
function tellStanding(
  request: UserRequest,
  { isOperator, mutedUntil }: User,
): Delivery[] {
  const minutes = Math.ceil((mutedUntil - request.now) / 60_000);
  return [
    ...isOperator ? reply(request, noticeOf("operator")) : [],
    ...minutes > 0
      ? reply(request, noticeOf("you-are-muted", { minutes }))
      : [],
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
    users: room.list(room.isLarge ? LIMITS.listedOnEntry : maxListed),
    online: room.size,
    history: messages,
    complete,
    cause,
  });
}

/** Sends a user the messages missed after an id. */
function catchUp(
  request: UserRequest,
  { rooms, privates }: User,
  after: number,
): Delivery[] {
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
  return [
    ...deliveries,
    ...privates.missed(after).map((message) =>
      tell([request.connection.id], message)
    ),
  ];
}
