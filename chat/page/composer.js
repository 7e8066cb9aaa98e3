/**
 * @import { PageSession } from "./session.js"
 * @import { ChatStore, Conversation } from "./store.js"
 * @import { View } from "./view.js"
 */
import { CommandLine } from "./command.js";
import { Completer } from "./completer.js";
import { find, setText } from "./elements.js";
import { say } from "./language.js";
import { byteLength } from "./text.js";

/** The field where messages are typed; drafts stay with their conversations. */
export class Composer {
  #field = find("message", HTMLTextAreaElement);
  /** @type {Conversation | undefined} */
  #conversation;

  /**
   * @param {object} options
   * @param {ChatStore} options.store
   * @param {PageSession} options.session
   * @param {View} options.view
   */
  constructor({ store, session, view }) {
    this.store = store;
    this.session = session;
    this.view = view;
    this.commands = new CommandLine(session, store);
    this.completer = new Completer(() => this.#knownNames());
    this.#field.addEventListener("input", () => this.#measure());
    this.#field.addEventListener("keydown", (event) => this.#pressed(event));
    find("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  focus() {
    this.#field.focus();
  }

  /** Goes to the conversation that is shown. */
  follow() {
    const { active } = this.store;
    if (active === this.#conversation) return;
    if (this.#conversation) this.#conversation.draft = this.#field.value;
    this.#conversation = active;
    this.#field.value = active?.draft ?? "";
    this.#measure();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    // While characters are being composed, Enter chooses one.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "Tab" && !event.shiftKey) {
      this.#complete(event);
    } else if (event.key === "PageUp" || event.key === "PageDown") {
      event.preventDefault();
      const log = find("log");
      const sign = event.key === "PageUp" ? -1 : 1;
      log.scrollBy({ top: sign * log.clientHeight * 0.85 });
    }
  }

  /**
   * Completes the word before the cursor. Without a completion, the key moves the
   * focus as everywhere.
   *
   * @param {KeyboardEvent} event
   */
  #complete(event) {
    const { value, selectionStart, selectionEnd } = this.#field;
    if (selectionStart !== selectionEnd) return;
    const next = this.completer.next(value.slice(0, selectionStart));
    if (next === undefined) return;
    if (!next.isLast) event.preventDefault();
    this.#field.setRangeText(next.text, next.start, selectionEnd, "end");
    this.#measure();
    if (!next.isLast) this.view.say(next.text);
  }

  #knownNames() {
    const { store } = this;
    const all = store.list();
    const users = [...store.active?.users.values() ?? []];
    const rooms = all.filter(({ kind }) => kind === "room");
    const privates = all.filter(({ kind }) => kind === "private");
    return {
      nicknames: [
        ...users.filter((user) => !store.isOwn(user)).map((user) =>
          user.nickname
        ),
        ...privates.map(({ name }) => name),
      ],
      rooms: rooms.map(({ name }) => name),
    };
  }

  #send() {
    if (!this.#conversation) return;
    const error = this.commands.type(this.#conversation, this.#field.value);
    if (error === undefined) {
      this.#field.value = "";
      this.#measure();
    }
    setText(find("composer-error"), error ?? "");
    this.view.goToEnd();
    this.view.draw();
    this.focus();
  }

  /** Fits the height to the text, and counts it near the limit. */
  #measure() {
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
    const limit = this.session.limits.message;
    const size = byteLength(this.#field.value.trim());
    const isNear = size > limit * 0.8;
    setText(
      find("counter"),
      isNear ? say("page.bytes-left", { count: limit - size }) : "",
    );
    find("counter").classList.toggle("over", size > limit);
    setText(find("composer-error"), "");
  }
}
