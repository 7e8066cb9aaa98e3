import { make, makeAvatar, RowList, rowsOf } from "./rows.js";
import { isSpeech, userKey } from "./store.js";
import { foldName, plural } from "./text.js";
import { describeNotice, describeStatus } from "./words.js";

/**
 * The part that shows the store: the lists beside the
 * conversation, its head, its messages, and what the connection is doing.
 */

/** Pixels from the end within which the reader counts as being there. */
const END_ZONE = 48;
/** Pixels from the start at which earlier messages are asked for. */
const START_ZONE = 120;

export function find(id) {
  return document.getElementById(id);
}

/** Sets what is not so already, as each change is told to screen readers. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export class View {
  #rows;
  #shown;
  #isAtEnd = true;
  #top = 0;
  #lastKey;
  #statusName;
  #timer;

  constructor(store, session, actions) {
    this.store = store;
    this.session = session;
    this.actions = actions;
    this.#rows = new RowList(find("rows"), {
      sendAgain: (pending) => session.outbox.sendAgain(store.active, pending),
      discard: (pending) => session.outbox.discard(store.active, pending),
    });
    find("log").addEventListener("scroll", () => this.#scrolled());
    find("earlier").addEventListener("click", () => this.#loadEarlier());
    find("jump").addEventListener("click", () => this.goToEnd());
    // A smaller log, as over a phone's keyboard, shows its end as before.
    new ResizeObserver(() => {
      if (this.#isAtEnd) this.goToEnd();
    }).observe(find("log"));
  }

  /** Draws soon; what happens at once is drawn at once. */
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
      (active ? active.title + " \u2013 " : "") + (session.server ?? "Chat");
    this.#drawConversations();
    this.#drawMe();
    this.actions.onDraw();
    if (!active) return this.#rows.show([]);
    this.#drawHead(active);
    this.#drawPeople(active);
    this.#drawLog(active);
  }

  #drawConversations() {
    const lists = { room: find("rooms"), private: find("privates") };
    const focused = document.activeElement?.dataset?.key;
    const all = this.store.list();
    for (const [kind, list] of Object.entries(lists)) {
      const entries = all.filter((each) => each.kind === kind);
      list.replaceChildren(...entries.map((each) => this.#makeEntry(each)));
    }
    find("no-privates").hidden = all.some(({ kind }) => kind === "private");
    setText(find("server-name"), this.session.server ?? "Chat");
    const elsewhere = all.some(({ unread }) => unread > 0);
    find("menu-dot").hidden = !elsewhere;
    find("open-menu").setAttribute(
      "aria-label",
      elsewhere ? "Conversations, with unread messages" : "Conversations",
    );
    if (focused) {
      document.querySelector('[data-key="' + CSS.escape(focused) + '"]')
        ?.focus();
    }
  }

  #makeEntry(conversation) {
    const { kind, name, key, unread, isMentioned, pending } = conversation;
    const isActive = conversation === this.store.active;
    const isHere = kind === "private" && this.#isHere(conversation);
    const stuck = pending.some(({ state }) =>
      state === "failed" || state === "uncertain"
    );
    const button = make(
      "button",
      {
        type: "button",
        class: "entry" + (unread > 0 ? " unread" : ""),
        "data-key": key,
        "aria-current": isActive ? "true" : undefined,
      },
      kind === "room"
        ? make("span", { class: "hash", "aria-hidden": "true" }, "#")
        : makePresence(name, isHere),
      make("bdi", { class: "label" }, name),
      stuck ? make("span", { class: "badge alarm" }, "not sent") : undefined,
      unread > 0
        ? make(
          "span",
          { class: "badge" + (isMentioned ? " mention" : "") },
          unread > 99 ? "99+" : String(unread),
          make("span", { class: "sr" }, " unread"),
        )
        : undefined,
    );
    button.addEventListener("click", () => this.actions.open(conversation));
    return make("li", {}, button);
  }

  #isHere({ name, peer }) {
    return this.store.list().some(({ users }) =>
      peer === undefined
        ? [...users.values()].some(({ nickname }) =>
          foldName(nickname) === foldName(name)
        )
        : users.has(peer)
    );
  }

  #drawMe() {
    const nickname = this.session.nickname ?? "";
    if (find("me-name").textContent === nickname) return;
    setText(find("me-name"), nickname);
    find("me-avatar").replaceChildren(makeAvatar(nickname));
  }

  #drawHead(conversation) {
    const isRoom = conversation.kind === "room";
    const isHere = isRoom || this.#isHere(conversation);
    setText(find("title"), conversation.title);
    setText(
      find("topic"),
      isRoom
        ? conversation.topic || "No topic"
        : "Private conversation" + (isHere ? "" : ", not here now"),
    );
    find("topic").classList.toggle("empty", isRoom && !conversation.topic);
    find("edit-topic").hidden = !isRoom;
    find("open-people").hidden = !isRoom;
    setText(find("people-count"), String(conversation.online));
    const rooms = this.store.list().filter(({ kind }) => kind === "room");
    const close = find("close-conversation");
    close.hidden = isRoom && rooms.length < 2;
    const label = isRoom ? "Leave this room" : "Close this conversation";
    close.setAttribute("aria-label", label);
    close.title = label;
    find("log").setAttribute("aria-label", "Messages in " + conversation.title);
    const input = find("message");
    input.placeholder = "Message " + conversation.title;
    input.setAttribute("aria-label", "Message to " + conversation.title);
  }

  #drawPeople({ kind, users, online }) {
    find("app").classList.toggle("without-people", kind !== "room");
    const list = find("people-list");
    const sorted = [...users.values()].sort((a, b) =>
      a.nickname.localeCompare(b.nickname)
    );
    const shown = sorted.map((user) => [userKey(user), user.nickname]);
    const key = JSON.stringify([online, shown]);
    if (list.dataset.shown === key) return;
    const focused = document.activeElement?.dataset?.user;
    list.dataset.shown = key;
    list.replaceChildren(...sorted.map((user) => this.#makePerson(user)));
    setText(
      find("people-title"),
      plural(online, "person here", "people here"),
    );
    if (focused) {
      list.querySelector('[data-user="' + CSS.escape(focused) + '"]')?.focus();
    }
  }

  #makePerson(user) {
    const isMe = this.store.isOwn(user);
    const button = make(
      "button",
      {
        type: "button",
        class: "entry",
        "data-user": userKey(user),
        title: isMe ? undefined : "Write to " + user.nickname,
      },
      makePresence(user.nickname, true),
      make("bdi", { class: "label" }, user.nickname),
      isMe ? make("span", { class: "hint" }, "you") : undefined,
      user.origin ? make("span", { class: "hint" }, user.origin) : undefined,
    );
    button.addEventListener("click", () => this.actions.openUser(user));
    return make("li", {}, button);
  }

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
    find("earlier").disabled = conversation.isLoading;
    find("nothing").hidden = rows.length > 0;
    setText(
      find("nothing-text"),
      conversation.kind === "room"
        ? "Nobody has said anything yet. Be the first."
        : "Only you and " + conversation.name + " see what is written here.",
    );
    if (this.#isAtEnd) log.scrollTop = log.scrollHeight;
    else hold?.();
    this.#top = log.scrollTop;
    this.#announce(conversation, isOther);
    this.#drawJump();
  }

  /** Tells screen readers what is new in the conversation that is shown. */
  #announce({ items }, isOther) {
    const known = this.#lastKey;
    const fresh = [];
    for (let at = items.length - 1; at >= 0 && items[at].key !== known; at--) {
      fresh.unshift(items[at]);
    }
    this.#lastKey = items.at(-1)?.key;
    if (isOther || known === undefined) return;
    const words = fresh.slice(-5).filter(({ isOwn }) => !isOwn).map((item) =>
      isSpeech(item.message)
        ? item.message.user.nickname + ": " + item.message.text
        : describeNotice(item).map((piece) => piece.name ?? piece).join("")
    );
    if (words.length > 0) this.say(words.join("\n"));
    if (!this.#isAtEnd && fresh.some(({ isOwn }) => !isOwn)) {
      find("jump").classList.add("news");
    }
  }

  say(text) {
    find("announcer").textContent = text;
  }

  /** What has been scrolled counts, even before the event that tells of it. */
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
    if (this.store.active) this.session.loadEarlier(this.store.active);
  }

  #drawJump() {
    const jump = find("jump");
    jump.hidden = this.#isAtEnd;
    if (this.#isAtEnd) jump.classList.remove("news");
    setText(
      find("jump-text"),
      jump.classList.contains("news") ? "New messages" : "To the end",
    );
  }

  goToEnd() {
    const log = find("log");
    log.scrollTop = log.scrollHeight;
    this.#top = log.scrollTop;
    this.#isAtEnd = true;
    this.#drawJump();
  }

  /** The state of the connection; seconds count down in silence. */
  drawStatus(status) {
    const seconds = Math.ceil(((status.until ?? 0) - Date.now()) / 1000);
    const text = describeStatus(status, seconds);
    const bar = find("status-bar");
    bar.hidden = status.name === "online";
    setText(find("status-text"), text);
    setText(find("me-status"), status.name === "online" ? text : "Offline");
    find("app").dataset.status = status.name;
    const retry = find("retry");
    retry.hidden = status.name !== "waiting" && status.name !== "stopped";
    setText(retry, status.name === "stopped" ? "Connect again" : "Try now");
    setText(
      find("enter-status"),
      status.name === "online" || status.name === "stopped" && !status.text
        ? ""
        : text,
    );
    if (status.name === this.#statusName) return;
    if (this.#statusName !== undefined) {
      this.say(status.name === "waiting" ? "The connection is lost." : text);
    }
    this.#statusName = status.name;
  }
}

/**
 * Remembers which rows are at the top; what is returned brings the first of them
 * there again that has not been replaced.
 */
function holdPlace(log) {
  const places = [...find("rows").children].filter((row) =>
    row.offsetTop + row.offsetHeight > log.scrollTop
  ).slice(0, 20).map((row) => ({ row, offset: row.offsetTop - log.scrollTop }));
  return () => {
    const place = places.find(({ row }) => row.isConnected);
    if (place) log.scrollTop = place.row.offsetTop - place.offset;
  };
}

/** The avatar with a mark that tells whether the user is here. */
function makePresence(nickname, isHere) {
  return make(
    "span",
    { class: "presence" + (isHere ? " here" : "") },
    makeAvatar(nickname),
    make("span", { class: "sr" }, isHere ? "here: " : "not here: "),
  );
}
