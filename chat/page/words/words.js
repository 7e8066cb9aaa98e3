// @ts-check
/**
 * @import { PageStatus } from "../state/session.js"
 * @import { Item } from "../state/store.js"
 * @import { SentencePart } from "../../client/core/_record_text.ts"
 */
import { pageTexts, say } from "./language.js";
import { excerpt } from "./text.js";
import { describeRecord } from "../../client/core/_record_text.ts";

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

/**
 * The start of a message, in one line.
 *
 * @param {{ readonly text: string }} message
 */
export function excerptOf({ text }) {
  return text === "" ? say("page.deleted") : excerpt(text);
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
        status.isAgain ? "page.reconnecting" : "page.connecting",
      );
    case "waiting":
      return seconds > 0
        ? say("page.waiting", { seconds })
        : say("page.waiting-now");
    case "stopped":
      return status.text ?? say("page.stopped");
  }
}
