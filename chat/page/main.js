import { Composer } from "./composer.js";
import { closeDrawers, Dialogs } from "./dialogs.js";
import { ChatSession } from "./session.js";
import { ChatStore } from "./store.js";
import { find, setText, View } from "./view.js";

/**
 * The part that puts the others together, and reacts to
 * what the user and the browser do.
 */

const NICKNAME_KEY = "chat.nickname";
const SESSION_KEY = "chat.session";

/** What the browser stores, unless it must not. */
function load(area, key) {
  try {
    return JSON.parse(globalThis[area].getItem(key) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

function save(area, key, value) {
  try {
    globalThis[area].setItem(key, JSON.stringify(value));
  } catch {
    // The page then begins anew after a reload.
  }
}

/** Eight characters that no other page has; works without HTTPS too. */
function makePrefix() {
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function openSocket(protocol) {
  const url = new URL("/chat", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(url, [protocol]);
}

const BROWSER = {
  open: openSocket,
  makePrefix,
  now: () => performance.timeOrigin + performance.now(),
  random: Math.random,
  setTimeout: (act, delay) => setTimeout(act, delay),
  clearTimeout: (timer) => clearTimeout(timer),
  setInterval: (act, delay) => setInterval(act, delay),
  clearInterval: (timer) => clearInterval(timer),
};

/** The nickname is known to the browser, the session to this window alone. */
const STORAGE = {
  load: () => load("sessionStorage", SESSION_KEY),
  save: (state) => {
    save("sessionStorage", SESSION_KEY, state);
    if (state.nickname) save("localStorage", NICKNAME_KEY, state.nickname);
  },
};

class ChatPage {
  constructor() {
    this.store = new ChatStore(() => this.view.schedule());
    this.session = new ChatSession({
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
    this.#wireBrowser();
    document.addEventListener("keydown", (event) => this.#pressed(event));
    this.#watch();
    if (this.session.restore()) this.#showApp();
    else this.#showEntrance();
  }

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

  #showEntrance(error) {
    find("app").hidden = true;
    find("entrance").hidden = false;
    setText(find("enter-error"), error ?? "");
    setText(find("enter-status"), "");
    const input = find("enter-nickname");
    input.setAttribute("aria-invalid", String(error !== undefined));
    input.value ||= this.session.nickname ??
      load("localStorage", NICKNAME_KEY) ?? "";
    input.focus();
    input.select();
  }

  #showNotice(text) {
    setText(find("notice-text"), text);
    find("notice-bar").hidden = false;
    this.view.say(text);
  }

  #open(conversation) {
    this.store.activate(conversation);
    this.view.draw();
    closeDrawers();
    this.composer.focus();
  }

  /** Goes to the conversation above or below. */
  #step(distance) {
    const all = this.store.list();
    const at = all.indexOf(this.store.active);
    if (at < 0) return;
    const next = all[(at + distance + all.length) % all.length];
    this.#open(next);
    this.view.say(next.title);
  }

  #wireEntrance() {
    find("enter-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const nickname = find("enter-nickname").value.trim();
      const isEmpty = nickname === "";
      setText(find("enter-error"), isEmpty ? "Please type a nickname." : "");
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

  #wireBrowser() {
    const { connection } = this.session;
    addEventListener("online", () => {
      connection.retryNow();
      connection.suspect();
    });
    addEventListener("offline", () => connection.suspect());
    addEventListener("pagehide", () => this.session.save());
    // A page that was put to sleep may find its connection dead.
    addEventListener("pageshow", () => connection.suspect());
    setInterval(() => {
      const { status } = connection;
      if (status.name === "waiting") this.view.drawStatus(status);
    }, 1000);
    addEventListener("focus", () => this.#watch());
    addEventListener("blur", () => this.#watch());
    document.addEventListener("visibilitychange", () => {
      this.#watch();
      if (document.visibilityState === "visible") connection.retryNow();
    });
  }

  /** Finds out whether the user looks. */
  #watch() {
    const isVisible = document.visibilityState === "visible";
    this.store.setWatching(isVisible && document.hasFocus());
  }

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

/** Letters that are typed where nothing takes them. */
function isTyping({ key, ctrlKey, metaKey, altKey, target }) {
  return key.length === 1 && key !== " " && !ctrlKey && !metaKey && !altKey &&
    !target.matches("input, textarea");
}

/** Arrow keys in the lists. */
function walkList(event) {
  const list = event.target.closest?.(".list");
  const distance = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!list || distance === undefined) return;
  const buttons = [...list.querySelectorAll("button")];
  const at = buttons.indexOf(event.target);
  buttons[(at + distance + buttons.length) % buttons.length]?.focus();
  event.preventDefault();
}

new ChatPage().start();
