import { make } from "./rows.js";
import { plural } from "./text.js";
import { find, setText } from "./view.js";

/**
 * The part of the page's script for what opens over the conversation: drawers in
 * narrow windows, and dialogs.
 */

function openDrawer(name) {
  closeDrawers();
  find(name).classList.add("open");
  find("scrim").hidden = false;
  find(name).querySelector("button").focus();
}

/** Tells whether one was open. */
export function closeDrawers() {
  const opened = document.querySelector(".drawer.open");
  opened?.classList.remove("open");
  find("scrim").hidden = true;
  return opened !== null;
}

function openDialog(id) {
  closeDrawers();
  const dialog = find(id);
  for (const error of dialog.querySelectorAll(".error")) setText(error, "");
  dialog.showModal();
  dialog.querySelector("input")?.focus();
}

/** The dialog closes when what was typed in it is done. */
function onSubmit(name, act) {
  const dialog = find(name + "-dialog");
  find(name + "-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = dialog.querySelector("input").value.trim();
    setText(find(name + "-error"), act(text, () => dialog.close()) ?? "");
  });
}

export class Dialogs {
  constructor({ store, session, focus }) {
    this.store = store;
    this.session = session;
    this.#wireDrawers(focus);
    for (const button of document.querySelectorAll("[data-close-dialog]")) {
      const dialog = button.closest("dialog");
      button.addEventListener("click", () => dialog.close());
      dialog.addEventListener("close", focus);
    }
    find("open-help").addEventListener(
      "click",
      () => openDialog("help-dialog"),
    );
    this.#wireJoin();
    this.#wireRename();
    this.#wireTopic();
  }

  /** Says what went wrong where it was asked for, or else in the conversation. */
  showError(text, type, conversation) {
    const name = { nick: "rename", join: "join", topic: "topic" }[type];
    if (name !== undefined && find(name + "-dialog").open) {
      setText(find(name + "-error"), text);
      return;
    }
    const place = conversation ?? this.store.active;
    if (place) this.store.note(place, text, "error");
  }

  showRooms(rooms) {
    const entries = rooms.map((each) => this.#makeRoom(each));
    find("room-list").replaceChildren(...entries);
    if (!find("join-dialog").open) openDialog("join-dialog");
  }

  #makeRoom({ room, topic, online }) {
    const button = make(
      "button",
      { type: "button", class: "entry" },
      make("span", { class: "hash", "aria-hidden": "true" }, "#"),
      make(
        "span",
        { class: "label" },
        make("bdi", {}, room),
        topic ? make("small", { dir: "auto" }, topic) : undefined,
      ),
      make("span", { class: "hint" }, plural(online, "person", "people")),
    );
    button.addEventListener("click", () => {
      const done = () => find("join-dialog").close();
      setText(find("join-error"), this.session.join(room, done) ?? "");
    });
    return make("li", {}, button);
  }

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
      find("join-room").value = "";
      const error = this.session.ask({ type: "rooms" });
      if (error !== undefined) this.showError(error);
    });
    onSubmit(
      "join",
      (room, onDone) =>
        room === "" ? "Please type a name." : this.session.join(room, onDone),
    );
  }

  #wireRename() {
    find("open-rename").addEventListener("click", () => {
      find("rename-nickname").value = this.session.nickname ?? "";
      openDialog("rename-dialog");
      find("rename-nickname").select();
    });
    onSubmit("rename", (nickname, onDone) => {
      if (nickname === "") return "Please type a nickname.";
      const request = { type: "nick", nickname };
      if (nickname !== this.session.nickname) {
        return this.session.ask(request, this.store.active, onDone);
      }
      onDone();
      return undefined;
    });
  }

  #wireTopic() {
    find("edit-topic").addEventListener("click", () => {
      find("topic-text").value = this.store.active.topic;
      openDialog("topic-dialog");
    });
    onSubmit("topic", (text, onDone) => {
      const { active } = this.store;
      const request = { type: "topic", text, room: active.name };
      return this.session.ask(request, active, onDone);
    });
  }
}
