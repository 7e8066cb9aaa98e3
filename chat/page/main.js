/**
 * @import { ChatRequest } from "../client/chat_client_message.ts"
 * @import { SocketHandlers } from "../client/core/_chat_link.ts"
 * @import { PageStatus, SavedState } from "./session.js"
 * @import { Conversation } from "./store.js"
 */
import {
  readServerMessage,
  SUBPROTOCOL,
} from "../protocol/_server_messages.ts";
import { Composer } from "./composer.js";
import { closeDrawers, Dialogs } from "./dialogs.js";
import { fillTexts, find, setText } from "./elements.js";
import { chooseLanguage, say } from "./language.js";
import { Notifier } from "./notifier.js";
import { PageSession } from "./session.js";
import { ChatStore } from "./store.js";
import { View } from "./view.js";

const NICKNAME_KEY = "chat.nickname";
const NOTIFY_KEY = "chat.notify";
const SESSION_KEY = "chat.session";

/**
 * Loads a value from the browser's storage, if it is allowed.
 *
 * @param {"localStorage" | "sessionStorage"} area
 * @param {string} key
 */
function load(area, key) {
  try {
    return JSON.parse(globalThis[area].getItem(key) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {"localStorage" | "sessionStorage"} area
 * @param {string} key
 * @param {unknown} value
 */
function save(area, key, value) {
  try {
    globalThis[area].setItem(key, JSON.stringify(value));
  } catch {
    // Without storage, a reload starts from the beginning.
  }
}

/** Eight characters that no other page has; works without HTTPS too. */
function makePrefix() {
  const bytes = crypto.getRandomValues(new Uint8Array(4));
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
  socket.onmessage = ({ data }) =>
    handlers.onMessage(readServerMessage(String(data)).message);
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

/** The nickname is known to the browser, the session to this window alone. */
const STORAGE = {
  load: () => load("sessionStorage", SESSION_KEY),
  /** @param {SavedState} state */
  save: (state) => {
    save("sessionStorage", SESSION_KEY, state);
    if (state.nickname) save("localStorage", NICKNAME_KEY, state.nickname);
  },
};

class ChatPage {
  constructor() {
    this.notifier = new Notifier(NOTIFICATIONS, {
      isOn: load("localStorage", NOTIFY_KEY) === true,
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
      storage: STORAGE,
      listener: {
        onNicknameNeeded: (error) => this.#showEntrance(error),
        onNotice: (text) => this.#showNotice(text),
        onRooms: (rooms) => this.dialogs.showRooms(rooms),
        onError: (...error) => this.dialogs.showError(...error),
        onStatus: (status) => this.#showStatus(status),
      },
    });
    this.view = new View(this.store, this.session, {
      open: (conversation) => this.#open(conversation),
      openUser: (user) => this.#open(this.store.openPrivate(user)),
      onDraw: () => this.composer.follow(),
    });
    this.composer = new Composer(this);
    this.dialogs = new Dialogs({
      store: this.store,
      session: this.session,
      focus: () => this.composer.focus(),
    });
  }

  start() {
    this.#wireEntrance();
    this.#wireButtons();
    this.#wireNotifier();
    this.#wireBrowser();
    document.addEventListener("keydown", (event) => this.#pressed(event));
    this.#watch();
    if (this.session.restore()) this.#showApp();
    else this.#showEntrance();
  }

  /** @param {PageStatus} status */
  #showStatus(status) {
    this.view.drawStatus(status);
    if (status.name === "online" && find("app").hidden) this.#showApp();
  }

  #showApp() {
    find("entrance").hidden = true;
    find("app").hidden = false;
    this.view.draw();
    this.composer.focus();
  }

  /** @param {string} [error] */
  #showEntrance(error) {
    find("app").hidden = true;
    find("entrance").hidden = false;
    setText(find("enter-error"), error ?? "");
    setText(find("enter-status"), "");
    const input = find("enter-nickname", HTMLInputElement);
    input.setAttribute("aria-invalid", String(error !== undefined));
    input.value ||= this.session.nickname ??
      load("localStorage", NICKNAME_KEY) ?? "";
    input.focus();
    input.select();
  }

  /** @param {string} text */
  #showNotice(text) {
    setText(find("notice-text"), text);
    find("notice-bar").hidden = false;
    this.view.say(text);
  }

  /** @param {Conversation} conversation */
  #open(conversation) {
    this.store.activate(conversation);
    this.view.draw();
    closeDrawers();
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

  #wireEntrance() {
    find("enter-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const nickname = find("enter-nickname", HTMLInputElement).value.trim();
      const isEmpty = nickname === "";
      setText(find("enter-error"), isEmpty ? say("page.no-nickname") : "");
      if (!isEmpty) this.session.enter(nickname);
    });
    find("quit").addEventListener("click", () => {
      this.session.quit();
      this.view.draw();
      this.#showEntrance();
    });
  }

  #wireButtons() {
    find("close-conversation").addEventListener("click", () => {
      const { active } = this.store;
      if (active === undefined) return;
      const error = active.kind === "room"
        ? this.session.leave(active.name)
        : this.store.close(active);
      if (error !== undefined) this.dialogs.showError(error);
      this.view.draw();
      this.composer.focus();
    });
    find("close-notice").addEventListener("click", () => {
      find("notice-bar").hidden = true;
      this.composer.focus();
    });
    find("retry").addEventListener("click", () => {
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
      save("localStorage", NOTIFY_KEY, state === "on");
      this.#showNotice(say(`page.notify.${state}`));
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
      session.retryNow();
      session.probe();
    });
    addEventListener("offline", () => session.probe());
    addEventListener("pagehide", () => session.save());
    // A page that was put to sleep may find its connection dead.
    addEventListener("pageshow", () => session.probe());
    setInterval(() => {
      const { status } = session;
      if (status.name === "waiting") this.view.drawStatus(status);
    }, 1000);
    addEventListener("focus", () => this.#watch());
    addEventListener("blur", () => this.#watch());
    document.addEventListener("visibilitychange", () => {
      this.#watch();
      if (document.visibilityState !== "visible") return;
      session.retryNow();
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
    const { key, altKey } = event;
    if (altKey && (key === "ArrowUp" || key === "ArrowDown")) {
      event.preventDefault();
      this.#step(key === "ArrowUp" ? -1 : 1);
    } else if (key === "Escape") {
      if (!closeDrawers()) this.view.goToEnd();
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
fillTexts();
new ChatPage().start();
