// @ts-check
/**
 * @import { Conversation, Item, PendingText, Speech } from "./store.js"
 */
import { isSpeech, userKey } from "./store.js";
import { dayOf, describeDay } from "../words/text.js";

/**
 * A row of a conversation. Rows with the same key look the same.
 *
 * @typedef {{ readonly key: string } & (
 *   | { readonly type: "day", readonly text: string }
 *   | { readonly type: "marker" }
 *   | { readonly type: "gap", readonly before: number }
 *   | { readonly type: "item", readonly item: Item, readonly isFirst: boolean, readonly quoted?: Quoted }
 *   | { readonly type: "pending", readonly pending: PendingText, readonly quoted?: Quoted }
 * )} Row
 */

/**
 * The message that another one answers, as far as it is known.
 *
 * @typedef {{ readonly id: number, readonly message?: Speech }} Quoted
 */

/** Milliseconds within which messages of one user stand together. */
const GROUP_TIME = 5 * 60_000;

/**
 * The rows of a conversation, from top to bottom.
 *
 * @param {Pick<Conversation, "items" | "marker" | "pending" | "gaps">} conversation
 * @param {number} now
 */
export function rowsOf({ items, marker, pending, gaps }, now) {
  const quote = quoteFrom(items);
  /** @type {Row[]} */
  const rows = [];
  /** @type {Item | undefined} */
  let previous;
  for (const item of items) {
    const day = dayOf(item.time);
    const isNewDay = previous === undefined || dayOf(previous.time) !== day;
    const isAfterGap = item.id !== undefined && gaps.has(item.id) &&
      previous?.epoch === item.epoch;
    if (isAfterGap) {
      const before = item.id ?? 0;
      rows.push({ key: "gap/" + before, type: "gap", before });
    }
    if (isNewDay) {
      const text = describeDay(item.time, now);
      rows.push({
        key: "day/" + day + "/" + text + "/" + item.key,
        type: "day",
        text,
      });
    }
    if (item.key === marker) rows.push({ key: "marker", type: "marker" });
    const quoted = quote(item.message, item.epoch);
    const isFirst = isNewDay || isAfterGap || item.key === marker ||
      !continues(previous, item);
    rows.push({
      key: item.key + editOf(item.message) + (isFirst ? "/first" : "") +
        quoteKey(quoted),
      ...{ type: "item", item, isFirst, quoted },
    });
    previous = item;
  }
  for (const each of pending) {
    const quoted = quote(each, items.at(-1)?.epoch);
    const key = [each.ref, each.state, each.error].join("/") +
      quoteKey(quoted);
    rows.push({ key, type: "pending", pending: each, quoted });
  }
  return rows;
}

/**
 * Finds the messages that others answer.
 *
 * @param {readonly Item[]} items
 * @returns {(message: object, epoch: string | undefined) => Quoted | undefined}
 */
function quoteFrom(items) {
  /** @type {Map<string, Speech> | undefined} */
  let known;
  return (message, epoch) => {
    const id = "replyTo" in message ? message.replyTo : undefined;
    if (typeof id !== "number") return undefined;
    known ??= new Map(
      items.flatMap(({ epoch, id, message }) =>
        isSpeech(message) ? [[epoch + "/" + id, message]] : []
      ),
    );
    return { id, message: known.get(epoch + "/" + id) };
  };
}

/** @param {Quoted | undefined} quoted */
function quoteKey(quoted) {
  if (quoted === undefined) return "";
  const { message } = quoted;
  return "/to" + (message?.text.length ?? "?") + editOf(message ?? {});
}

/**
 * The part of a key that tells the states of a message apart.
 *
 * @param {object} message
 */
function editOf(message) {
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
  if ("replyTo" in message && message.replyTo !== undefined) return false;
  return message.type !== "action" && before.type === message.type &&
    userKey(before.user) === userKey(message.user) &&
    before.user.nickname === message.user.nickname &&
    item.time - previous.time < GROUP_TIME;
}
