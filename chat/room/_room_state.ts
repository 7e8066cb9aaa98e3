import { SlotMap } from "../../internal/slot_map.ts";
import { defined } from "../_option_checks.ts";
import type { RoomRules } from "./_room_rules.ts";
import type {
  Delivery,
  DirectMessage,
  RoomEvent,
  RoomMessage,
  UserRef,
} from "./chat_message.ts";
import type { LeaveReason } from "./leave_reason.ts";
import type { EntryLog } from "./log/_entry_log.ts";
import { SkippedEntries } from "./log/_skipped_entries.ts";
import { BanList } from "./moderation/_ban_list.ts";
import { FloodGuard } from "./moderation/_flood_guard.ts";
import { GuessGuard } from "./moderation/_guess_guard.ts";
import { SteadyTime } from "./moderation/_steady_time.ts";
import { isKept, type RoomChannel } from "./rooms/_room_channel.ts";
import { RoomTable } from "./rooms/_room_table.ts";
import { AccountRecords } from "./users/_account_records.ts";
import type { Connection, ConnectionDetails } from "./users/_connection.ts";
import { DeviceLinks } from "./users/_device_links.ts";
import { type IdSource, LocalIds } from "./users/_ids.ts";
import type { Home, User } from "./users/_user.ts";
import { UserDirectory } from "./users/_user_directory.ts";

/** An operator's request for an invitation into the chat. */
export interface InvitationRequest {
  /** The connection that gets the answer. */
  readonly connection: number;
  readonly ref: string | undefined;
  readonly by: UserRef;
}

/**
 * The state of a chat. The part that is common to all servers of a cluster changes
 * only when an entry of the log is applied; the connections, their limits and the
 * clock are those of this server.
 */
export class RoomState {
  readonly rules: RoomRules;
  /** Whether there are no other servers. */
  readonly isAlone: boolean;
  readonly log: EntryLog;
  readonly ids: IdSource;
  readonly users: UserDirectory;
  readonly rooms: RoomTable;
  readonly bans: BanList = new BanList();
  /** The mutes and rights of accounts. */
  readonly accounts: AccountRecords = new AccountRecords();
  /** Secrets by which other devices join sessions. */
  readonly links: DeviceLinks = new DeviceLinks();
  /** Messages of the log of several servers that did not count. */
  readonly skipped: SkippedEntries = new SkippedEntries();
  /** The connections of this server. */
  readonly connections: SlotMap<number, Connection> = new SlotMap();
  /** Wrong operators' tokens. */
  readonly tokens: GuessGuard = new GuessGuard();
  /** The time of the latest entry, in milliseconds since the epoch. */
  logTime = 0;
  /** The id of the latest entry. */
  logId = 0;
  /** Makes an invitation into the chat for an operator, and answers. */
  onInvite: ((request: InvitationRequest) => void) | undefined;
  /** The time for limits. */
  readonly clock: SteadyTime = new SteadyTime();

  constructor(rules: RoomRules, log: EntryLog, ids: IdSource) {
    const { lobby, store, maxRooms } = rules;
    this.rules = rules;
    this.isAlone = ids instanceof LocalIds;
    this.log = log;
    this.ids = ids;
    this.rooms = new RoomTable(lobby, store, maxRooms);
    this.users = new UserDirectory(rules);
  }

  /** Adds a connection, without a user. */
  connect(details: ConnectionDetails): Connection {
    const id = this.ids.connectionId();
    const steady = this.clock.at(details.enteredAt);
    const connection: Connection = {
      ...details,
      id,
      flood: new FloodGuard(this.rules.flood, steady),
      saidHello: false,
      knowsLetters: false,
      hasEntered: false,
      pending: 0,
    };
    this.connections.set(id, connection);
    return connection;
  }

  /** The first message to a connection. */
  greet({ id, address }: Connection, now: number): Delivery {
    const greeting: DirectMessage = {
      type: "greeting",
      time: now,
      server: this.rules.server,
      address,
      online: this.users.online + 1,
      epoch: this.log.epoch,
    };
    return tell([id], defined(greeting));
  }

