// @ts-check
/**
 * @import { PageStatus } from "./session.js"
 * @import { Item } from "./store.js"
 */

/** @type {Readonly<Record<string, string>>} */
const LEAVE_REASONS = {
  "lost": "lost the connection",
  "slow": "was too slow to read",
  "line-too-long": "sent a line that was too long",
  "shutdown": "the server stopped",
  "kicked": "was removed by an operator",
  "banned": "was banned by an operator",
  "flooding": "sent too much at once",
};

/**
 * Describes a message that is no speech, in pieces: text, or a user's name.
 *
 * @param {Item} item
 * @returns {(string | { readonly name: string })[]}
 */
export function describeNotice({ message }) {
  if (!("user" in message)) return [message.text];
  const who = { name: message.user.nickname };
  switch (message.type) {
    case "joined":
      return [who, " joined"];
    case "left": {
      const reason = LEAVE_REASONS[message.reason];
      return [who, reason === undefined ? " left" : " left: " + reason];
    }
    case "renamed":
      return [{ name: message.previous }, " is now called ", who];
    case "topic":
      return message.text === ""
        ? [who, " removed the topic"]
        : [who, " changed the topic: " + message.text];
    default:
      return [message.text];
  }
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
