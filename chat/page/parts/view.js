/**
 * @import { PageSession, PageStatus } from "../state/session.js"
 * @import { ChatStore, Conversation } from "../state/store.js"
 * @import { UserRef } from "../../room/chat_message.ts"
 */
import {
  find,
  make,
  makeAvatar,
  makeButton,
  onClick,
  setText,
} from "./elements.js";
import { RowList } from "./row_list.js";
import { rowsOf } from "../state/rows.js";
import { isSpeech, userKey } from "../state/store.js";
import { say, sayCount } from "../words/language.js";
import { describeNotice, describeStatus } from "../words/words.js";

/** Pixels from the end within which the reader counts as being there. */
const END_ZONE = 48;
/** Pixels from the start at which earlier messages are asked for. */
const START_ZONE = 120;

/**
 * @typedef {object} ViewActions
 * @property {(conversation: Conversation) => void} open
 * @property {(user: UserRef) => void} openUser
 * @property {() => void} onDraw
 */

/** How many people are added to the list at once. */
const PEOPLE_SIZE = 100;

/** Shows the store, and the state of the connection. */
export class View {
  #rows;
  /** @type {Conversation | undefined} */
  #shown;
  #isAtEnd = true;
  #top = 0;
  /** @type {string | undefined} */
  #lastKey;
  /** @type {string | undefined} */
  #statusName;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {ChatStore} store
   * @param {PageSession} session
   * @param {ViewActions} actions
   */
  constructor(store, session, actions) {
    this.store = store;
    this.session = session;
    this.actions = actions;
    this.#rows = new RowList(find("rows"), {
      sendAgain: (pending) =>
        store.active && session.outbox.sendAgain(store.active, pending),
      discard: (pending) =>
        store.active && session.outbox.discard(store.active, pending),
      goTo: (id) => store.active && this.goTo(store.active, id),
      fillGap: (before) =>
        store.active && session.history.fillGap(store.active, before, false),
    });
    find("log").addEventListener("scroll", () => this.#scrolled());
    onClick("more-people", () => this.#showMorePeople());
    onClick("earlier", () => this.#loadEarlier());
    onClick("jump", () => this.goToEnd());
    // A smaller log, as over a phone's keyboard, shows its end as before.
    new ResizeObserver(() => {
      if (this.#isAtEnd) this.goToEnd();
    }).observe(find("log"));
  }

  /** Draws soon, once for several changes. */
  schedule() {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.draw();
    }, 16);
  }

  draw() {
    const { store, session } = this;
    const { active } = store;
    document.title = (store.unread > 0 ? "(" + store.unread + ") " : "") +
      (active ? active.title + " \u2013 " : "") +
      (session.server ?? say("page.chat"));
    this.#drawConversations();
    this.#drawMe();
    this.actions.onDraw();
    if (!active) return this.#rows.show([]);
    this.#drawHead(active);
    this.#drawPeople(active);
    this.#drawLog(active);
  }

  #drawConversations() {
    const { rooms, privates, unread } = this.store;
    const focused = focusedData("key");
    for (const [id, all] of Object.entries({ rooms, privates })) {
      find(id).replaceChildren(...all.map((each) => this.#makeEntry(each)));
    }
    find("no-privates").hidden = privates.length > 0;
    setText("server-name", this.session.server ?? say("page.chat"));
    find("menu-dot").hidden = unread === 0;
    const key = unread > 0 ? "page.conversations-unread" : "page.conversations";
    find("open-menu").ariaLabel = say(key);
    refocus("key", focused);
  }

  /** @param {Conversation} conversation */
  #makeEntry(conversation) {
    const { kind, name, key, unread, isMentioned, pending } = conversation;
    const isActive = conversation === this.store.active;
    const isHere = kind === "private" && this.#isHere(conversation);
    const stuck = pending.some(({ state }) =>
      state === "failed" || state === "uncertain"
    );
    const button = makeButton(
      {
        class: `entry${unread > 0 ? " unread" : ""}`,
        "data-key": key,
        "aria-current": isActive ? "true" : undefined,
      },
      () => this.actions.open(conversation),
      kind === "room"
        ? make("span", { class: "hash", "aria-hidden": "true" }, "#")
        : makePresence(name, isHere),
      make("bdi", { class: "label" }, name),
      stuck
        ? make("span", { class: "badge alarm" }, say("page.not-sent"))
        : undefined,
      unread > 0
        ? make(
          "span",
          { class: "badge" + (isMentioned ? " mention" : "") },
          unread > 99 ? "99+" : String(unread),
          make("span", { class: "sr" }, say("page.unread")),
        )
        : undefined,
    );
    return make("li", {}, button);
  }

  /** @param {Conversation} conversation */
  #isHere({ name, peer }) {
    return peer === undefined
      ? this.store.userNamed(name) !== undefined
      : this.store.list().some(({ users }) => users.has(peer));
  }

  #drawMe() {
    const nickname = this.session.nickname ?? "";
    if (find("me-name").textContent === nickname) return;
    setText("me-name", nickname);
    find("me-avatar").replaceChildren(makeAvatar(nickname));
  }

  /** @param {Conversation} conversation */
  #drawHead(conversation) {
    const isRoom = conversation.kind === "room";
    const isHere = isRoom || this.#isHere(conversation);
    setText("title", conversation.title);
    const about = isRoom
      ? conversation.topic || say("page.no-topic")
      : say(isHere ? "page.private-here" : "page.private-away");
    setText("topic", about);
    find("edit-topic").hidden = !isRoom;
    find("room-menu").hidden = !isRoom;
    find("open-people").hidden = !isRoom;
    setText("people-count", String(conversation.online));
    const close = find("close-conversation");
    close.hidden = isRoom && this.store.rooms.length < 2;
    const label = say(isRoom ? "page.leave-room" : "page.close-conversation");
    close.ariaLabel = close.title = label;
    const { title } = conversation;
    find("log").setAttribute("aria-label", say("page.messages-in", { title }));
    const input = find("message", HTMLTextAreaElement);
    input.placeholder = say("page.message", { title });
    input.setAttribute("aria-label", say("page.message-to", { title }));
  }

  /** @param {Conversation} conversation */
  #drawPeople(conversation) {
    const { kind, users, online, others, shownUsers } = conversation;
    find("people").hidden = kind !== "room";
    const list = find("people-list");
    const sorted = [...users.values()].sort((a, b) =>
      a.nickname.localeCompare(b.nickname)
    ).slice(0, shownUsers);
    const shown = sorted.map((user) => [userKey(user), user.nickname]);
    const key = JSON.stringify([online, others > 0, users.size, shown]);
    if (list.dataset.shown === key) return;
    const focused = focusedData("user");
    list.dataset.shown = key;
    list.replaceChildren(...sorted.map((user) => this.#makePerson(user)));
    find("more-people").hidden = sorted.length >= online;
    setText("people-title", sayCount("page.people-count", online));
    refocus("user", focused);
  }

  /** Shows more of the people in a large room. */
  #showMorePeople() {
    const room = this.store.active;
    if (room === undefined) return;
    room.shownUsers += PEOPLE_SIZE;
    this.draw();
    const { name, users: { size: skip } } = room;
    if (room.others === 0 || skip >= room.shownUsers) return;
    this.session.inquire({ type: "users", room: name, skip }, (answer) => {
      if (answer.type === "users") room.addUsers(answer.users, answer.online);
    });
  }

  /** @param {UserRef} user */
  #makePerson(user) {
    const isMe = this.store.isOwn(user);
    const button = makeButton(
      { class: "entry", "data-user": userKey(user) },
      () => this.actions.openUser(user),
      makePresence(user.nickname, true),
      make("bdi", { class: "label" }, user.nickname),
      isMe ? make("span", { class: "muted" }, say("page.you-hint")) : undefined,
    );
    return make("li", {}, button);
  }

  /** @param {Conversation} conversation */
  #drawLog(conversation) {
    const log = find("log");
    const isOther = this.#shown !== conversation;
    if (isOther) this.#isAtEnd = true;
    else this.#followReader();
    const hold = isOther || this.#isAtEnd ? undefined : holdPlace(log);
    this.#shown = conversation;
    const rows = rowsOf(conversation, Date.now());
    this.#rows.show(rows);
    find("earlier").hidden = !conversation.hasEarlier ||
      !conversation.isEntered;
    find("earlier", HTMLButtonElement).disabled = conversation.isLoading;
    find("nothing").hidden = rows.length > 0;
    setText(
      "nothing-text",
      conversation.kind === "room"
        ? say("page.nothing-room")
        : say("page.nothing-private", { user: conversation.name }),
    );
    if (this.#isAtEnd) log.scrollTop = log.scrollHeight;
    else hold?.();
    this.#top = log.scrollTop;
    this.#announce(conversation, isOther);
    this.#drawJump();
  }

  /**
   * Tells screen readers about new messages in the shown conversation.
   *
   * @param {Conversation} conversation
   * @param {boolean} isOther Whether another one was shown before.
   */
  #announce({ items }, isOther) {
    const known = this.#lastKey;
    const fresh = [];
    for (const item of items.toReversed()) {
      if (item.key === known) break;
      fresh.unshift(item);
    }
    this.#lastKey = items.at(-1)?.key;
    if (isOther || known === undefined) return;
    const words = fresh.slice(-5).filter(({ isOwn }) => !isOwn).map((item) =>
      isSpeech(item.message)
        ? item.message.user.nickname + ": " + item.message.text
        : describeNotice(item).map((piece) =>
          typeof piece === "string" ? piece : piece.nickname
        ).join("")
    );
    if (words.length > 0) this.say(words.join("\n"));
    if (!this.#isAtEnd && fresh.some(({ isOwn }) => !isOwn)) {
      find("jump").classList.add("news");
    }
  }

  /** @param {string} text */
  say(text) {
    find("announcer").textContent = text;
  }

  /** Notes the scroll position, which may change before its event. */
  #followReader() {
    const log = find("log");
    if (log.scrollTop === this.#top) return;
    this.#top = log.scrollTop;
    const rest = log.scrollHeight - log.scrollTop - log.clientHeight;
    this.#isAtEnd = rest < END_ZONE;
  }

  #scrolled() {
    const log = find("log");
    const rest = log.scrollHeight - log.clientHeight;
    this.#followReader();
    if (log.scrollTop < START_ZONE && rest > 0) this.#loadEarlier();
    this.#drawJump();
  }

  #loadEarlier() {
    if (this.store.active) this.session.history.loadEarlier(this.store.active);
  }

  #drawJump() {
    const jump = find("jump");
    jump.hidden = this.#isAtEnd;
    if (this.#isAtEnd) jump.classList.remove("news");
    const isNews = jump.classList.contains("news");
    setText("jump-text", say(isNews ? "page.new-messages" : "page.to-end"));
  }

  /**
   * Shows a message, which is loaded if need be, and gives it the focus.
   *
   * @param {Conversation} conversation
   * @param {number} id
   */
  goTo(conversation, id) {
    this.session.history.reach(conversation, id, (isFound) => {
      if (!isFound) {
        return this.store.note(conversation, say("page.too-far"), "error");
      }
      this.store.activate(conversation);
      this.draw();
      this.#isAtEnd = false;
      const row = document.querySelector(`#rows > [data-id="${id}"]`);
      if (!(row instanceof HTMLElement)) return;
      row.scrollIntoView({ block: "center" });
      row.focus({ preventScroll: true });
      row.classList.add("shown");
      row.addEventListener("blur", () => row.classList.remove("shown"), {
        once: true,
      });
      // The place may be the same, and the end in sight.
      this.#top = -1;
      this.#followReader();
      this.#drawJump();
    });
  }

  goToEnd() {
    const log = find("log");
    log.scrollTop = log.scrollHeight;
    this.#top = log.scrollTop;
    this.#isAtEnd = true;
    this.#drawJump();
  }

  /**
   * Shows the state of the connection; seconds count down in silence.
   *
   * @param {PageStatus} status
   */
  drawStatus(status) {
    const until = status.name === "waiting" ? status.until : 0;
    const seconds = Math.ceil((until - Date.now()) / 1000);
    const text = describeStatus(status, seconds);
    const bar = find("status-bar");
    bar.hidden = status.name === "online";
    setText("status-text", text);
    setText("me-status", status.name === "online" ? text : say("page.offline"));
    find("app").dataset.status = status.name;
    const retry = find("retry");
    retry.hidden = status.name !== "waiting" && status.name !== "stopped";
    const isOver = status.name === "stopped";
    setText("retry", say(isOver ? "page.connect-again" : "page.retry"));
    if (status.name === this.#statusName) return;
    if (this.#statusName !== undefined) {
      this.say(status.name === "waiting" ? say("page.lost") : text);
    }
    this.#statusName = status.name;
  }
}

