/**
 * @import { ChatRequest } from "../client/chat_client_message.ts"
 * @import { SocketHandlers } from "../client/core/_chat_link.ts"
 * @import { PageStatus } from "./state/session.js"
 * @import { Found } from "./parts/search.js"
 * @import { Conversation, Speech } from "./state/store.js"
 * @import { UserRef } from "../room/chat_message.ts"
 */
import { SUBPROTOCOL } from "../protocol/_version.ts";
import { Composer } from "./parts/composer.js";
import { Dialogs } from "./parts/dialogs.js";
import { fillElements, find, onClick, setText } from "./parts/elements.js";
import { Entrance } from "./parts/entrance.js";
import { chooseLanguage, say } from "./words/language.js";
import { openForm } from "./parts/menus.js";
import { MessageBar } from "./parts/message_bar.js";
import { Notifier } from "./state/notifier.js";
import { Order } from "./parts/order.js";
import { Search } from "./parts/search.js";
import { PageSession } from "./state/session.js";
import { BrowserStorage } from "./state/storage.js";
import { ChatStore, isSpeech } from "./state/store.js";
import { View } from "./parts/view.js";
import { excerptOf } from "./words/words.js";

/**
 * A random name, by default of eight characters; works without HTTPS too.
 *
 * @param {number} [size] Its bytes.
 */
