/**
 * @import { PageSession } from "../state/session.js"
 * @import { ChatStore, Conversation, DraftMode, Item } from "../state/store.js"
 * @import { View } from "./view.js"
 */
import { CommandLine, lastOwn } from "../state/command.js";
import { Completer } from "../state/completer.js";
import { find, onClick, onSubmit, setText } from "./elements.js";
import { say } from "../words/language.js";
import { isSpeech } from "../state/store.js";
import { byteLength } from "../words/text.js";
import { excerptOf } from "../words/words.js";

/** The field where messages are typed; drafts stay with their conversations. */
export class Composer {
  #field = find("message", HTMLTextAreaElement);
  /** @type {Conversation | undefined} */
  #conversation;
  /** The mode that is shown. @type {DraftMode | undefined} */
  #mode;
  /** Whether the text is sent when there is a conversation. */
  #isHeld = false;

  /**
   * @param {object} options
   * @param {ChatStore} options.store
   * @param {PageSession} options.session
   * @param {View} options.view
   * @param {(mode: DraftMode) => void} options.onEmptied Called when the text of a
   * message that is changed was removed.
   * @param {(text: string) => void} options.search
   */
  constructor({ store, session, view, onEmptied, search }) {
    this.onEmptied = onEmptied;
    this.store = store;
    this.session = session;
    this.view = view;
    this.commands = new CommandLine(session, store, search);
    this.completer = new Completer(() => this.#knownNames());
    this.#field.addEventListener("input", () => {
      this.#isHeld = false;
      this.#measure();
    });
    this.#field.addEventListener("keydown", (event) => this.#pressed(event));
    onSubmit("composer", () => this.#send());
    onClick("cancel-mode", () => this.cancel());
  }

  focus() {
    this.#field.focus();
  }

  /** Goes to the conversation that is shown. */
  follow() {
    const { active } = this.store;
    if (active?.mode !== this.#mode) this.#drawMode();
    if (active !== this.#conversation) this.#change(active);
    this.#isHeld &&= this.session.isOnline;
    // By then the conversation from before a reload is shown again.
    if (active && this.#isHeld && this.session.isSettled) this.#send();
  }

  /** @param {Conversation | undefined} active */
  #change(active) {
    let typed = this.#field.value;
    if (this.#conversation) {
      this.#conversation.draft = typed;
      typed = "";
    } else setText("composer-error", "");
    this.#conversation = active;
    // Text may have been typed before there was a connection.
    this.#field.value = active?.draft || typed;
    this.#measure();
  }

  /**
   * Begins to change a message, or to answer it.
   *
   * @param {DraftMode["type"]} type
   * @param {Item} item
   */
  begin(type, { id, message }) {
    const conversation = this.#conversation;
    if (!conversation || id === undefined || !isSpeech(message)) return;
    const wasEditing = conversation.mode?.type === "edit";
    conversation.mode = { type, id, message };
    if (type === "edit") this.#field.value = message.text;
    else if (wasEditing) this.#field.value = "";
    this.#drawMode();
    this.#measure();
    this.focus();
  }

  /** Begins a new message instead of a change or an answer. */
  cancel() {
    const isEditing = this.#conversation?.mode?.type === "edit";
    this.#begin(isEditing ? "" : this.#field.value);
    this.focus();
  }

  /**
   * Begins a new message with a text.
   *
   * @param {string} [text]
   */
  #begin(text = "") {
    if (this.#conversation) this.#conversation.mode = undefined;
    this.#field.value = text;
    this.#drawMode();
    this.#measure();
  }

  #drawMode() {
    const mode = this.store.active?.mode;
    this.#mode = mode;
    find("mode").hidden = mode === undefined;
    const user = mode?.message.user.nickname;
    setText(
      "mode-text",
      mode === undefined
        ? ""
        : mode.type === "edit"
        ? say("page.editing")
        : say("page.replying", { user, text: excerptOf(mode.message) }),
    );
  }

  #editLast() {
    const last = this.#conversation && lastOwn(this.#conversation);
    if (typeof last === "string") setText("composer-error", last);
    else if (last) this.begin("edit", last);
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
    } else if (event.key === "ArrowUp" && this.#field.value === "") {
      if (event.altKey || this.#conversation?.mode) return;
      event.preventDefault();
      this.#editLast();
    } else if (event.key === "Escape" && this.#conversation?.mode) {
      event.stopPropagation();
      this.cancel();
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
    const users = [...store.active?.users.values() ?? []];
    const others = users.filter((user) => !store.isOwn(user));
    return {
      nicknames: [
        ...others.map(({ nickname }) => nickname),
        ...store.privates.map(({ name }) => name),
      ],
      rooms: store.rooms.map(({ name }) => name),
    };
  }

  #send() {
    const conversation = this.#conversation;
    // In the chat, the first room is on its way.
    this.#isHeld = !conversation && this.session.isOnline;
    if (!conversation) {
      const error = this.#isHeld ? "" : say("page.no-connection");
      return setText("composer-error", error);
    }
    const { mode } = conversation;
    const text = this.#field.value;
    if (mode?.type === "edit") return this.#sendEdit(conversation, mode, text);
    const error = this.commands.type(conversation, text, mode?.id);
    if (error === undefined && text.trim() !== "") this.#begin();
    setText("composer-error", error ?? "");
    this.view.goToEnd();
    this.view.draw();
    this.focus();
  }

  /**
   * Sends a change; the text stays until the server has taken it.
   *
   * @param {Conversation} conversation
   * @param {DraftMode} mode
   * @param {string} text
   */
  #sendEdit(conversation, mode, text) {
    if (text.trim() === "") return this.onEmptied(mode);
    const done = () => {
      if (conversation.mode !== mode) return;
      conversation.mode = undefined;
      conversation.draft = "";
      if (this.#conversation === conversation) this.#begin();
    };
    if (text.trim() === mode.message.text) return this.cancel();
    const error = this.commands.edit(conversation, mode.id, text, done);
    setText("composer-error", error ?? "");
  }

  /** Fits the height to the text, and counts it near the limit. */
  #measure() {
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
    const limit = this.session.limits.message;
    const size = byteLength(this.#field.value.trim());
    const isNear = size > limit * 0.8;
    const left = say("page.bytes-left", { count: limit - size });
    setText("counter", isNear ? left : "");
    find("counter").classList.toggle("over", size > limit);
    setText("composer-error", "");
  }
}
