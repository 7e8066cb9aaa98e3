import type { RoomState } from "../_room_state.ts";
import type { Delivery } from "../chat_message.ts";
import { acknowledge } from "../commands/_handle_request.ts";
import type { ChatEntry, EntryPlace } from "../log/_chat_entry.ts";
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
  const deliveries = apply({ state, place, time, request }, entry);
  if (request === undefined || ref === undefined) return deliveries;
  // It was proposed again.
  if (entry.type === "enter" && deliveries.length === 0) return deliveries;
  const made = entry.type === "enter"
    ? undefined
    : deliveries.map(({ message }) => message).find(hasId);
  return acknowledge(request, deliveries, made);
}

function apply(applying: Applying, entry: ChatEntry): Delivery[] {
  switch (entry.type) {
    case "said":
    case "action":
    case "topic":
      return applyText(applying, entry);
    case "private":
      return applyPrivate(applying, entry);
    case "private-edit":
      return applyPrivateEdit(applying, entry);
    case "enter":
      return applyEnter(applying, entry);
    case "rename":
      return applyRename(applying, entry);
    case "join":
      return applyJoin(applying, entry);
    case "leave":
      return applyLeave(applying, entry);
    case "depart":
      return applyDeparture(applying, entry);
    case "expire":
      return applyExpiry(applying, entry);
    case "edit":
      return applyEdit(applying, entry);
    case "link":
      return applyLink(applying, entry);
    case "ignore":
      return applyIgnore(applying, entry);
    case "lock":
      return applyLock(applying, entry);
    case "invite":
      return applyInvite(applying, entry);
    case "mute":
      return applyMute(applying, entry);
    case "operator":
      return applyOperator(applying, entry);
    case "kick":
      return applyKick(applying, entry);
    case "ban":
      return applyBan(applying, entry);
    case "notice":
      return applyNotice(applying, entry);
    case "gone":
      // Its users depart by entries of their own.
      return [];
  }
}

function hasId(
  message: Delivery["message"],
): message is Extract<Delivery["message"], { readonly id: number }> {
  return "id" in message && message.id !== undefined;
}
