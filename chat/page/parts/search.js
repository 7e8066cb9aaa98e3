/**
 * @import { PageSession } from "../state/session.js"
 * @import { Answered } from "../state/store.js"
 */
import {
  find,
  make,
  makeButton,
  makeName,
  onClick,
  onSubmit,
  setText,
} from "./elements.js";
import { say } from "../words/language.js";
import { describeMoment, excerpt, foldName } from "../words/text.js";

const PAGE_SIZE = 20;

/** Characters before the first word that was found, in a result. */
const LEAD = 40;

/** @typedef {Answered<"found">["messages"][number]} Found */

/** The dialog in which messages are searched. */
export class Search {
  #session;
  #open;
  #dialog = find("search-dialog", HTMLDialogElement);
  #input = find("search-text", HTMLInputElement);
  #text = "";
  /** The id before which the next page of results is. @type {number | undefined} */
  #before;

  /**
   * @param {PageSession} session
   * @param {(found: Found) => void} open
   */
  constructor(session, open) {
    this.#session = session;
    this.#open = open;
    onSubmit("search-form", () => this.search(this.#input.value.trim()));
    onClick("search-more", () => this.#ask());
    onClick("open-search", () => this.open());
  }

  /** @param {string} [text] */
  open(text) {
    if (text !== undefined) this.#input.value = text;
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#input.focus();
    this.#input.select();
  }

  /** @param {string} text */
  search(text) {
    if (text === "") return setText("search-state", "");
    this.#text = text;
    this.#before = undefined;
    find("search-results").replaceChildren();
    this.#ask();
  }

  #ask() {
    const before = this.#before;
    const text = this.#text;
    setText("search-state", say("page.searching"));
    find("search-more").hidden = true;
    const error = this.#session.inquire(
      { type: "search", text, before, limit: PAGE_SIZE },
      (answer) => {
        if (answer.type === "found" && text === this.#text) this.#show(answer);
      },
    );
    if (error !== undefined) setText("search-state", error);
  }

  /** @param {string} text */
  showError(text) {
    if (!this.#dialog.open) return false;
    setText("search-state", text);
    return true;
  }

  /** @param {Answered<"found">} found */
  #show({ messages, complete }) {
    const list = find("search-results");
    const isFirst = list.childElementCount === 0;
    const entries = messages.map((each) => this.#makeEntry(each));
    list.append(...entries);
    this.#before = messages.at(-1)?.id ?? this.#before;
    find("search-more").hidden = complete || messages.length === 0;
    const isEmpty = list.childElementCount === 0;
    setText("search-state", isEmpty ? say("nothing-found") : "");
    if (!isFirst) entries[0]?.querySelector("button")?.focus();
  }

  /** @param {Found} found */
  #makeEntry(found) {
    const { time, room, user, to, text } = found;
    const other = to && this.#session.isMe(user) ? to : user;
    const place = room === undefined
      ? say("page.private-with", { user: other.nickname })
      : "#" + room;
    const moment = describeMoment(time, Date.now());
    const button = makeButton(
      { class: "entry found" },
      () => {
        // A dialog that is closed gives the focus back first.
        const open = () => this.#open(found);
        this.#dialog.addEventListener("close", open, { once: true });
        this.#dialog.close();
      },
      make("small", {}, make("bdi", {}, place), " · ", moment),
      make(
        "span",
        { dir: "auto" },
        makeName(user.nickname),
        " ",
        ...this.#mark(text),
      ),
    );
    return make("li", {}, button);
  }

  /**
   * The part of a text with the words that were searched, which are marked.
   *
   * @param {string} text
   */
  #mark(text) {
    const words = foldName(this.#text).split(/\s+/).filter(Boolean);
    const line = text.replaceAll(/\s+/g, " ");
    const folded = foldName(line);
    // Where folding changes lengths, places in the two texts differ.
    if (folded.length !== line.length) return [excerpt(line)];
    const places = words.map((word) => folded.indexOf(word)).filter((at) =>
      at >= 0
    );
    const first = Math.min(...places, folded.length);
    const start = first > LEAD && first < folded.length ? first - LEAD : 0;
    const shown = excerpt(line.slice(start));
    const escaped = words.map((word) =>
      word.replaceAll(/[^\p{L}\p{N}]/gu, "\\$&")
    );
    const pattern = new RegExp(`(${escaped.join("|")})`, "i");
    return [
      start > 0 ? "\u2026" : "",
      ...shown.split(pattern).map((part, at) =>
        at % 2 === 1 ? make("mark", {}, part) : part
      ),
    ];
  }
}
