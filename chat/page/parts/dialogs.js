/**
 * @import { PageSession } from "../state/session.js"
 * @import { Answered, ChatStore, Conversation } from "../state/store.js"
 */
import {
  find,
  make,
  makeButton,
  onClick,
  onSubmit,
  setText,
} from "./elements.js";
import { makeCommandHelp, makeHelp } from "./help.js";
import { say, sayCount } from "../words/language.js";
import { openForm, showFormError, wireMenus } from "./menus.js";
import { describeMoment } from "../words/text.js";

/** The keys of the texts of the help. */
const KEYS = /** @type {const} */ ([
  ...["key-enter", "key-shift-enter", "key-tab", "key-alt", "key-page"],
  ...["key-up", "key-search", "key-esc"],
]);
const MARKS = /** @type {const} */ (["soft", "code", "quote"]);

/** @param {string} name */
function findDialog(name) {
  return find(`${name}-dialog`, HTMLDialogElement);
}

/** @param {string} id */
function findInput(id) {
  return find(id, HTMLInputElement);
}

/** @param {string} name */
function openDialog(name) {
  const dialog = findDialog(name);
  for (const error of dialog.querySelectorAll(".error")) error.textContent = "";
  dialog.showModal();
  dialog.querySelector("input")?.focus();
}

/**
 * Copies the text of a field; false if the browser does not allow it.
 *
 * @param {HTMLInputElement} field
 */
async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    // Without HTTPS there is only the old way.
    return document.execCommand("copy");
  }
}

/** The dialogs. */
export class Dialogs {
  /**
   * @param {object} options
   * @param {ChatStore} options.store
   * @param {PageSession} options.session
   * @param {() => void} options.focus Gives the focus back.
   */
  constructor({ store, session, focus }) {
    this.store = store;
    this.session = session;
    for (const dialog of document.querySelectorAll("dialog")) {
      dialog.addEventListener("close", focus);
    }
    for (const [part, keys] of Object.entries({ keys: KEYS, text: MARKS })) {
      find(`help-${part}`).append(
        ...keys.map((key) =>
          makeHelp(say(`page.${key}`), say(`page.${key}.about`))
        ),
      );
    }
    find("help-commands").append(...makeCommandHelp());
    onClick("open-help", () => openDialog("help"));
    wireMenus();
    this.#wireJoin();
    onClick("open-rename", () => this.#openRename());
    onClick("edit-topic", () => this.openTopic());
    this.#wireLink();
  }

  /**
   * Shows an error where the request was made, or else in the conversation.
   *
   * @param {string} text
   * @param {string} [type] The type of the request.
   * @param {Conversation} [conversation]
   */
  showError(text, type, conversation) {
    if (showFormError(text)) return;
    if (type === "join" && findDialog("join").open) {
      return setText("join-error", text);
    }
    const place = conversation ?? this.store.active;
    if (place) this.store.note(place, text, "error");
  }

  /** @param {Answered<"rooms">["rooms"]} rooms */
  showRooms(rooms) {
    const entries = rooms.map((each) => this.#makeRoom(each));
    find("room-list").replaceChildren(...entries);
    if (!findDialog("join").open) openDialog("join");
  }

  /** @param {Answered<"rooms">["rooms"][number]} room */
  #makeRoom({ room, topic, online }) {
    const button = makeButton(
      { class: "entry" },
      () => this.#join(room),
      make("span", { class: "hash", "aria-hidden": "true" }, "#"),
      make(
        "span",
        { class: "label" },
        make("bdi", {}, room),
        topic ? make("small", { dir: "auto" }, topic) : undefined,
      ),
      make("span", { class: "muted" }, sayCount("people", online)),
    );
    return make("li", {}, button);
  }

  #wireJoin() {
    onClick("open-join", () => {
      findInput("join-room").value = "";
      const error = this.session.ask({ type: "rooms" });
      if (error !== undefined) this.showError(error);
    });
    onSubmit(
      "join-form",
      () => this.#join(findInput("join-room").value.trim()),
    );
  }

  /** @param {string} room */
  #join(room) {
    const error = room === ""
      ? say("page.no-room-name")
      : this.session.join(room, () => findDialog("join").close());
    setText("join-error", error ?? "");
  }

  #openRename() {
    const label = say("page.nickname");
    openForm({
      title: say("page.rename"),
      fields: [{ name: "nickname", label, value: this.session.nickname }],
      submit: say("page.change"),
      act: ({ nickname = "" }, onDone) =>
        nickname === ""
          ? say("page.no-nickname")
          : this.session.ask({ type: "nick", nickname }, undefined, onDone),
    });
  }

  openTopic() {
    const { active } = this.store;
    openForm({
      title: say("page.topic-of-room"),
      fields: [
        { name: "text", label: say("page.topic"), value: active?.topic },
      ],
      submit: say("page.set"),
      act: ({ text = "" }, onDone) =>
        this.session.ask(
          { type: "topic", text, room: active?.name },
          active,
          onDone,
        ),
    });
  }

  #wireLink() {
    onClick("add-device", () => {
      const error = this.session.ask({ type: "link" });
      if (error !== undefined) this.showError(error);
    });
    onSubmit("link-form", async () => {
      const isCopied = await copy(findInput("link-text"));
      setText("link-done", isCopied ? say("page.copied") : "");
    });
  }

  /**
   * Shows a link for another device, or for somebody who is invited.
   *
   * @param {Answered<"link" | "invitation">} link
   */
  showLink({ type, token, expires }) {
    const isOwn = type === "link";
    const fragment = `#${isOwn ? "link" : "invite"}=${token}`;
    findInput("link-text").value = new URL(fragment, location.href).href;
    const time = describeMoment(expires, Date.now());
    const title = isOwn ? "page.add-device" : "page.invite-into";
    const about = isOwn ? "page.link.about" : "page.invitation.about";
    setText("link-heading", say(title));
    setText("link-about", say(about, { time }));
    setText("link-done", "");
    openDialog("link");
    findInput("link-text").select();
  }
}
