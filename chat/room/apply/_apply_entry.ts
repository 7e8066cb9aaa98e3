import type { RoomState } from "../_room_state.ts";
import type { Delivery } from "../chat_message.ts";
import { acknowledge } from "../commands/_handle_request.ts";
import type { ChatEntry, EntryOf, EntryPlace } from "../log/_chat_entry.ts";
import { applyEnter } from "./_apply_enter.ts";
import {
  applyDeparture,
  applyExpiry,
  applyJoin,
  applyLeave,
  applyRename,
} from "./_apply_membership.ts";
import { applyIgnore, applyLink } from "./_apply_personal.ts";
import { applyInvite, applyLock } from "./_apply_lock.ts";
import {
  applyBan,
  applyKick,
  applyMute,
  applyNotice,
  applyOperator,
} from "./_apply_operator.ts";
import { applyPrivate, applyPrivateEdit } from "./_apply_private.ts";
import { applyEdit, applyText } from "./_apply_talk.ts";
import type { Applying } from "./_applying.ts";

type Apply<Entry> = (applying: Applying, entry: Entry) => Delivery[];

/** Makes the change of an entry of each type. */
const APPLY: {
  readonly [Type in ChatEntry["type"]]: Apply<EntryOf<Type>>;
} = {
  enter: applyEnter,
  rename: applyRename,
  join: applyJoin,
  leave: applyLeave,
  depart: applyDeparture,
  expire: applyExpiry,
  said: applyText,
  action: applyText,
  topic: applyText,
  edit: applyEdit,
  private: applyPrivate,
  "private-edit": applyPrivateEdit,
  link: applyLink,
  ignore: applyIgnore,
  lock: applyLock,
  invite: applyInvite,
  mute: applyMute,
  operator: applyOperator,
  kick: applyKick,
  ban: applyBan,
  notice: applyNotice,
  // The users of a server that is gone depart by entries of their own.
  gone: () => [],
};

/**
 * Makes the change of an entry, on every server alike.
 *
 * @returns The messages for the connections of this server.
 */
export function applyEntry(
  state: RoomState,
  entry: ChatEntry,
  place: EntryPlace,
): Delivery[] {
  const { time, ref } = entry;
  const isOwn = place.origin === state.log.origin;
  const connection = isOwn && entry.connection !== undefined
    ? state.connections.get(entry.connection)
    : undefined;
  if (connection !== undefined) connection.pending--;
  state.logTime = Math.max(state.logTime, time);
  state.logId = place.id;
  const request = connection && { state, connection, now: time, ref };
  // The type of the entry has chosen the function, which the compiler can't see.
  const apply: Apply<never> = APPLY[entry.type];
  const deliveries = apply({ state, place, time, request }, entry as never);
  if (request === undefined || ref === undefined) return deliveries;
  // It was proposed again.
  if (entry.type === "enter" && deliveries.length === 0) return deliveries;
  const made = entry.type === "enter"
    ? undefined
    : deliveries.map(({ message }) => message).find(hasId);
  return acknowledge(request, deliveries, made);
}

function hasId(
  message: Delivery["message"],
): message is Extract<Delivery["message"], { readonly id: number }> {
  return "id" in message && message.id !== undefined;
}
