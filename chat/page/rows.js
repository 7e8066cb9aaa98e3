import { isSpeech, userKey } from "./store.js";
import {
  clockTime,
  dayOf,
  describeDay,
  fullTime,
  hueOf,
  initialOf,
  splitLinks,
} from "./text.js";
import { describeNotice } from "./words.js";

/**
 * The part that draws the messages of one conversation.
 * Whatever users write goes into text nodes and nowhere else.
 */

/** Milliseconds within which messages of one user stand together. */
const GROUP_TIME = 5 * 60_000;

/**
 * What is to be seen of a conversation, from top to bottom. Rows with the same
 * key look the same, so that they need not be drawn again.
 */
export function rowsOf({ items, marker, pending }, now) {
  const rows = [];
  let previous;
  for (const item of items) {
    const day = dayOf(item.time);
    const isNewDay = previous === undefined || dayOf(previous.time) !== day;
    if (isNewDay) {
      const text = describeDay(item.time, now);
      rows.push({
        key: "day/" + day + "/" + text + "/" + item.key,
        type: "day",
        text,
      });
    }
    if (item.key === marker) rows.push({ key: "marker", type: "marker" });
    const isFirst = isNewDay || item.key === marker ||
      !continues(previous, item);
    rows.push({
      key: item.key + (isFirst ? "/first" : ""),
      type: "item",
      item,
      isFirst,
    });
    previous = item;
  }
  for (const each of pending) {
    const key = [each.ref, each.state, each.error].join("/");
    rows.push({ key, type: "pending", pending: each });
  }
  return rows;
}

function continues(previous, item) {
  return isSpeech(item.message) && item.message.type !== "action" &&
    previous.message.type === item.message.type &&
    userKey(previous.message.user) === userKey(item.message.user) &&
    previous.message.user.nickname === item.message.user.nickname &&
    item.time - previous.time < GROUP_TIME;
}

/** Makes an element; children are elements or text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** A nickname, in whatever direction it is written. */
export function makeName(nickname) {
  const name = make("bdi", { class: "name" }, nickname);
  name.style.setProperty("--hue", hueOf(nickname));
  return name;
}

export function makeAvatar(nickname) {
  const avatar = make(
    "span",
    { class: "avatar", "aria-hidden": "true" },
    initialOf(nickname),
  );
  avatar.style.setProperty("--hue", hueOf(nickname));
  return avatar;
}

function makeText(text) {
  const pieces = splitLinks(text).map((piece) =>
    piece.href === undefined ? piece.text : makeLink(piece)
  );
  return make("span", { class: "text", dir: "auto" }, ...pieces);
}

function makeLink({ text, href }) {
  return make(
    "a",
    { href, title: href, target: "_blank", rel: "noopener noreferrer" },
    text,
  );
}

function makeTime(time) {
  return make(
    "time",
    {
      datetime: new Date(time).toISOString(),
      title: fullTime.format(time),
    },
    clockTime.format(time),
  );
}

function makeRow(row, actions) {
  switch (row.type) {
    case "day":
      return make("li", { class: "divider" }, make("span", {}, row.text));
    case "marker":
      return make("li", { class: "divider marker" }, make("span", {}, "New"));
    case "pending":
      return makePending(row.pending, actions);
    default:
      return isSpeech(row.item.message)
        ? makeSpeech(row)
        : makeNotice(row.item);
  }
}

function makeSpeech({ item, isFirst }) {
  const { message, isOwn, isMention, time } = item;
  const { user, text, type } = message;
  const isAction = type === "action";
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
    isOwn && !isAction ? "You" : makeName(user.nickname),
    user.origin && !isOwn ? make("small", {}, " on " + user.origin) : "",
    isAction ? " " : make("span", { class: "sr" }, ": "),
  );
  const hasAvatar = isFirst && !isOwn && !isAction;
  return make(
    "li",
    { class: classes.join(" ").trim() },
    hasAvatar ? makeAvatar(user.nickname) : undefined,
    make("div", { class: "bubble" }, author, makeText(text), makeTime(time)),
  );
}

/** A line of the server's help; a command and its meaning stand apart. */
function makeHelpLine(line) {
  const [, command, meaning] = /^ *(\S.*?) {2,}(.+)$/.exec(line) ?? [];
  return command === undefined ? make("p", {}, line.trim()) : make(
    "p",
    { class: "command" },
    make("kbd", {}, command),
    " ",
    make("span", {}, meaning),
  );
}

function makeNotice(item) {
  const { message, time } = item;
  const isHelp = message.type === "help";
  const pieces = isHelp
    ? message.text.split("\n").map(makeHelpLine)
    : describeNotice(item).map((piece) =>
      typeof piece === "string" ? piece : makeName(piece.name)
    );
  return make(
    "li",
    { class: "notice " + message.type },
    make(isHelp ? "div" : "span", { class: "text", dir: "auto" }, ...pieces),
    " ",
    makeTime(time),
  );
}

const PENDING_WORDS = {
  waiting: "Waiting to be sent",
  sent: "Sending\u2026",
  uncertain: "It is not certain that this was sent.",
};

function makePending(pending, { sendAgain, discard }) {
  const { type, text, state, error } = pending;
  const isStuck = state === "failed" || state === "uncertain";
  const button = (label, act) => {
    const element = make("button", { type: "button", class: "link" }, label);
    element.addEventListener("click", () => act(pending));
    return element;
  };
  const tail = make(
    "span",
    { class: "state" },
    state === "failed" ? "Not sent: " + error : PENDING_WORDS[state],
  );
  if (isStuck) {
    tail.append(" ", button("Send again", sendAgain), " ");
    tail.append(button("Discard", discard));
  }
  return make(
    "li",
    { class: "message own first pending" + (isStuck ? " stuck" : "") },
    make(
      "div",
      { class: "bubble" },
      make("span", { class: "author sr" }, "You: "),
      makeText(type === "me" ? "* " + text : text),
      tail,
    ),
  );
}

/** Keeps a list of elements the same as a list of rows. */
export class RowList {
  #nodes = new Map();

  constructor(list, actions) {
    this.list = list;
    this.actions = actions;
  }

  show(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    // First, so that the others need not be moved past them.
    for (const [key, node] of this.#nodes) {
      if (!keys.has(key)) node.remove();
    }
    const nodes = new Map();
    let next = this.list.firstChild;
    for (const row of rows) {
      const node = this.#nodes.get(row.key) ?? makeRow(row, this.actions);
      nodes.set(row.key, node);
      if (node === next) next = next.nextSibling;
      else this.list.insertBefore(node, next);
    }
    this.#nodes = nodes;
  }
}
