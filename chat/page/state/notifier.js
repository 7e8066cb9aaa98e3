// @ts-check
/** @import { Conversation, Item } from "./store.js" */
import { say } from "../words/language.js";
import { isSpeech } from "./store.js";
import { excerpt } from "../words/text.js";

/** @typedef {"default" | "denied" | "granted"} Permission */

/**
 * The functions of the browser that notifications need.
 *
 * @typedef {object} NotifierSystem
 * @property {() => Permission | undefined} permission `undefined`
 * if there are no notifications here.
 * @property {() => Promise<Permission>} ask Asks the user, unless that was done before.
 * @property {() => boolean} isHidden Whether the page can't be seen.
 * @property {(title: string, options: { body: string, tag: string }) => ShownNotification} show
 */

/** @typedef {{ close(): void, onclick: unknown }} ShownNotification */

/**
 * Notifies the user of mentions and private messages while the page is hidden, once
 * the user has asked for it.
 */
export class Notifier {
  #system;
  #open;
  #isOn;
  /** By conversation. @type {Map<string, ShownNotification>} */
  #shown = new Map();

  /**
   * @param {NotifierSystem} system
   * @param {object} options
   * @param {boolean} options.isOn Whether the user has asked for it before.
   * @param {(conversation: Conversation) => void} options.open Called when a
   * notification is clicked.
   */
  constructor(system, { isOn, open }) {
    this.#system = system;
    this.#isOn = isOn;
    this.#open = open;
  }

  /** Whether notifications are shown, or why they can't be. */
  get state() {
    const permission = this.#system.permission();
    if (permission === undefined) return "missing";
    if (permission === "denied") return "denied";
    return this.#isOn && permission === "granted" ? "on" : "off";
  }

  /** Switches notifications on or off, by a click of the user only. */
  async toggle() {
    const { state } = this;
    this.#isOn = state === "off" && await this.#system.ask() === "granted";
    if (!this.#isOn) this.clear();
  }

  /**
   * Notifies of a message, if it is to be.
   *
   * @param {Conversation} conversation
   * @param {Item} item
   */
  tell(conversation, { message }) {
    if (this.state !== "on" || !this.#system.isHidden()) return;
    if (!isSpeech(message)) return;
    const { nickname } = message.user;
    const { kind, key, title } = conversation;
    try {
      const notification = this.#system.show(
        kind === "room"
          ? say("page.notify.title", { user: nickname, room: title })
          : nickname,
        // A later message of a conversation takes the place of the one before.
        { body: excerpt(message.text), tag: key },
      );
      notification.onclick = () => {
        notification.close();
        this.#open(conversation);
      };
      this.#shown.set(key, notification);
    } catch {
      // Some browsers have notifications of service workers only.
      this.#isOn = false;
    }
  }

  /** Removes the notifications, such as when the user has come back. */
  clear() {
    for (const notification of this.#shown.values()) notification.close();
    this.#shown.clear();
  }
}