function makePrefix(size = 4) {
  const bytes = crypto.getRandomValues(new Uint8Array(size));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Opens a WebSocket to the server of the page.
 *
 * @param {SocketHandlers} handlers
 */
function open(handlers) {
  const url = new URL("chat", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url, [SUBPROTOCOL]);
  socket.onopen = () => handlers.onOpen();
  // The page trusts the server that it came from.
  socket.onmessage = ({ data }) => handlers.onMessage(JSON.parse(data));
  socket.onclose = () => handlers.onClose();
  return {
    /** @param {ChatRequest} message */
    send: (message) => socket.send(JSON.stringify(message)),
    close: () => socket.close(),
  };
}

const BROWSER = {
  open,
  makePrefix,
  now: Date.now,
  random: Math.random,
  /** @type {(act: () => void, delay: number) => () => void} */
  schedule: (act, delay) => {
    const timer = setTimeout(act, delay);
    return () => clearTimeout(timer);
  },
};

const NOTIFICATIONS = {
  permission: () =>
    typeof Notification === "function" && isSecureContext
      ? Notification.permission
      : undefined,
  ask: () => Notification.requestPermission(),
  isHidden: () => document.visibilityState === "hidden",
  /** @type {(title: string, options: NotificationOptions) => Notification} */
  show: (title, options) => new Notification(title, options),
};

/** The end of a link for a device, or of an invitation. */
const FRAGMENT = /^#(link|invite)=(.+)$/;

/**
 * Takes a secret out of the page's address, where it would stay in the history.
 *
 * @returns {{ link?: string, invite?: string }}
 */
function takeFragment() {
  const [, name, token] = FRAGMENT.exec(location.hash) ?? [];
  if (token === undefined) return {};
  history.replaceState(null, "", location.pathname + location.search);
  return name === "link" ? { link: token } : { invite: token };
}

class ChatPage {
  constructor() {
    const storage = new BrowserStorage({
      tab: () => sessionStorage,
      shared: () => localStorage,
      path: location.pathname,
    });
    this.storage = storage;
    this.device = storage.takeDevice(() => makePrefix(16));
    this.notifier = new Notifier(NOTIFICATIONS, {
      isOn: storage.isNotifying,
      open: (conversation) => {
        focus();
        this.#open(conversation);
      },
    });
    this.store = new ChatStore(
      () => this.view.schedule(),
      (...alert) => this.notifier.tell(...alert),
    );
    this.session = new PageSession({
      store: this.store,
      system: BROWSER,
      storage,
      introduction: { device: this.device, ...takeFragment() },
      isSignedIn: "signedIn" in document.body.dataset,
      listener: {
        onNicknameNeeded: (error) => this.entrance.askNickname(error),
        onAccessNeeded: (...access) => this.entrance.askAccess(...access),
        onLink: (link) => this.dialogs.showLink(link),
        onNotice: (text) => this.#showNotice(text),
        onRooms: (rooms) => this.dialogs.showRooms(rooms),
        onError: (text, type, conversation) => {
          if (type === "search" && this.search.showError(text)) return;
          this.dialogs.showError(text, type, conversation);
        },
        onStatus: (status) => this.#showStatus(status),
      },
    });
    this.entrance = new Entrance(this.session, () => storage.nickname);
    this.view = new View(this.store, this.session, {
      open: (conversation) => this.#open(conversation),
      openUser: (user) =>
        this.store.isOwn(user)
          ? this.#openPrivate(user)
          : this.order.openUser(user),
      onDraw: () => this.composer.follow(),
    });
    this.composer = new Composer({
      ...{ store: this.store, session: this.session, view: this.view },
      onEmptied: ({ id, message }) => this.#askToDelete(id, message),
      search: (text) => {
        this.search.open(text);
        this.search.search(text);
      },
    });
    this.dialogs = new Dialogs({
      store: this.store,
      session: this.session,
      focus: () => this.composer.focus(),
    });
    this.order = new Order(this.session, this.store, {
      openPrivate: (user) => this.#openPrivate(user),
      editTopic: () => this.dialogs.openTopic(),
      tell: (text) => this.#showNotice(text),
    });
    this.search = new Search(this.session, (found) => this.#openFound(found));
    this.messageBar = new MessageBar({
      itemOf: (id) => this.#itemOf(id),
      canDelete: ({ isOwn, message }) =>
        isOwn || this.store.isOperator && message.type !== "private",
      reply: (item) => this.composer.begin("reply", item),
      edit: (item) => this.composer.begin("edit", item),
      remove: ({ id, message }) =>
        id !== undefined && isSpeech(message) && this.#askToDelete(id, message),
    });
  }

  start() {
    this.#wireButtons();
    this.#wireNotifier();
    this.#wireBrowser();
    document.addEventListener("keydown", (event) => this.#pressed(event));
    this.#watch();
    if (this.session.restore()) this.#showApp();
    else this.entrance.askNickname();
  }

  /** @param {PageStatus} status */
  #showStatus(status) {
    this.view.drawStatus(status);
    // A page in the background draws nothing by itself.
    if (status.name === "stopped") this.view.draw();
    this.entrance.showStatus(status, find("status-text").textContent ?? "");
    if (status.name === "online" && find("app").hidden) this.#showApp();
  }

  #showApp() {
    this.entrance.leave();
    find("app").hidden = false;
    this.view.draw();
    this.composer.focus();
  }

  /** @param {string} text */
  #showNotice(text) {
    setText("notice-text", text);
    find("notice-bar").hidden = false;
    this.view.say(text);
  }

  /** @param {Conversation} conversation */
  #open(conversation) {
    this.store.activate(conversation);
    this.view.draw();
    for (const drawer of ["sidebar", "people"]) find(drawer).hidePopover();
    this.composer.focus();
  }

  /**
   * Goes to the conversation above or below.
   *
   * @param {number} distance
   */
  #step(distance) {
    const all = this.store.list();
    const at = all.findIndex((each) => each === this.store.active);
    const next = all[(at + distance + all.length) % all.length];
    if (at < 0 || next === undefined) return;
    this.#open(next);
    this.view.say(next.title);
  }

  /** @param {UserRef} user */
  #openPrivate(user) {
    this.#open(this.store.openPrivate(user));
  }

  /** @param {Found} found */
  #openFound(found) {
    const { user, to, room: name } = found;
    if (name !== undefined) {
      const room = this.store.room(name);
      if (room) this.view.goTo(room, found.id);
      return;
    }
    const isOwn = this.store.isOwn(user);
    const other = this.store.openPrivate(isOwn && to ? to : user);
    if (found.type === "private" && to) {
      this.store.receive(other, { ...found, type: "private", to }, false);
    }
    this.view.goTo(other, found.id);
  }

  /**
   * A message that is not deleted, in the conversation that is shown.
   *
   * @param {number} id
   */
  #itemOf(id) {
    const item = this.store.active?.itemOf(this.store.epoch, id);
    return item && isSpeech(item.message) && item.message.text !== ""
      ? item
      : undefined;
  }

  /**
   * @param {number} id
   * @param {Speech} message
   */
  #askToDelete(id, message) {
    const { active } = this.store;
    openForm({
      title: say("page.delete.title"),
      about: excerptOf(message),
      submit: say("page.delete"),
      act: (_values, onDone) =>
        active && this.composer.commands.edit(active, id, "", () => {
          onDone();
          if (active.mode?.id === id) this.composer.cancel();
        }),
    });
  }

  #wireButtons() {
    onClick("room-menu", () => {
      const { active } = this.store;
      if (active) this.order.openRoom(active);
    });
    find("rows").addEventListener("click", ({ target }) => {
      if (!(target instanceof HTMLElement)) return;
      const row = target.closest(".author > .name") && target.closest("li");
      const item = row && this.#itemOf(Number(row.dataset.id));
      if (item && isSpeech(item.message)) {
        this.order.openUser(item.message.user);
      }
    });
    onClick("quit", () =>
      openForm({
        title: say("page.quit"),
        about: say("page.quit.about"),
        submit: say("page.quit"),
        act: (_values, onDone) => {
          onDone();
          this.session.quit();
          return undefined;
        },
      }));
    onClick("close-conversation", () => {
      const { active } = this.store;
      if (active === undefined) return;
      const error = active.kind === "room"
        ? this.session.leave(active.name)
        : this.store.close(active);
      if (error !== undefined) this.dialogs.showError(error);
      this.view.draw();
      this.composer.focus();
    });
    onClick("close-notice", () => {
      find("notice-bar").hidden = true;
      this.composer.focus();
    });
    onClick("retry", () => {
      // The proxy has to sign the user in again, perhaps.
      if (this.session.isSignedIn) return location.reload();
      this.session.reconnect();
      this.composer.focus();
    });
  }

  #wireNotifier() {
    const button = find("notify", HTMLButtonElement);
    button.addEventListener("click", async () => {
      await this.notifier.toggle();
      this.#drawNotifier();
      const { state } = this.notifier;
      this.storage.isNotifying = state === "on";
      if (state !== "missing") this.#showNotice(say(`page.notify.${state}`));
    });
    this.#drawNotifier();
  }

  #drawNotifier() {
    const { state } = this.notifier;
    const button = find("notify", HTMLButtonElement);
    button.hidden = state === "missing";
    button.setAttribute("aria-pressed", String(state === "on"));
  }

  #wireBrowser() {
    const { session } = this;
    addEventListener("online", () => {
      session.link.retryNow();
      session.link.probe();
    });
    addEventListener("offline", () => session.link.probe());
    addEventListener("pagehide", () => {
      session.save();
      this.storage.keepDevice(this.device);
    });
    addEventListener("pageshow", () => {
      this.storage.takeDevice(() => "");
      // A page that was put to sleep may find its connection dead.
      session.link.probe();
    });
    addEventListener("hashchange", () => {
      // The link was pasted where the page is open.
      if (FRAGMENT.test(location.hash)) location.reload();
    });
    addEventListener("storage", ({ key }) => {
      if (!this.storage.isSession(key) || find("entrance").hidden) return;
      if (session.adopt()) this.#showApp();
    });
    setInterval(() => {
      const { status } = session;
      if (status.name === "waiting") this.view.drawStatus(status);
    }, 1000);
    addEventListener("focus", () => this.#watch());
    addEventListener("blur", () => this.#watch());
    document.addEventListener("visibilitychange", () => {
      this.#watch();
      if (document.visibilityState !== "visible") return;
      session.link.retryNow();
      this.notifier.clear();
    });
  }

  /** Tells the store whether the user looks at the page. */
  #watch() {
    const isVisible = document.visibilityState === "visible";
    this.store.setWatching(isVisible && document.hasFocus());
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const isDialog = document.querySelector("dialog[open]") !== null;
    if (find("app").hidden || isDialog) return;
    const { key, altKey, ctrlKey, metaKey } = event;
    if ((ctrlKey || metaKey) && key.toLowerCase() === "k") {
      event.preventDefault();
      this.search.open();
    } else if (altKey && (key === "ArrowUp" || key === "ArrowDown")) {
      event.preventDefault();
      this.#step(key === "ArrowUp" ? -1 : 1);
    } else if (key === "Escape") {
      // The browser closes a list that is open.
      if (!document.querySelector(":popover-open")) this.view.goToEnd();
      this.composer.focus();
    } else if (isTyping(event)) {
      this.composer.focus();
    } else {
      walkList(event);
    }
  }
}

/**
 * Whether a character is typed where no field takes it.
 *
 * @param {KeyboardEvent} event
 */
function isTyping({ key, ctrlKey, metaKey, altKey, target }) {
  return key.length === 1 && key !== " " && !ctrlKey && !metaKey && !altKey &&
    target instanceof Element && !target.matches("input, textarea");
}

/**
 * Moves the focus in a list by the arrow keys.
 *
 * @param {KeyboardEvent} event
 */
function walkList(event) {
  const { key, target } = event;
  const list = target instanceof Element ? target.closest(".list") : null;
  if (list === null || (key !== "ArrowDown" && key !== "ArrowUp")) return;
  const distance = key === "ArrowDown" ? 1 : -1;
  const buttons = [...list.querySelectorAll("button")];
  const at = buttons.findIndex((button) => button === target);
  buttons[(at + distance + buttons.length) % buttons.length]?.focus();
  event.preventDefault();
}

chooseLanguage(navigator.languages);
fillElements();
new ChatPage().start();
