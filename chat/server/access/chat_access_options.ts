import type { InvitationStore } from "./invitation_store.ts";

/**
 * Access to a chat of {@linkcode serveChat}, which is open by default. With
 * `password` and `invitations`, either is enough.
 *
 * @example Usage
 * ```ts
 * import { type ChatAccessOptions, serveChat } from "@vnet/net/chat";
 * import { assertThrows } from "@std/assert";
 *
 * const access: ChatAccessOptions = { password: "correct horse" };
 * await using server = serveChat({ tcp: { port: 0 }, access });
 * assertThrows(() => serveChat({ access: { password: "short" } }), RangeError);
 * ```
 */
export interface ChatAccessOptions {
  /**
   * A password that all users share, of 8 characters to 1,024 bytes. The server
   * keeps its hash (scrypt, N = 2^15, r = 8, p = 1). After five wrong ones an
   * address has to wait, at most five minutes.
   */
  password?: string;
  /**
   * The invitations, whose tokens let users in. The user of an invitation gets a
   * pass, which is valid for 30 days after its last use.
   */
  invitations?: InvitationStore;
  /**
   * The header field in which a proxy tells the nickname of the user it has signed
   * in, such as `"X-Forwarded-User"`. All connections of a name are one user, who
   * can't choose another nickname. It needs `http.trustedProxies`, and is read
   * from these proxies only, which must set or remove it in every request. A
   * request without it is refused with 403. Then `tcp` must not be served, unless
   * it has `proxyProtocol`, and its users the `password`.
   */
  userHeader?: string;
}
