import type { InvitationStore } from "./invitation_store.ts";
import { openSqliteInvitations } from "./_sqlite_invitations.ts";

/**
 * Opens or creates a file with the invitations of a chat, an SQLite database that
 * only its owner can read and write. Several processes can have it open: a program
 * that invites, and the server, which sees a new invitation at once.
 *
 * Needs permission to read and write the file, until it is open.
 *
 * @param path The path of the file; `":memory:"` for none.
 * @returns The store, which the caller disposes of after its last use.
 * @throws {Error} If the file can't be opened, or is not one of invitations.
 *
 * @example Usage
 * ```ts
 * import { openInvitations, serveChat } from "@vnet/net/chat";
 *
 * using invitations = await openInvitations(":memory:");
 * await using server = serveChat({
 *   tcp: { port: 0 },
 *   access: { invitations },
 * });
 * ```
 */
export async function openInvitations(
  path: string,
): Promise<InvitationStore & Disposable> {
  return await openSqliteInvitations(path);
}
