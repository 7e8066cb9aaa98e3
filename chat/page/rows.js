// @ts-check
/**
 * @import { Conversation, Item, PendingText } from "./store.js"
 */
import { isSpeech, userKey } from "./store.js";
import { dayOf, describeDay } from "./text.js";

/**
 * A row of a conversation. Rows with the same key look the same.
 *
 * @typedef {{ readonly key: string } & (
 *   | { readonly type: "day", readonly text: string }
 *   | { readonly type: "marker" }
 *   | { readonly type: "item", readonly item: Item, readonly isFirst: boolean }
 *   | { readonly type: "pending", readonly pending: PendingText }
 * )} Row
 */

/** Milliseconds within which messages of one user stand together. */
const GROUP_TIME = 5 * 60_000;

/**
 * The rows of a conversation, from top to bottom.
 *
 * @param {Pick<Conversation, "items" | "marker" | "pending">} conversation
 * @param {number} now
 */
export function rowsOf({ items, marker, pending }, now) {
  /** @type {Row[]} */
  const rows = [];
  /** @type {Item | undefined} */
  let previous;
  for (const item of items) {
    const day = dayOf(item.time);
    const isNewDay = previous === undefined || dayOf(previous.time) !== day;
    if (isNewDay) {
      const text = describeDay(item.time, now);
      rows.push({
        key: "day/" + day + "/" + text + "/" + item.key,
        type: "day",
        text,
      });
    }
    if (item.key === marker) rows.push({ key: "marker", type: "marker" });
    const isFirst = isNewDay || item.key === marker ||
      !continues(previous, item);
    rows.push({
      key: item.key + editOf(item) + (isFirst ? "/first" : ""),
      type: "item",
      item,
      isFirst,
    });
    previous = item;
  }
  for (const each of pending) {
    const key = [each.ref, each.state, each.error].join("/");
    rows.push({ key, type: "pending", pending: each });
  }
  return rows;
}

/**
 * The part of a key that tells the states of a message apart.
 *
 * @param {Item} item
 */
function editOf({ message }) {
  return "edited" in message && message.edited !== undefined
    ? "/" + message.edited
    : "";
}

/**
 * Whether an item stands with the one before, without a name of its own.
 *
 * @param {Item | undefined} previous
 * @param {Item} item
 */
function continues(previous, item) {
  const before = previous?.message;
  const { message } = item;
  if (!before || !isSpeech(before) || !isSpeech(message)) return false;
  return message.type !== "action" && before.type === message.type &&
    userKey(before.user) === userKey(message.user) &&
    before.user.nickname === message.user.nickname &&
    item.time - previous.time < GROUP_TIME;
}
