import { BanList } from "./moderation/_ban_list.ts";
import { tell } from "./commands/_deliveries.ts";
import { type Guest, isNamed, type NamedGuest } from "./users/_user.ts";
import { IdSequence } from "./users/_id_sequence.ts";
import { isKept, type RoomChannel } from "./rooms/_room_channel.ts";
import { SteadyTime } from "./moderation/_steady_time.ts";
import type { RoomRules } from "./_room_rules.ts";
import { RoomTable } from "./rooms/_room_table.ts";
import { UserDirectory } from "./users/_user_directory.ts";
import type {
  Delivery,
  DirectMessage,
  LeaveReason,
  RoomEvent,
  RoomMessage,
  UserRef,
} from "./chat_message.ts";

/** The reasons that leave a session open. */
const RESUMABLE: ReadonlySet<LeaveReason> = new Set<LeaveReason>([
  "lost",
  "closed",
  "slow",
]);

/** What a chat knows, and the changes that more than one kind of event makes. */
export class RoomState {
  readonly rules: RoomRules;
  /** Everyone who is connected or may come back. */
  readonly users: UserDirectory;
  /** Where they are. */
  readonly rooms: RoomTable;
  /** Who may not come in. */
  readonly bans: BanList = new BanList();
  /** By which limits are held. */
  readonly clock: SteadyTime = new SteadyTime();
  readonly #messageIds: IdSequence;

  constructor(rules: RoomRules) {
    const { lobby, store, maxRooms, flood, reservedNicknames } = rules;
    this.rules = rules;
    this.rooms = new RoomTable(lobby, store, maxRooms);
    this.users = new UserDirectory(store, flood, reservedNicknames);
    this.#messageIds = new IdSequence(
      store.lastMessageId,
      4096,
      (last) => store.reserveMessageIds(last),
    );
  }

  /** The id of the next message: one sequence for all that users may hear. */
  nextMessageId(): number {
    return this.#messageIds.next();
  }

  /** The first message to a connection. */
  greet(connection: number, address: string, now: number): Delivery {
    const { server } = this.rules;
    return tell([connection], {
      type: "greeting",
      time: now,
      ...server === undefined ? {} : { server },
      address,
      online: this.users.online + 1,
      epoch: this.rules.store.epoch,
    });
  }

  /** Gives an event its place in the order, for everyone in a room but one. */
  announce(
    room: RoomChannel,
    event: RoomEvent,
    now: number,
    except?: number,
  ): Delivery {
    const id = this.nextMessageId();
    const message = { ...event, id, time: now, room: room.name };
    if (isKept(message)) this.rules.store.append(message);
    return room.announce(message, except);
  }

  /** Gives what another server announced its place in the order here. */
  forward(room: RoomChannel, message: RoomMessage, origin: string): Delivery {
    const id = this.nextMessageId();
    const user: UserRef = { ...message.user, origin };
    const own = { ...message, id, user, room: room.name };
    if (isKept(own)) this.rules.store.append(own);
    return room.forward(own);
  }

  /** Lets a user go, who may come back if the reason and the session allow it. */
  dismiss(
    guest: Guest,
    reason: LeaveReason,
    now: number,
    note?: string,
  ): Delivery[] {
    const deliveries = sayGoodbye(guest, reason, now, note);
    const wasHere = guest.connection !== undefined;
    const canReturn = guest.session !== undefined && RESUMABLE.has(reason);
    if (canReturn) {
      this.users.suspend(guest, this.clock.at(now) + this.rules.sessionTimeout);
      for (const room of guest.rooms) room.suspend(guest);
    } else {
      this.users.remove(guest);
      for (const room of guest.rooms) room.exit(guest);
    }
    if (isNamed(guest) && wasHere) {
      deliveries.push(...this.#announceLeft(guest, reason, now, note));
    }
    for (const room of guest.rooms) this.rooms.tidy(room);
    return deliveries;
  }

  /** Lets everyone go: with nobody left, only other servers hear who left. */
  dismissAll(now: number): Delivery[] {
    const guests = [...this.users.connected()];
    const connections = guests.flatMap(({ connection }) => connection ?? []);
    const all = [...guests, ...this.users.away()];
    for (const guest of all) {
      this.users.remove(guest);
      for (const room of guest.rooms) room.exit(guest);
    }
    const reason = "shutdown";
    const deliveries = guests.filter(isNamed).flatMap((guest) =>
      this.#announceLeft(guest, reason, now)
    );
    for (const { rooms } of all) {
      for (const room of rooms) this.rooms.tidy(room);
    }
    return connections.length === 0 ? [] : [
      tell(connections, { type: "goodbye", time: now, reason }),
      ...deliveries,
    ];
  }

  /** Ends what is over at this time. */
  expire(now: number): void {
    const steady = this.clock.at(now);
    for (const guest of this.users.away()) {
      if (guest.awayUntil > steady) break;
      this.users.remove(guest);
      for (const room of guest.rooms) {
        room.exit(guest);
        this.rooms.tidy(room);
      }
    }
  }

  #announceLeft(
    guest: NamedGuest,
    reason: LeaveReason,
    now: number,
    note?: string,
  ): Delivery[] {
    const user = refTo(guest);
    const about = note === undefined ? {} : { note };
    return [...guest.rooms].map((room) =>
      this.announce(room, { type: "left", user, reason, ...about }, now)
    );
  }
}

function sayGoodbye(
  { connection }: Guest,
  reason: LeaveReason,
  now: number,
  note?: string,
): Delivery[] {
  if (connection === undefined) return [];
  if (reason === "closed" || reason === "lost") return [];
  const about = note === undefined ? {} : { note };
  const goodbye: DirectMessage = {
    type: "goodbye",
    time: now,
    reason,
    ...about,
  };
  return [tell([connection], goodbye)];
}

/** What others may know of a user. */
export function refTo({ entry }: NamedGuest): UserRef {
  return { id: entry.id, nickname: entry.nickname };
}
