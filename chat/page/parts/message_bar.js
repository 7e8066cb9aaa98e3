/**
 * @import { Item } from "../state/store.js"
 */
import { find, make, makeButton } from "./elements.js";
import { makeIcon } from "./icons.js";
import { say } from "../words/language.js";

/** The events by which a user points to a message. */
const POINTING = /** @type {const} */ (["pointerover", "focusin", "click"]);

/**
 * @typedef {object} MessageActions
 * @property {(id: number) => Item | undefined} itemOf A message that is not deleted.
 * @property {(item: Item) => boolean} canDelete
 * @property {(item: Item) => void} reply
 * @property {(item: Item) => void} edit
 * @property {(item: Item) => void} remove
 */

/**
 * The buttons of a message, which appear where the pointer or the focus is. The
 * arrow keys move the focus from message to message.
 */
export class MessageBar {
  #actions;
  /** @type {Item | undefined} */
  #item;
  #bar;
  #reply;
  #edit;
  #remove;

  /** @param {MessageActions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#reply = this.#makeButton("reply", (item) => actions.reply(item));
    this.#edit = this.#makeButton("edit", (item) => actions.edit(item));
    this.#remove = this.#makeButton("delete", (item) => actions.remove(item));
    this.#bar = make(
      "span",
      { class: "message-bar", role: "group" },
      ...[this.#reply, this.#edit, this.#remove],
    );
    this.#bar.ariaLabel = say("page.message-actions");
    const rows = find("rows");
    for (const type of POINTING) {
      rows.addEventListener(type, ({ target }) => this.#follow(target));
    }
    rows.addEventListener("pointerleave", ({ pointerType }) => {
      // A finger that leaves the screen is no pointer that goes elsewhere.
      if (pointerType === "mouse") this.#hide();
    });
    addEventListener("focusin", ({ target }) => {
      if (target instanceof Node && !rows.contains(target)) this.#bar.remove();
    });
    find("log").addEventListener("keydown", (event) => this.#pressed(event));
  }

  /**
   * @param {"reply" | "edit" | "delete"} name
   * @param {(item: Item) => void} act
   */
  #makeButton(name, act) {
    const title = say(`page.${name}`);
    return makeButton(
      { class: "round", title, "aria-label": title },
      () => {
        this.#bar.remove();
        if (this.#item) act(this.#item);
      },
      makeIcon(name),
    );
  }

  /** @param {EventTarget | null} target */
  #follow(target) {
    const row = target instanceof Element ? target.closest(".message") : null;
    if (!(row instanceof HTMLElement) || row.contains(this.#bar)) return;
    if (this.#bar.contains(document.activeElement)) return;
    const item = this.#actions.itemOf(Number(row.dataset.id));
    if (item === undefined) return this.#hide();
    this.#item = item;
    const canDelete = this.#actions.canDelete(item);
    this.#edit.hidden = !item.isOwn;
    this.#remove.hidden = !canDelete;
    row.querySelector(".bubble")?.append(this.#bar);
  }

  #hide() {
    if (!this.#bar.contains(document.activeElement)) this.#bar.remove();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { key, altKey, target } = event;
    if (altKey || (key !== "ArrowUp" && key !== "ArrowDown")) return;
    const rows = /** @type {HTMLElement[]} */ (
      [...document.querySelectorAll("#rows > .message")]
    );
    const at = rows.findIndex((row) =>
      target instanceof Node && row.contains(target)
    );
    const next = at < 0 ? rows.length - 1 : at + (key === "ArrowUp" ? -1 : 1);
    event.preventDefault();
    rows[next]?.focus();
  }
}
