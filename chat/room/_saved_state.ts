import type { RoomState } from "./_room_state.ts";
import type { IdRange } from "./log/_skipped_entries.ts";
import type { RoomName } from "./names/room_name.ts";
import type { SavedAccount } from "./users/_account_records.ts";
import { Session } from "./users/_session.ts";
import { User } from "./users/_user.ts";

/** The version of the format: another one is not read. */
const VERSION = 1;

/** The members of a user that are saved as they are. */
type SavedMembers = Readonly<
  Pick<
    User,
    | ("id" | "enteredAt" | "claims" | "addressKey" | "account")
    | ("isOperator" | "mutedUntil" | "server" | "homes" | "lastHome")
    | ("connectedBy" | "connectedAt" | "awaySince")
  >
>;

/** A user in a saved state. */
interface SavedUser extends SavedMembers {
  readonly nickname: string;
  /** The keys of the rooms; that of the current one is last. */
  readonly rooms: readonly string[];
  /** The ids of the users who are ignored. */
  readonly ignored: readonly number[];
  /** The keys of the session, if there is one. */
  readonly session?: readonly string[] | undefined;
  /** The ids and times of the outcomes of requests, by their `ref`. */
  readonly receipts: readonly (readonly [string, number, number])[];
}

/** A room in a saved state. */
interface SavedRoom extends RoomName {
  readonly topic: string;
  readonly owner: number;
  readonly opened: number;
  /** The ids of users who may enter a locked room. */
  readonly invited?: readonly number[] | undefined;
  /** The ids of the users there, in the order in which they entered. */
  readonly users: readonly number[];
}

/** The common state of all servers of a chat, as JSON, without the histories. */
export interface SavedState {
  readonly version: number;
  readonly users: readonly SavedUser[];
  /** The ids of users who are away; the first session to end is first. */
  readonly away: readonly number[];
  /** The lobby is first. */
  readonly rooms: readonly SavedRoom[];
  /** The time of the latest entry. */
  readonly logTime: number;
  /** The keys of links, their users, and when each ends. */
  readonly links: readonly (readonly [string, number, number])[];
  /** The id of the latest entry. */
  readonly logId: number;
  /** The mutes and rights of accounts. */
  readonly accounts?: readonly SavedAccount[];
  /** The keys of banned addresses, and when each ban ends. */
  readonly bans: readonly (readonly [string, number])[];
  /** The ids of messages that did not count. */
  readonly skipped: readonly IdRange[];
}

/** Saves the state of a chat. */
export function saveState(state: RoomState): SavedState {
  return {
    version: VERSION,
    users: [...state.users.all()].map(saveUser),
    away: [...state.users.away()].map(({ id }) => id),
    rooms: [...state.rooms.all()].map((room) => ({
      text: room.name,
      key: room.key,
      look: room.look,
      topic: room.topic,
      owner: room.owner,
      opened: room.opened,
      invited: room.invited && [...room.invited],
      users: [...room.users()].map(({ id }) => id),
    })),
    links: state.links.save(state.logTime),
    accounts: state.accounts.save(state.logTime),
    bans: state.bans.save(state.logTime),
    skipped: state.skipped.save(),
    logTime: state.logTime,
    logId: state.logId,
  };
}

/**
 * Puts a saved state into one without users.
 *
 * @throws {TypeError} If the state has another version.
 */
export function restoreState(
  state: RoomState,
  saved: SavedState,
  now: number,
): void {
  if (saved.version !== VERSION) {
    throw new TypeError(
      `Cannot read a snapshot of the chat: found a state of version ${saved.version}, expected ${VERSION}; a server with a newer version of the program may have saved it, to which this one has to be upgraded`,
    );
  }
  const steady = state.clock.at(now);
  const { rooms } = saved;
  state.logTime = saved.logTime;
  state.logId = saved.logId;
  for (const [account, mutedUntil, operatorUntil] of saved.accounts ?? []) {
    state.accounts.set(account, { mutedUntil, operatorUntil });
  }
  for (const [key, end] of saved.bans) {
    state.bans.add(key, { end, until: steady + end - now });
  }
  for (const [first, last] of saved.skipped) state.skipped.add(first, last);
  const users = new Map(saved.users.map((user) => [user.id, readUser(user)]));
  for (const { id, claims, homes, addressKey, server } of saved.users) {
    const user = users.get(id);
    if (user === undefined) continue;
    state.users.add(user, claims);
    for (const home of homes) state.users.connect(user, home, addressKey);
    // It may be one where the user has no connection any more.
    user.server = server;
  }
  for (const [key, user, until] of saved.links) {
    state.links.add(key, { user, until });
  }
  for (const one of rooms) {
    const { topic, owner, opened, invited, users: ids, ...name } = one;
    const room = state.rooms.get(name.key) ?? state.rooms.open(name, topic);
    room.topic = topic;
    room.owner = owner;
    room.opened = opened;
    room.invited = invited && new Set(invited);
    room.history.forget(state.logId);
    for (const id of ids) {
      const user = users.get(id);
      if (user !== undefined) room.enter(user);
    }
  }
  for (const { id, rooms, ignored } of saved.users) {
    const user = users.get(id);
    for (const other of ignored) {
      const ignoredUser = users.get(other);
      if (user === undefined || ignoredUser === undefined) continue;
      user.ignored.add(ignoredUser);
      ignoredUser.ignoredBy.add(user);
    }
    for (const key of rooms) {
      const room = state.rooms.get(key);
      if (room !== undefined) user?.rooms.add(room);
    }
  }
  for (const id of saved.away) {
    const user = users.get(id);
    if (user === undefined) continue;
    state.users.suspend(user, steady + state.rules.sessionTimeout);
    for (const room of user.rooms) room.suspend(user);
  }
}

function saveUser(user: User): SavedUser {
  const { id, enteredAt, claims, addressKey, account, isOperator } = user;
  const { mutedUntil, server, lastHome } = user;
  const { connectedBy, connectedAt, awaySince } = user;
  const receipts = [...user.session?.receipts ?? []];
  return {
    id,
    enteredAt,
    claims,
    addressKey,
    account,
    isOperator,
    mutedUntil,
    server,
    lastHome,
    connectedBy,
    connectedAt,
    awaySince,
    homes: [...user.homes],
    nickname: user.entry.nickname,
    rooms: [...user.rooms].map(({ key }) => key),
    ignored: [...user.ignored].map(({ id }) => id),
    session: user.session && [...user.session.keys],
    receipts: receipts.map(([ref, { id, time }]) => [ref, id, time]),
  };
}

function readUser(saved: SavedUser): User {
  const { id, nickname, enteredAt, addressKey, account } = saved;
  const { session: keys } = saved;
  const session = keys === undefined ? undefined : new Session(keys);
  for (const [ref, id, time] of saved.receipts) {
    session?.remember(ref, { id, time });
  }
  const user = new User({ id, nickname, enteredAt }, addressKey, {
    session,
    account,
  });
  user.isOperator = saved.isOperator;
  user.mutedUntil = saved.mutedUntil;
  user.lastHome = saved.lastHome;
  user.connectedBy = saved.connectedBy;
  user.connectedAt = saved.connectedAt;
  user.awaySince = saved.awaySince;
  return user;
}