/**
 * A data attribute of the element with the focus.
 *
 * @param {string} name
 */
function focusedData(name) {
  const { activeElement } = document;
  return activeElement instanceof HTMLElement
    ? activeElement.dataset[name]
    : undefined;
}

/**
 * Focuses the element with a data attribute again.
 *
 * @param {string} name
 * @param {string | undefined} value
 */
function refocus(name, value) {
  if (value === undefined) return;
  const found = document.querySelector(`[data-${name}="${CSS.escape(value)}"]`);
  if (found instanceof HTMLElement) found.focus();
}

/**
 * Remembers the rows at the top. The returned function scrolls the first of them
 * that still exists to its place again.
 *
 * @param {HTMLElement} log
 */
function holdPlace(log) {
  const rows = /** @type {HTMLElement[]} */ ([...find("rows").children]);
  const places = rows.filter((row) =>
    row.offsetTop + row.offsetHeight > log.scrollTop
  ).slice(0, 20).map((row) => ({ row, offset: row.offsetTop - log.scrollTop }));
  return () => {
    const place = places.find(({ row }) => row.isConnected);
    if (place) log.scrollTop = place.row.offsetTop - place.offset;
  };
}

/**
 * Makes an avatar with a mark that tells whether the user is here.
 *
 * @param {string} nickname
 * @param {boolean} isHere
 */
function makePresence(nickname, isHere) {
  return make(
    "span",
    { class: "presence" + (isHere ? " here" : "") },
    makeAvatar(nickname),
    make("span", { class: "sr" }, say(isHere ? "page.here" : "page.away")),
  );
}
