import { tell } from "../_room_state.ts";
import type { Delivery } from "../chat_message.ts";
import type { EntryBase } from "../log/_chat_entry.ts";
import type { Receipt } from "../users/_session.ts";
import type { User } from "../users/_user.ts";
import type { Applying } from "./_applying.ts";

/**
 * The answer to a request that was carried out before, or may have been, as its
 * session has ended or has gone on over another connection, where requests without
 * an answer are repeated; `undefined` for another.
 */
export function repeat(
  applying: Applying,
  user: User | undefined,
  entry: Pick<EntryBase, "ref" | "connection">,
): Delivery[] | undefined {
  const { ref } = entry;
  if (ref === undefined) return undefined;
  if (user === undefined) return [];
  const receipt = user.session?.receipts.get(ref);
  // A session remembers a number of requests only, so it can't tell late ones.
  if (receipt === undefined) {
    return isLate(applying, user, entry) ? [] : undefined;
  }
  const { request } = applying;
  if (request === undefined) return [];
  return [tell([request.connection.id], { type: "ack", ref, ...receipt })];
}

/**
 * Whether a request came over a connection that its user has not any more, or of a
 * user who is away, did not have last. Once one request of a connection is late, all
 * that follow are: the client repeats them, in order.
 */
export function isLate(
  { state, place: { origin: server } }: Applying,
  user: User | undefined,
  { connection }: Pick<EntryBase, "connection">,
): boolean {
  if (user === undefined || connection === undefined) return false;
  if (user.isConnected) return state.users.at({ server, connection }) !== user;
  const { lastHome } = user;
  return lastHome?.server !== server || lastHome.connection !== connection;
}

/** Remembers the outcome of a request. */
export function remember(
  user: User | undefined,
  ref: string | undefined,
  { id, time }: Receipt,
): void {
  if (ref !== undefined) user?.session?.remember(ref, { id, time });
}
