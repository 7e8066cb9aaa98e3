/**
 * @import { ClientMessage } from "../protocol/_client_messages.ts"
 * @import { PageSession } from "./session.js"
 * @import { Answered, ChatStore, Conversation } from "./store.js"
 */
import { find, make, makeButton, setText } from "./elements.js";
import { commandHelp } from "../room/text/_commands.ts";
import { pageTexts, say, sayCount } from "./language.js";
import { showFormError, wireMenus } from "./menus.js";
import { clockTime } from "./text.js";

/** @param {string} name */
function openDrawer(name) {
  closeDrawers();
  find(name).classList.add("open");
  find("scrim").hidden = false;
  find(name).querySelector("button")?.focus();
}

/** Closes the drawers, and tells whether one was open. */
export function closeDrawers() {
  const opened = document.querySelector(".drawer.open");
  opened?.classList.remove("open");
  find("scrim").hidden = true;
  return opened !== null;
}

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
  closeDrawers();
  const dialog = findDialog(name);
  for (const error of dialog.querySelectorAll(".error")) setText(error, "");
  dialog.showModal();
  dialog.querySelector("input")?.focus();
}

/**
 * Handles the form of a dialog.
 *
 * @param {string} name
 * @param {(text: string, onDone: () => void) => string | undefined} act Returns
 * an error; calls back when the dialog may close.
 */
function onSubmit(name, act) {
  const dialog = findDialog(name);
  find(`${name}-form`).addEventListener("submit", (event) => {
    event.preventDefault();
    const text = dialog.querySelector("input")?.value.trim() ?? "";
    setText(find(`${name}-error`), act(text, () => dialog.close()) ?? "");
  });
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

/** The dialogs in which errors of requests are shown, by their type. */
const DIALOG_OF = new Map(
  Object.entries({ nick: "rename", join: "join", topic: "topic" }),
);

/** The drawers of narrow windows, and the dialogs. */
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
    this.#wireDrawers(focus);
    for (const button of document.querySelectorAll("[data-close-dialog]")) {
      const dialog = button.closest("dialog");
      button.addEventListener("click", () => dialog?.close());
      dialog?.addEventListener("close", focus);
    }
    find("help-commands").append(
      ...commandHelp(pageTexts()).map(({ usage, about }) =>
        make(
          "div",
          {},
          make("dt", {}, make("kbd", {}, usage)),
          make("dd", {}, about),
        )
      ),
    );
    find("open-help").addEventListener("click", () => openDialog("help"));
    wireMenus();
    this.#wireJoin();
    this.#wireRename();
    this.#wireTopic();
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
    const name = DIALOG_OF.get(type ?? "");
    if (name !== undefined && findDialog(name).open) {
      setText(find(`${name}-error`), text);
      return;
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
    const join = () => {
      const done = () => findDialog("join").close();
      setText(find("join-error"), this.session.join(room, done) ?? "");
    };
    const button = makeButton(
      { class: "entry" },
      join,
      make("span", { class: "hash", "aria-hidden": "true" }, "#"),
      make(
        "span",
        { class: "label" },
        make("bdi", {}, room),
        topic ? make("small", { dir: "auto" }, topic) : undefined,
      ),
      make("span", { class: "hint" }, sayCount("people", online)),
    );
    return make("li", {}, button);
  }

  /** @param {() => void} focus */
  #wireDrawers(focus) {
    find("open-menu").addEventListener("click", () => openDrawer("sidebar"));
    find("open-people").addEventListener("click", () => openDrawer("people"));
    find("scrim").addEventListener("click", closeDrawers);
    for (const button of document.querySelectorAll("[data-close-drawer]")) {
      button.addEventListener("click", () => {
        closeDrawers();
        focus();
      });
    }
  }

  #wireJoin() {
    find("open-join").addEventListener("click", () => {
      findInput("join-room").value = "";
      const error = this.session.ask({ type: "rooms" });
      if (error !== undefined) this.showError(error);
    });
    onSubmit(
      "join",
      (room, onDone) =>
        room === ""
          ? say("page.no-room-name")
          : this.session.join(room, onDone),
    );
  }

  #wireRename() {
    find("open-rename").addEventListener("click", () => {
      findInput("rename-nickname").value = this.session.nickname ?? "";
      openDialog("rename");
      findInput("rename-nickname").select();
    });
    onSubmit("rename", (nickname, onDone) => {
      if (nickname === "") return say("page.no-nickname");
      return this.#ask({ type: "nick", nickname }, onDone);
    });
  }

  openTopic() {
    findInput("topic-text").value = this.store.active?.topic ?? "";
    openDialog("topic");
  }

  #wireTopic() {
    find("edit-topic").addEventListener("click", () => this.openTopic());
    onSubmit("topic", (text, onDone) => {
      const room = this.store.active?.name;
      return this.#ask({ type: "topic", text, room }, onDone);
    });
  }

  #wireLink() {
    find("add-device").addEventListener("click", () => {
      const error = this.session.ask({ type: "link" });
      if (error !== undefined) this.showError(error);
    });
    find("link-form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const isCopied = await copy(findInput("link-text"));
      setText(find("link-done"), isCopied ? say("page.copied") : "");
    });
  }

  /** @param {Answered<"link">} link */
  showLink({ token, expires }) {
    const url = new URL(`#link=${token}`, location.href);
    findInput("link-text").value = url.href;
    const time = clockTime.format(expires);
    setText(find("link-about"), say("page.link.about", { time }));
    setText(find("link-done"), "");
    openDialog("link");
    findInput("link-text").select();
  }

  /**
   * @param {ClientMessage} request
   * @param {() => void} onDone
   */
  #ask(request, onDone) {
    const { active } = this.store;
    return this.session.ask(request, active, (isDone) => isDone && onDone());
  }
}
