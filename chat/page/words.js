// @ts-check
/**
 * @import { PageStatus } from "./session.js"
 * @import { Answered, Item } from "./store.js"
 * @import { SentencePart } from "../client/core/_record_text.ts"
 */
import { pageTexts, say } from "./language.js";
import { fullTime } from "./text.js";
import { describeRecord } from "../client/core/_record_text.ts";

/**
 * Describes a message that is no private one.
 *
 * @param {Item} item
 * @returns {SentencePart[]}
 */
export function describeNotice({ message }) {
  return "user" in message && message.type !== "private"
    ? describeRecord(message, pageTexts())
    : [message.text];
}

/** The most UTF-16 units of a message that a search shows. */
const MAX_FOUND = 300;

/**
 * Describes what a search has found, the newest last.
 *
 * @param {Answered<"found">} found
 */
export function describeFound({ messages }) {
  if (messages.length === 0) return say("nothing-found");
  const lines = messages.toReversed().map(({ time, room, user, to, text }) => {
    const place = room === undefined ? to?.nickname : "#" + room;
    const start = [fullTime.format(time), place, user.nickname].join(", ");
    return start + ": " + text.replaceAll(/\s+/g, " ").slice(0, MAX_FOUND);
  });
  return say("page.found", { text: "\n" + lines.join("\n") });
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
      return say("page.connected");
    case "connecting":
    case "open":
      return say(
        status.attempt === 0 ? "page.connecting" : "page.reconnecting",
      );
    case "waiting":
      return seconds > 0
        ? say("page.waiting", { seconds })
        : say("page.waiting-now");
    case "stopped":
      return status.text ?? say("page.stopped");
  }
}
