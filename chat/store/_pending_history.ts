import type { KeptMessage } from "../room/chat_message.ts";
import { PRIVATE_ROOM, type StoreWrite } from "./_sqlite_writer.ts";
import type { StoredPrivateMessage } from "./stored_message.ts";

/**
 * Adds unwritten messages to those of a room, such as on a full disk.
 */
export function withPending(
  messages: readonly KeptMessage[],
  pending: readonly StoreWrite[],
  room: string,
): readonly KeptMessage[] {
  if (pending.length === 0) return messages;
  const all = new Map(messages.map((message) => [message.id, message]));
  for (const write of pending) {
    if (write.type === "message" && write.message.room === room) {
      const { message } = write;
      if (!all.has(message.id)) all.set(message.id, message);
    }
    if (write.type === "forget" && write.room === room) all.clear();
    if (write.type === "change" && write.room === room) change(all, write);
  }
  return [...all.values()];
}

/** The same for the private messages of a user. */
export function withPendingPrivate(
  messages: readonly StoredPrivateMessage[],
  pending: readonly StoreWrite[],
  owner: string,
): readonly StoredPrivateMessage[] {
  const all = new Map(messages.map((message) => [message.id, message]));
  for (const write of pending) {
    if (write.type === "change" && write.room === PRIVATE_ROOM) {
      change(all, write);
    }
    if (write.type !== "private") continue;
    const { message, owners: { author, recipient } } = write;
    if (author !== owner && recipient !== owner) continue;
    if (!all.has(message.id)) all.set(message.id, message);
  }
  return [...all.values()];
}

function change<M extends KeptMessage | StoredPrivateMessage>(
  messages: Map<number, M>,
  { id, text, edit }: Extract<StoreWrite, { readonly type: "change" }>,
): void {
  const changed = messages.get(id);
  if (changed === undefined || changed.type === "topic") return;
  messages.set(id, { ...changed, text, edited: edit });
}

/** The topic of a room, if an unwritten message sets or deletes it. */
export function pendingTopic(
  pending: readonly StoreWrite[],
  room: string,
): string | undefined {
  const topics = pending.flatMap((write) => {
    if (write.type === "forget" && write.room === room) return "";
    const isTopic = write.type === "message" &&
      write.message.type === "topic" && write.message.room === room;
    return isTopic ? write.message.text : [];
  });
  return topics.at(-1);
}
