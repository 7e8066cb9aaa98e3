// @ts-check
/**
 * @import { PageStorage, SavedState } from "./session.js"
 */

import { asUncertain } from "./outbox.js";

/**
 * The part of the browser's storage that is used.
 *
 * @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} StorageArea
 */

/** The most ids of the user, and the most ignored users, that tabs share. */
const MAX_SHARED = 100;

const NICKNAME = "chat.nickname";
const NOTIFY = "chat.notify";
const DEVICE = "chat.device";

/**
 * Keeps the state of the page. Each tab has its texts and its view; the session, the
 * pass and the nickname are shared by all tabs with the chat.
 *
 * @implements {PageStorage}
 */
export class BrowserStorage {
  #tab;
  #shared;
  #stateKey;
  #sessionKey;
  #passKey;

  /**
   * @param {object} options
   * @param {() => StorageArea} options.tab Throws if there is none.
   * @param {() => StorageArea} options.shared Throws if there is none.
   * @param {string} options.path The path of the chat on its server.
   */
  constructor({ tab, shared, path }) {
    this.#tab = tab;
    this.#shared = shared;
    this.#stateKey = "chat.state:" + path;
    this.#sessionKey = "chat.session:" + path;
    this.#passKey = "chat.pass:" + path;
  }

  /** @returns {SavedState | undefined} */
  load() {
    const tab = load(this.#tab, this.#stateKey);
    if (!isThere(this.#shared)) return tab;
    const shared = load(this.#shared, this.#sessionKey);
    if (shared === undefined) return undefined;
    if (tab?.token === shared.token) return { ...tab, ...shared };
    return { ...shared, pending: (tab?.pending ?? []).map(asUncertain) };
  }

  /** @param {SavedState} state */
  save(state) {
    save(this.#tab, this.#stateKey, state);
    if (state.nickname) save(this.#shared, NICKNAME, state.nickname);
    if (!state.token) return;
    const { token, nickname, epoch, seenId, isOperator } = state;
    save(this.#shared, this.#sessionKey, {
      ...{ token, nickname, epoch, seenId, isOperator },
      ownKeys: state.ownKeys.slice(-MAX_SHARED),
      ignored: state.ignored?.slice(-MAX_SHARED),
    });
  }

  /**
   * Forgets a session that has ended, unless tabs have another one.
   *
   * @param {string | undefined} token
   */
  forget(token) {
    if (load(this.#shared, this.#sessionKey)?.token !== token) return;
    save(this.#shared, this.#sessionKey, undefined);
  }

  /** @param {string | null} key The key that another tab has changed. */
  isSession(key) {
    return key === this.#sessionKey;
  }

  /** @returns {string | undefined} */
  get nickname() {
    return load(this.#shared, NICKNAME);
  }

  get isNotifying() {
    return load(this.#shared, NOTIFY) === true;
  }

  /** @param {boolean} isNotifying */
  set isNotifying(isNotifying) {
    save(this.#shared, NOTIFY, isNotifying);
  }

  /** The token that is sent in place of an invitation. @returns {string | undefined} */
  get pass() {
    return load(this.#shared, this.#passKey);
  }

  /** @param {string | undefined} token */
  set pass(token) {
    save(this.#shared, this.#passKey, token);
  }

  /**
   * The name of this tab for the server, from before a reload or a new one. It is in
   * the storage while the page is not: a tab that is duplicated has a copy of it.
   *
   * @param {() => string} makeName
   * @returns {string}
   */
  takeDevice(makeName) {
    const device = load(this.#tab, DEVICE);
    save(this.#tab, DEVICE, undefined);
    return device ?? makeName();
  }

  /** @param {string} device */
  keepDevice(device) {
    save(this.#tab, DEVICE, device);
  }
}

/** @param {() => StorageArea} area */
function isThere(area) {
  try {
    return Boolean(area());
  } catch {
    return false;
  }
}

/**
 * @param {() => StorageArea} area
 * @param {string} key
 */
function load(area, key) {
  try {
    return JSON.parse(area().getItem(key) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {() => StorageArea} area
 * @param {string} key
 * @param {unknown} value
 */
function save(area, key, value) {
  try {
    if (value === undefined) area().removeItem(key);
    else area().setItem(key, JSON.stringify(value));
  } catch {
    // Without storage, a reload starts from the beginning.
  }
}
