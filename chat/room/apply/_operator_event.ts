import type { RoomState } from "../_room_state.ts";
import type { UserRef } from "../chat_message.ts";
import type { ChatEntry, EntryPlace } from "../log/_chat_entry.ts";
import type { OperatorAct } from "../operator_act.ts";
import type { User } from "../users/_user.ts";

/** An act of an operator, for a log. It contains nothing that users write. */
export interface OperatorEvent {
  readonly act: OperatorAct;
  /** The server of the operator's connection; empty without a cluster. */
  readonly server: string;
  /** When it was asked for, in milliseconds since the epoch. */
  readonly time: number;
  /** The operator; missing if the operator has left meanwhile. */
  readonly by: UserRef | undefined;
  /** The user whom it is about. */
  readonly target?: UserRef | undefined;
  /** The name of the room. */
  readonly room?: string | undefined;
  /** How long it is to last. */
  readonly minutes?: number | undefined;
}

type Details = Omit<OperatorEvent, "server" | "time" | "by">;

/** Finds which act of an operator an entry is that is not applied yet. */
export function operatorEvent(
  state: RoomState,
  entry: ChatEntry,
  { origin }: EntryPlace,
): OperatorEvent | undefined {
  const { connection, time } = entry;
  // Servers propose without a connection.
  if (connection === undefined) return undefined;
  const user = state.users.at({ server: origin, connection });
  const details = detailsOf(state, entry, user);
  return details && { ...details, server: origin, time, by: user?.ref };
}

function detailsOf(
  { users, rooms }: RoomState,
  entry: ChatEntry,
  user: User | undefined,
): Details | undefined {
  const isOperator = user?.isOperator === true;
  switch (entry.type) {
    case "operator":
      return users.get(entry.user) && { act: "login" };
    case "kick":
    case "ban":
    case "mute": {
      const target = users.get(entry.user)?.ref;
      const minutes = entry.type === "kick" ? undefined : entry.minutes;
      return target && { act: entry.type, target, minutes };
    }
    case "notice":
      return { act: "notice" };
    case "lock": {
      const room = rooms.at(entry.place)?.name;
      const act = entry.isOn ? "lock" : "unlock";
      return isOperator && room !== undefined ? { act, room } : undefined;
    }
    case "invite": {
      const room = rooms.at(entry.place)?.name;
      const target = users.get(entry.to.id)?.ref;
      return isOperator && room !== undefined && target !== undefined
        ? { act: "invite", target, room }
        : undefined;
    }
    case "edit": {
      const { place, text } = entry;
      const { room } = place;
      const target = rooms.at(place)?.history.find(entry.target)?.user;
      return text === undefined && target && target.id !== entry.user.id
        ? { act: "delete", target, room }
        : undefined;
    }
    default:
      return undefined;
  }
}
