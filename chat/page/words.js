// @ts-check
/**
 * @import { PageStatus } from "./session.js"
 * @import { Item } from "./store.js"
 * @import { SentencePart } from "../client/core/_record_text.ts"
 */
import { describeRecord } from "../client/core/_record_text.ts";

/**
 * Describes a message that is no private one.
 *
 * @param {Item} item
 * @returns {SentencePart[]}
 */
export function describeNotice({ message }) {
  return "user" in message && message.type !== "private"
    ? describeRecord(message)
    : [message.text];
}

/**
 * Describes the state of the connection.
 *
 * @param {PageStatus} status
 * @param {number} seconds Until the next attempt.
 */
export function describeStatus(status, seconds) {
  switch (status.name) {
    case "online":
      return "Connected";
    case "connecting":
    case "open":
      return status.attempt === 0 ? "Connecting\u2026" : "Reconnecting\u2026";
    case "waiting":
      return "Connection lost. Next try " +
        (seconds > 0 ? "in " + seconds + " s" : "now");
    case "stopped":
      return status.text ?? "Not connected";
  }
}
