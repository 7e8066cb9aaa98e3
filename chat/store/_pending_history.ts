import type { StoreWrite } from "./_sqlite_writer.ts";
import type { StoredMessage, StoredPrivateMessage } from "./stored_message.ts";

/**
 * Adds what could not be written yet to the messages of a room, as on a full disk.
 */
export function withPending(
  messages: readonly StoredMessage[],
  pending: readonly StoreWrite[],
  room: string,
): readonly StoredMessage[] {
  return apply(
    messages,
    pending,
    room,
    (write) =>
      write.type === "message" && write.message.room === room
        ? write.message
        : undefined,
  );
}

/** The same for the private messages of a user. */
export function withPendingPrivate(
  messages: readonly StoredPrivateMessage[],
  pending: readonly StoreWrite[],
  owner: string,
): readonly StoredPrivateMessage[] {
  return apply(
    messages,
    pending,
    undefined,
    (write) =>
      write.type === "private" &&
        (write.owners.author === owner || write.owners.recipient === owner)
        ? write.message
        : undefined,
  );
}

/** The topic of a room that could not be written yet. */
export function pendingTopic(
  pending: readonly StoreWrite[],
  room: string,
): string | undefined {
  const topics = pending.flatMap((write) =>
    write.type === "message" && write.message.type === "topic" &&
      write.message.room === room
      ? write.message.text
      : []
  );
  return topics.at(-1);
}

function apply<Message extends StoredMessage | StoredPrivateMessage>(
  messages: readonly Message[],
  pending: readonly StoreWrite[],
  room: string | undefined,
  added: (write: StoreWrite) => Message | undefined,
): readonly Message[] {
  if (pending.length === 0) return messages;
  const all = new Map(messages.map((message) => [message.id, message]));
  for (const write of pending) {
    const message = added(write);
    if (message !== undefined && !all.has(message.id)) {
      all.set(message.id, message);
    }
    if (write.type === "forget" && write.room === room) all.clear();
    if (write.type !== "change" || write.change.room !== room) continue;
    const { id, text, edit } = write.change;
    const changed = all.get(id);
    if (changed === undefined || changed.type === "topic") continue;
    if (text === undefined) all.delete(id);
    else all.set(id, { ...changed, text, edited: edit });
  }
  return [...all.values()];
}
