/**
 * An act of an operator, as a server tells it to `onEvent`:
 *
 * - `"login"`: the user became an operator.
 * - `"kick"`, `"ban"`, `"mute"`: the operator did that to a user.
 * - `"notice"`: the operator sent a notice to all users.
 * - `"lock"`, `"unlock"`: the operator made a room one for invited users, or open again.
 * - `"invite"`: the operator let a user into a room.
 * - `"invitation"`: the operator made an invitation into the chat.
 * - `"delete"`: the operator deleted a message of another user.
 *
 * @example Usage
 * ```ts
 * import type { ChatServerEvent, OperatorAct } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * function actOf(event: ChatServerEvent): OperatorAct | undefined {
 *   return event.type === "operator" ? event.act : undefined;
 * }
 * assertEquals(actOf({ type: "operator", time: 0, act: "lock" }), "lock");
 * ```
 */
export type OperatorAct =
  | "login"
  | "kick"
  | "ban"
  | "mute"
  | "notice"
  | "lock"
  | "unlock"
  | "invite"
  | "invitation"
  | "delete";
