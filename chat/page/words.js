/** The part of the page's script with the sentences for what happens. */

const LEAVE_REASONS = {
  "lost": "lost the connection",
  "slow": "was too slow to read",
  "line-too-long": "sent a line that was too long",
  "shutdown": "the server stopped",
  "kicked": "was removed by an operator",
  "banned": "was banned by an operator",
  "flooding": "sent too much at once",
};

/** Goodbyes after which coming back without being asked would be wrong. */
export const FINAL_REASONS = new Set([
  "quit",
  "replaced",
  "no-nickname",
  "flooding",
  "kicked",
  "banned",
  "too-many-attempts",
]);

/** What a message says that nobody spoke, as pieces: text, or a user's name. */
export function describeNotice(item) {
  const { message } = item;
  const who = { name: message.user?.nickname };
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

/** What the page says of the connection, for each of its states. */
export function describeStatus(status, seconds) {
  switch (status.name) {
    case "online":
      return "Connected";
    case "connecting":
      return status.attempt === 0
        ? "Connecting\u2026"
        : "Connecting again\u2026";
    case "waiting":
      return "Connection lost. Next try " +
        (seconds > 0 ? "in " + seconds + " s" : "now");
    default:
      return status.text ?? "Not connected";
  }
}
