/**
 * @import { Item, PendingText, Speech } from "../state/store.js"
 * @import { Quoted, Row } from "../state/rows.js"
 * @import { Inline } from "../../client/core/_markdown.ts"
 */
import { parseMarkdown } from "../../client/core/_markdown.ts";
import { make, makeAvatar, makeButton, makeName } from "./elements.js";
import { makeCommandHelp } from "./help.js";
import { say } from "../words/language.js";
import { isSpeech } from "../state/store.js";
import { clockTime, fullTime } from "../words/text.js";
import { describeNotice, excerptOf } from "../words/words.js";

/**
 * The actions of the buttons in rows.
 *
 * @typedef {object} RowActions
 * @property {(pending: PendingText) => void} sendAgain
 * @property {(pending: PendingText) => void} discard
 * @property {(id: number) => void} goTo Shows a message that is quoted.
 * @property {(before: number) => void} fillGap
 */

/**
 * Makes the elements of a text. Texts of users become text nodes only.
 *
 * @param {string} text
 */
function makeText(text) {
  const blocks = parseMarkdown(text).map((block) => {
    switch (block.type) {
      case "code-block":
        return make("pre", {}, make("code", {}, block.text));
      case "quote":
        return make("blockquote", {}, ...makeInlines(block.children));
      case "text":
        return make("span", {}, ...makeInlines(block.children));
    }
  });
  return make("div", { class: "text", dir: "auto" }, ...blocks);
}

/**
 * @param {readonly Inline[]} parts
 * @returns {(Node | string)[]}
 */
function makeInlines(parts) {
  return parts.map((part) => {
    switch (part.type) {
      case "text":
        return part.text;
      case "code":
        return make("code", {}, part.text);
      case "link":
        return makeLink(part.text, part.href);
      case "emphasis":
        return make("em", {}, ...makeInlines(part.children));
      case "strong":
        return make("strong", {}, ...makeInlines(part.children));
    }
  });
}

/**
 * @param {string} text
 * @param {string} href
 */
function makeLink(text, href) {
  return make(
    "a",
    { href, title: href, target: "_blank", rel: "noopener noreferrer" },
    text,
  );
}

/** @param {number} time */
function makeTime(time) {
  return make(
    "time",
    { datetime: new Date(time).toISOString(), title: fullTime.format(time) },
    clockTime.format(time),
  );
}

/**
 * @param {Row} row
 * @param {RowActions} actions
 */
function makeRow(row, actions) {
  switch (row.type) {
    case "day":
      return make("li", { class: "divider" }, make("span", {}, row.text));
    case "marker":
      return make(
        "li",
        { class: "divider marker" },
        make("span", {}, say("page.new")),
      );
    case "gap":
      return make(
        "li",
        { class: "divider gap" },
        makeButton(
          { class: "link" },
          () => actions.fillGap(row.before),
          say("page.gap"),
        ),
      );
    case "pending":
      return makePending(row, actions);
    case "item": {
      const { message } = row.item;
      return isSpeech(message)
        ? makeSpeech(row, message, actions)
        : makeNotice(row.item);
    }
  }
}

/**
 * A button that leads to the message that another one answers.
 *
 * @param {Quoted | undefined} quoted
 * @param {RowActions} actions
 */
function makeQuote(quoted, { goTo }) {
  if (quoted === undefined) return undefined;
  const { id, message } = quoted;
  const text = message === undefined
    ? [say("page.reply-earlier")]
    : [makeName(message.user.nickname), " ", excerptOf(message)];
  return makeButton(
    { class: "quote muted" },
    () => goTo(id),
    make("span", { class: "sr" }, say("page.reply-to")),
    ...text,
  );
}

/**
 * @param {Extract<Row, { type: "item" }>} row
 * @param {Speech} message
 * @param {RowActions} actions
 */
function makeSpeech({ item, isFirst, quoted }, message, actions) {
  const { isOwn, isMention, time, id } = item;
  const { user, text, type } = message;
  const isAction = type === "action";
  const isEdited = "edited" in message && message.edited !== undefined &&
    text !== "";
  const classes = [
    "message",
    isAction ? "action" : "",
    isOwn ? "own" : "",
    isFirst ? "first" : "",
    isMention ? "mention" : "",
  ];
  const author = make(
    "span",
    { class: isAction || (isFirst && !isOwn) ? "author" : "author sr" },
    isOwn && !isAction ? say("page.you") : makeName(user.nickname),
    isAction ? " " : make("span", { class: "sr" }, ": "),
  );
  const hasAvatar = isFirst && !isOwn && !isAction;
  return make(
    "li",
    { class: classes.join(" ").trim(), tabindex: "-1", "data-id": String(id) },
    hasAvatar ? makeAvatar(user.nickname) : undefined,
    make(
      "div",
      { class: "bubble" },
      author,
      text === "" ? undefined : makeQuote(quoted, actions),
      text === ""
        ? make("span", { class: "text muted" }, say("page.deleted"))
        : makeText(text),
      isEdited ? make("small", { class: "muted" }, say("page.edited")) : "",
      makeTime(time),
    ),
  );
}

/** @param {Item} item */
function makeNotice(item) {
  const { message, time } = item;
  const isHelp = message.type === "help";
  const pieces = describeNotice(item).map((piece) =>
    typeof piece === "string" ? piece : makeName(piece.nickname)
  );
  return make(
    "li",
    { class: "notice muted " + message.type },
    make("span", { class: "text", dir: "auto" }, ...pieces),
    isHelp ? make("dl", {}, ...makeCommandHelp()) : " ",
    makeTime(time),
  );
}

/**
 * @param {Extract<Row, { type: "pending" }>} row
 * @param {RowActions} actions
 */
function makePending({ pending, quoted }, actions) {
  const { sendAgain, discard } = actions;
  const { type, text, state, error } = pending;
  const isStuck = state === "failed" || state === "uncertain";
  const tail = make(
    "span",
    { class: "state" },
    say(`page.pending.${state}`, { error }),
  );
  if (isStuck) {
    const link = { class: "link" };
    tail.append(
      " ",
      makeButton(link, () => sendAgain(pending), say("page.send-again")),
      " ",
      makeButton(link, () => discard(pending), say("page.discard")),
    );
  }
  return make(
    "li",
    { class: "message own first pending" + (isStuck ? " stuck" : "") },
    make(
      "div",
      { class: "bubble" },
      make("span", { class: "author sr" }, say("page.you") + ": "),
      makeQuote(quoted, actions),
      makeText(type === "me" ? "* " + text : text),
      tail,
    ),
  );
}

/** Updates a list of elements to a list of rows. */
export class RowList {
  /** @type {Map<string, HTMLLIElement>} */
  #nodes = new Map();
  #list;
  #actions;

  /**
   * @param {HTMLElement} list
   * @param {RowActions} actions
   */
  constructor(list, actions) {
    this.#list = list;
    this.#actions = actions;
  }

  /** @param {readonly Row[]} rows */
  show(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    // First, so that the others need not be moved past them.
    for (const [key, node] of this.#nodes) {
      if (!keys.has(key)) node.remove();
    }
    const nodes = new Map();
    let next = this.#list.firstChild;
    for (const row of rows) {
      const node = this.#nodes.get(row.key) ?? makeRow(row, this.#actions);
      nodes.set(row.key, node);
      if (node === next) next = next.nextSibling;
      else this.#list.insertBefore(node, next);
    }
    this.#nodes = nodes;
  }
}
