import { tell } from "./_deliveries.ts";
import { RoomChannel } from "./_room_channel.ts";
import { isNamed, type NamedUser, UserDirectory } from "./_user_directory.ts";
import type {
  Delivery,
  LeaveReason,
  RoomEvent,
  RoomMessage,
  UserRef,
} from "./chat_message.ts";

/** What a room knows, and the changes that more than one kind of event makes. */
export class RoomState {
  /** Everyone who is connected. */
  readonly users: UserDirectory;
  /** Those of them who are in the room. */
  readonly channel: RoomChannel;
  #lastMessageId = 0;

  constructor(name: string, reservedNicknames?: Iterable<string>) {
    this.channel = new RoomChannel(name);
    this.users = new UserDirectory(reservedNicknames);
  }

  /** The id of the next message: one sequence for all that users may hear. */
  nextMessageId(): number {
    return ++this.#lastMessageId;
  }

  /** Gives an event its place in the order, for everyone but one. */
  announce(event: RoomEvent, now: number, except?: number): Delivery {
    const id = this.nextMessageId();
    const room = this.channel.name;
    return this.channel.announce({ ...event, id, time: now, room }, except);
  }

  /** Gives what another server announced its place in the order here. */
  forward(message: RoomMessage, origin: string): Delivery {
    const id = this.nextMessageId();
    const user: UserRef = { ...message.user, origin };
    return this.channel.forward({ ...message, id, user });
  }

  /** Lets a user go, if there is one of this id. */
  dismiss(id: number, reason: LeaveReason, now: number): Delivery[] {
    const user = this.users.get(id);
    if (user === undefined) return [];
    this.users.remove(id);
    this.channel.exit(id);
    const deliveries: Delivery[] = [];
    if (reason !== "closed" && reason !== "lost") {
      deliveries.push(tell([id], { type: "goodbye", time: now, reason }));
    }
    if (isNamed(user)) deliveries.push(this.#announceLeft(user, reason, now));
    return deliveries;
  }

  /** Lets everyone go: with nobody left, only other servers hear who left. */
  dismissAll(now: number): Delivery[] {
    const users = [...this.users.all()];
    if (users.length === 0) return [];
    const reason = "shutdown";
    for (const { id } of users) {
      this.users.remove(id);
      this.channel.exit(id);
    }
    return [
      tell(users.map(({ id }) => id), { type: "goodbye", time: now, reason }),
      ...users.filter(isNamed).map((user) =>
        this.#announceLeft(user, reason, now)
      ),
    ];
  }

  #announceLeft(user: NamedUser, reason: LeaveReason, now: number): Delivery {
    return this.announce({ type: "left", user: refTo(user), reason }, now);
  }
}

/** What others may know of a user. */
export function refTo({ id, nickname }: NamedUser): UserRef {
  return { id, nickname };
}
