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
import { BanList } from "./moderation/_ban_list.ts";
import { SteadyTime } from "./moderation/_steady_time.ts";
import { TokenGuard } from "./moderation/_token_guard.ts";
import { isKept, type RoomChannel } from "./rooms/_room_channel.ts";
import { RoomTable } from "./rooms/_room_table.ts";
import { IdSequence } from "./users/_id_sequence.ts";
import { isNamed, type NamedUser, refTo, type User } from "./users/_user.ts";
import { UserDirectory } from "./users/_user_directory.ts";

/** The reasons that leave a session open. */
const RESUMABLE: ReadonlySet<LeaveReason> = new Set<LeaveReason>([
  "lost",
  "closed",
  "slow",
]);

/** The state of a chat, and the changes that several commands make. */
export class RoomState {
  readonly rules: RoomRules;
  readonly users: UserDirectory;
  readonly rooms: RoomTable;
  readonly bans: BanList = new BanList();
  /** Wrong operators' tokens. */
  readonly tokens: TokenGuard = new TokenGuard();
  /** The time for limits. */
  readonly clock: SteadyTime = new SteadyTime();
  /** The ids of messages: one sequence for all rooms. */
  readonly messageIds: IdSequence;

  constructor(rules: RoomRules) {
    const { lobby, store, maxRooms } = rules;
    this.rules = rules;
    this.rooms = new RoomTable(lobby, store, maxRooms);
    this.users = new UserDirectory(rules);
    this.messageIds = new IdSequence(
      store.lastMessageId,
      4096,
      (last) => store.reserveMessageIds(last),
    );
  }

  /** The first message to a connection. */
  greet(connection: number, address: string, now: number): Delivery {
    const { server, store } = this.rules;
    const greeting: DirectMessage = {
      type: "greeting",
      time: now,
      server,
      address,
      online: this.users.online + 1,
      epoch: store.epoch,
    };
    return tell([connection], defined(greeting));
  }

  /** Sends a notice to everyone. */
  notify(text: string, now: number): Delivery {
    const to = connectionsOf(this.users.connected());
    return tell(to, { type: "notice", time: now, text });
  }

  /** Assigns an event its id, and addresses it to a room, except one user. */
  announce(
    room: RoomChannel,
    event: RoomEvent,
    now: number,
    except?: number,
  ): Delivery {
    const id = this.messageIds.next();
    const message = { ...event, id, time: now, room: room.name };
    if (isKept(message)) this.rules.store.append(message);
    return room.announce(message, except);
  }

  /** Assigns an event of another server an id of this one. */
  forward(room: RoomChannel, message: RoomMessage, origin: string): Delivery {
    const id = this.messageIds.next();
    const user: UserRef = { ...message.user, origin };
    const own = { ...message, id, user, room: room.name };
    if (isKept(own)) this.rules.store.append(own);
    return room.forward(own);
  }

  /** Adds a user to a room, and tells the others. */
  enter(user: NamedUser, room: RoomChannel, now: number): Delivery {
    room.enter(user);
    user.rooms.add(room);
    const event = { type: "joined", user: refTo(user) } as const;
    return this.announce(room, event, now, user.connection);
  }

  /** Removes a user, who may come back if the reason and the session allow it. */
  dismiss(
    user: User,
    reason: LeaveReason,
    now: number,
    note?: string,
  ): Delivery[] {
    const { connection } = user;
    const deliveries: Delivery[] = [];
    const isGone = reason === "closed" || reason === "lost";
    if (connection !== undefined && !isGone) {
      const goodbye: DirectMessage = {
        type: "goodbye",
        time: now,
        reason,
        note,
      };
      deliveries.push(tell([connection], defined(goodbye)));
    }
    if (user.session !== undefined && RESUMABLE.has(reason)) {
      const until = this.clock.at(now) + this.rules.sessionTimeout;
      const excess = this.users.suspend(user, until);
      for (const room of user.rooms) room.suspend(user);
      if (excess !== undefined) this.#remove(excess);
    } else {
      this.users.remove(user);
      for (const room of user.rooms) room.exit(user);
    }
    if (isNamed(user) && connection !== undefined) {
      deliveries.push(...this.#announceLeft(user, reason, now, note));
    }
    for (const room of user.rooms) this.rooms.tidy(room);
    return deliveries;
  }

  /** Removes everyone: then only other servers are told who left. */
  dismissAll(now: number): Delivery[] {
    const users = [...this.users.connected()];
    const connections = connectionsOf(users);
    for (const user of [...users, ...this.users.away()]) this.#remove(user);
    if (connections.length === 0) return [];
    const reason = "shutdown";
    return [
      tell(connections, { type: "goodbye", time: now, reason }),
      ...users.filter(isNamed).flatMap((user) =>
        this.#announceLeft(user, reason, now)
      ),
    ];
  }

  /** Ends the sessions whose time is over. */
  expire(now: number): void {
    const steady = this.clock.at(now);
    for (const user of this.users.away()) {
      if (user.awayUntil > steady) break;
      this.#remove(user);
    }
  }

  #remove(user: User): void {
    this.users.remove(user);
    for (const room of user.rooms) {
      room.exit(user);
      this.rooms.tidy(room);
    }
  }

  #announceLeft(
    user: NamedUser,
    reason: LeaveReason,
    now: number,
    note?: string,
  ): Delivery[] {
    const event: RoomEvent = { type: "left", user: refTo(user), reason, note };
    return [...user.rooms].map((room) =>
      this.announce(room, defined(event), now)
    );
  }
}

/** Addresses a message to some users of this server. */
export function tell(to: readonly number[], message: DirectMessage): Delivery {
  return { to, message, publish: false };
}

function connectionsOf(users: Iterable<User>): readonly number[] {
  return [...users].flatMap(({ connection }) => connection ?? []);
}