  /**
   * Ends a connection of this server. Its user, if there is one, departs when that
   * has been ordered.
   */
  dismiss(
    connection: Connection,
    reason: LeaveReason,
    now: number,
    note?: string,
  ): Delivery[] {
    const { id, hasEntered } = connection;
    const isGone = reason === "closed" || reason === "lost";
    const deliveries = isGone ? [] : [goodbyeTo(id, reason, now, note)];
    this.#disconnect(connection);
    if (!hasEntered) return deliveries;
    const departed = this.log.propose({
      type: "depart",
      time: now,
      server: this.log.origin,
      departs: id,
      reason,
      note,
    });
    return [...deliveries, ...departed];
  }

  /** Ends connections of a user, as far as they are of this server. */
  drop(
    user: User,
    homes: readonly Home[],
    reason: LeaveReason,
    now: number,
    note?: string,
  ): Delivery[] {
    return homes.flatMap(({ server, connection: id }) => {
      const connection = server === this.log.origin
        ? this.connections.get(id)
        : undefined;
      if (connection?.user !== user) return [];
      this.#disconnect(connection);
      return [goodbyeTo(id, reason, now, note)];
    });
  }

  /**
   * Assigns an event its id, and addresses it to a room.
   *
   * @param except The connections that need not be told.
   */
  announce(
    room: RoomChannel,
    event: RoomEvent,
    time: number,
    except?: readonly number[],
  ): Delivery {
    const id = this.ids.messageId();
    const message: RoomMessage = { ...event, id, time, room: room.name };
    if (isKept(message)) this.rules.store.append(message);
    return room.announce(message, except);
  }

  /** Adds a user to a room, and tells the others. */
  enter(user: User, room: RoomChannel, time: number): Delivery[] {
    room.enter(user);
    user.rooms.add(room);
    const event = { type: "joined", user: user.ref } as const;
    return this.#announceMove(room, event, time, user.connections);
  }

  /** Removes a user from a room, and tells the others. */
  exit(user: User, room: RoomChannel, time: number): Delivery[] {
    room.exit(user);
    user.rooms.delete(room);
    const event = { type: "left", user: user.ref, reason: "parted" } as const;
    return this.#announceMove(room, event, time);
  }

  /** Tells rooms, by default all of a user, that the user has left them. */
  announceLeft(
    user: User,
    reason: LeaveReason,
    time: number,
    note?: string,
    rooms: readonly RoomChannel[] = [...user.rooms],
  ): Delivery[] {
    const event: RoomEvent = { type: "left", user: user.ref, reason, note };
    return rooms.flatMap((room) =>
      this.#announceMove(room, defined(event), time)
    );
  }

  /** In a large room, only the number of users is told, now and then. */
  #announceMove(
    room: RoomChannel,
    event: RoomEvent,
    time: number,
    except?: readonly number[],
  ): Delivery[] {
    if (!room.isLarge) return [this.announce(room, event, time, except)];
    room.noteCount();
    return [];
  }

  /** Removes a user, with all connections, and tells the rooms. */
  expel(
    user: User,
    reason: LeaveReason,
    time: number,
    note?: string,
  ): Delivery[] {
    const goodbyes = this.drop(user, user.homes, reason, time, note);
    const rooms = [...user.rooms].filter((room) => room.has(user));
    this.remove(user);
    const left = this.announceLeft(user, reason, time, note, rooms);
    return [...goodbyes, ...left];
  }

  /** Removes a user, and closes the rooms where nobody is left. */
  remove(user: User): void {
    this.users.remove(user);
    for (const room of user.rooms) {
      room.exit(user);
      this.rooms.tidy(room);
    }
  }

  /** Nothing follows a goodbye, though the user is there until the departure. */
  #disconnect({ id, user }: Connection): void {
    this.connections.delete(id);
    if (user === undefined) return;
    const index = user.connections.indexOf(id);
    if (index !== -1) user.connections.splice(index, 1);
    for (const room of user.rooms) room.refresh();
  }
}

/** Addresses a message to some connections of this server. */
export function tell(to: readonly number[], message: DirectMessage): Delivery {
  return { to, message };
}

function goodbyeTo(
  connection: number,
  reason: LeaveReason,
  now: number,
  note: string | undefined,
): Delivery {
  const goodbye: DirectMessage = { type: "goodbye", time: now, reason, note };
  return tell([connection], defined(goodbye));
}
