/**
 * An invitation of a {@linkcode InvitationStore}, or a pass: a token that the user
 * of an invitation gets to come in again. Its token is not stored, only the hash.
 *
 * @example Usage
 * ```ts
 * import type { StoredInvitation } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const invitation: StoredInvitation = {
 *   type: "invitation",
 *   hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
 *   until: Date.UTC(2027, 0, 1),
 *   uses: 1,
 * };
 * assertEquals(invitation.uses, 1);
 * ```
 */
export interface StoredInvitation {
  /** The uses of a pass are not counted. */
  readonly type: "invitation" | "pass";
  /** The SHA-256 of the token, in hexadecimal. */
  readonly hash: string;
  /** When it ends, in milliseconds since the epoch. */
  readonly until: number;
  /** How often it can be used. */
  readonly uses: number;
}

/**
 * Stores the invitations of a chat, perhaps for several servers. A call may return
 * a promise; one that throws or rejects is reported to `onError` of the server.
 *
 * @example Usage
 * ```ts
 * import { type InvitationStore, openInvitations } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * using opened = await openInvitations(":memory:");
 * const store: InvitationStore = opened;
 * const [hash, now] = ["00".repeat(32), Date.now()];
 * const until = now + 1000;
 * await store.add({ type: "invitation", hash, until, uses: 1 }, now);
 * assertEquals(await store.take(hash, now, now), "invitation");
 * assertEquals(await store.take(hash, now, now), undefined);
 * await store.giveBack(hash);
 * assertEquals(await store.take(hash, now, now), "invitation");
 * ```
 */
export interface InvitationStore {
  /**
   * Adds an invitation or a pass. There are at most 1,000 valid invitations, and
   * 10,000 passes, of which the one that ends first makes room for a new one.
   *
   * @throws {RangeError} If there are 1,000 valid invitations.
   */
  add(invitation: StoredInvitation, now: number): void | Promise<void>;
  /**
   * Takes one use of a valid invitation, or prolongs a valid pass.
   *
   * @param hash The hash of the token.
   * @param now The time, in milliseconds since the epoch.
   * @param passUntil When a pass ends that is used now.
   * @returns The type of the token; `undefined` if there is no valid one.
   */
  take(
    hash: string,
    now: number,
    passUntil: number,
  ):
    | StoredInvitation["type"]
    | undefined
    | Promise<StoredInvitation["type"] | undefined>;
  /**
   * Gives one use of an invitation back, as its user has not entered.
   *
   * @param hash The hash of the token, of which a use was taken.
   */
  giveBack(hash: string): void | Promise<void>;
}
