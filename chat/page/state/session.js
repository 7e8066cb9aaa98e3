// @ts-check
/**
 * @import { ClientMessage } from "../../protocol/_client_messages.ts"
 * @import { ChatClientMessage } from "../../client/chat_client_message.ts"
 * @import { LinkStatus, LinkSystem } from "../../client/core/_chat_link.ts"
 * @import { Introduction, SessionOptions } from "../../client/core/_chat_session.ts"
 * @import { Answer, Outcome } from "../../client/core/_pending_request.ts"
 * @import { UserRef } from "../../room/chat_message.ts"
 * @import { Answered, ChatStore, Conversation, NumberedMessage, PendingText } from "./store.js"
 */
import { ChatLink } from "../../client/core/_chat_link.ts";
import { ChatSession } from "../../client/core/_chat_session.ts";
import {
  refusesHello,
  retryDelay,
} from "../../client/core/_pending_request.ts";
import { SendPace } from "../../client/core/_send_pace.ts";
import { VERSION } from "../../protocol/_version.ts";
import { Inbox } from "./inbox.js";
import { asUncertain, Outbox } from "./outbox.js";
import {
  errorText,
  goodbyeText,
  noticeText,
  warningText,
} from "../../client/core/_server_text.ts";
import { pageTexts, say } from "../words/language.js";
import { foldName } from "../words/text.js";

const TIMES = {
  minDelay: 500,
  maxDelay: 30_000,
  maxAttempts: Infinity,
  openTimeout: 15_000,
  quietTime: 25_000,
  pongTimeout: 8_000,
};

/**
 * The state that survives a reload of the page.
 *
 * @typedef {object} SavedState
 * @property {string} [token]
 * @property {string} [nickname]
 * @property {string} [epoch]
 * @property {string[]} ownKeys
 * @property {number} seenId
 * @property {{ kind: string, name: string }} [active]
 * @property {(PendingText & { kind: "room" | "private", name: string })[]} [pending]
 * @property {boolean} [isOperator]
 * @property {string[]} [ignored] The nicknames of ignored users.
 */

/**
 * @typedef {object} PageStorage
 * @property {() => SavedState | undefined} load
 * @property {(state: SavedState) => void} save
 * @property {(token: string | undefined) => void} forget Forgets an ended session.
 * @property {string | undefined} pass
 */

/**
 * @typedef {object} SessionListener
 * @property {(error?: string) => void} onNicknameNeeded
 * @property {(methods: readonly string[], error?: string) => void} onAccessNeeded
 * @property {(link: Answered<"link" | "invitation">) => void} onLink
 * @property {(text: string) => void} onNotice
 * @property {(rooms: Answered<"rooms">["rooms"]) => void} onRooms
 * @property {(text: string, type?: string, conversation?: Conversation) => void} onError
 * @property {(status: PageStatus) => void} onStatus
 */

/** @typedef {LinkStatus & { readonly text?: string }} PageStatus */

/**
 * Connects the page with the server: applies messages to the store, and sends the
 * user's requests by a {@linkcode ChatSession}.
 */
export class PageSession {
  #current;
  #store;
  #system;
  #storage;
  #listener;
  #inbox;
  /** Why there will be no other connection. @type {string | undefined} */
  #endText;
  /** The input that the server waits for. @type {"nickname" | "access" | undefined} */
  #needs;
  /** How users are admitted here. @type {readonly string[]} */
  #methods = [];
  /** @type {Introduction} */
  #introduction;
  /** Why the last nickname was refused. @type {string | undefined} */
  #nicknameError;

  /** The server's name. @type {string | undefined} */
  server;
  limits = { message: 4096, nickname: 32, rooms: 10 };

  /**
   * @param {object} options
   * @param {ChatStore} options.store
   * @param {LinkSystem & { makePrefix(): string }} options.system
   * @param {PageStorage} options.storage
   * @param {SessionListener} options.listener
   * @param {Introduction} [options.introduction]
   * @param {boolean} [options.isSignedIn] Whether a proxy tells the nickname.
   */
  constructor(
    { store, system, storage, listener, introduction = {}, isSignedIn = false },
  ) {
    this.isSignedIn = isSignedIn;
    this.#introduction = { invite: storage.pass, ...introduction };
    this.#store = store;
    this.#system = system;
    this.#storage = storage;
    this.#listener = listener;
    this.#current = this.#make();
    this.#inbox = new Inbox({
      store,
      askHistory: (request, onAnswer) =>
        this.#ask(request, ({ answer }) => {
          const message = answer?.message;
          onAnswer(message?.type === "history" ? message : undefined);
        }),
      discard: (...text) => this.outbox.discard(...text),
    });
  }

  /**
   * Makes a session, with the link that connects it and the outbox of its texts.
   *
   * @param {SessionOptions} [options]
   * @returns {{ session: ChatSession, link: ChatLink, outbox: Outbox }}
   */
  #make(options) {
    const session = new ChatSession({
      ...{ ...options, keepsHistory: true },
      refPrefix: `${this.#system.makePrefix()}-`,
      introduction: this.#introduction,
    });
    const link = new ChatLink(session, {
      target: "the server",
      system: this.#system,
      times: TIMES,
      pace: new SendPace(4, 1.8),
      listener: {
        onEvent: (event) => this.#take(event),
        onChange: () => this.#changed(),
        onStatus: (status) => this.#setStatus(status),
        // The user has to give the nickname or the secret first.
        onLost: () => !session.isOver && this.#needs === undefined,
      },
    });
    const outbox = new Outbox({
      session,
      store: this.#store,
      flush: () => link.flush(),
      save: () => this.save(),
    });
    return { session, link, outbox };
  }

  /** The messages of rooms that are not here yet. */
  get history() {
    return this.#inbox.history;
  }

  /** The texts that the server has not confirmed. */
  get outbox() {
    return this.#current.outbox;
  }

  get #session() {
    return this.#current.session;
  }

  /** The connection, and the attempts at it. */
  get link() {
    return this.#current.link;
  }

  get nickname() {
    return this.#session.nickname;
  }

  /** @param {UserRef} user */
  isMe(user) {
    return this.#store.isOwn(user);
  }

  get isOnline() {
    return this.link.status.name === "online";
  }

  /** Whether the server has sent all that was missed before this connection. */
  get isSettled() {
    return this.#session.isSettled;
  }

  /** @returns {PageStatus} */
  get status() {
    const { status } = this.link;
    return this.#endText === undefined || status.name !== "stopped"
      ? status
      : { ...status, text: this.#endText };
  }

  /** Goes on after a reload, or by a link; false if there is nothing to go on with. */
  restore() {
    const saved = this.#storage.load();
    if (this.#introduction.link || this.isSignedIn && !saved?.token) {
      this.link.start();
      return true;
    }
    if (!saved?.token) return false;
    const { pending = [] } = saved;
    const rooms = pending.filter(({ kind }) => kind === "room");
    this.#begin(saved, new Set(rooms.map(({ name }) => name)));
    for (const { kind, name, ...each } of pending) {
      const conversation = kind === "room"
        ? this.#store.openRoom(name)
        : this.#store.openPrivate({ nickname: name });
      this.outbox.restore(conversation, each);
    }
    this.link.start();
    return true;
  }

  /** Goes on with the session of another tab, if this one has none. */
  adopt() {
    const saved = this.#storage.load();
    if (this.isOnline || !saved?.token) return false;
    if (saved.token === this.#session.token) return false;
    this.link.stop();
    const texts = this.#store.list().flatMap((conversation) =>
      conversation.pending.splice(0).map((text) => ({ conversation, text }))
    );
    this.#begin(saved, []);
    for (const { conversation, text } of texts) {
      this.outbox.restore(conversation, asUncertain(text));
    }
    this.link.start();
    return true;
  }

  /**
   * Takes over a session.
   *
   * @param {SavedState} saved
   * @param {Iterable<string>} rooms
   */
  #begin(saved, rooms) {
    const { token, nickname, epoch, ownKeys, isOperator, ignored } = saved;
    this.#inbox.restored = saved;
    this.#needs = undefined;
    this.#store.epoch = epoch;
    for (const key of ownKeys) this.#store.ownKeys.add(key);
    this.#store.isOperator = isOperator ?? false;
    this.#store.ignored = new Set(ignored);
    this.#current = this.#make({ token, nickname, epoch, rooms: [...rooms] });
  }

  save() {
    const { active } = this.#store;
    const pending = this.#store.list().flatMap(({ kind, name, pending }) =>
      pending.map((each) => ({ ...each, kind, name }))
    );
    this.#storage.save({
      token: this.#session.token,
      nickname: this.nickname,
      epoch: this.#store.epoch,
      ownKeys: [...this.#store.ownKeys],
      seenId: this.#store.seenId,
      active: active && { kind: active.kind, name: active.name },
      pending,
      isOperator: this.#store.isOperator,
      ignored: [...this.#store.ignored],
    });
  }

  /**
   * Chooses the first nickname.
   *
   * @param {string} nickname
   */
  enter(nickname) {
    this.#nicknameError = undefined;
    if (this.link.isOpen && this.isSignedIn) return this.#hello();
    if (this.link.isOpen) {
      this.#ask({ type: "nick", nickname }, ({ refusal }) => {
        if (!refusal) return;
        this.#listener.onNicknameNeeded(errorText(refusal, pageTexts()));
      });
      return;
    }
    this.#session.nickname = nickname;
    this.#needs = undefined;
    this.reconnect();
  }

  /**
   * Gives the server the password, or the token or link of an invitation.
   *
   * @param {string} secret
   */
  admit(secret) {
    const isPassword = this.#methods.includes("password") &&
      !(this.#methods.includes("invitation") && secret.includes("#invite="));
    this.#needs = undefined;
    this.#introduce(
      isPassword
        ? { password: secret, invite: undefined }
        : { password: undefined, invite: secret },
    );
    if (!this.link.isOpen) return this.reconnect();
    this.#hello();
  }

  #hello() {
    this.#session.open();
    this.link.flush();
  }

  /** @param {Introduction} members */
  #introduce(members) {
    this.#introduction = { ...this.#session.introduction, ...members };
    this.#session.introduction = this.#introduction;
  }

  /** Connects now, also after the end. */
  reconnect() {
    this.#endText = undefined;
    this.link.start();
  }

  /** Leaves the chat, and forgets everything. */
  quit() {
    this.#session.fail("closed", "");
    this.#ask({ type: "quit" }, () => {});
    this.#end();
  }

  /** Forgets everything of a session that the user has ended, on some device. */
  #end() {
    this.#listener.onNicknameNeeded();
    this.#endText = say("page.left");
    this.#store.clear();
    this.link.stop();
    this.#storage.forget(this.#session.token);
    this.#inbox.asked.clear();
    this.#inbox.restored = undefined;
    this.#current = this.#make();
    this.save();
  }

  /**
   * Enters a room, and shows it when the server has let the user in.
   *
   * @param {string} name
   * @param {() => void} [onDone]
   * @returns {string | undefined} Why it can't be asked for.
   */
  join(name, onDone = () => {}) {
    const bare = name.replace(/^#/, "");
    const room = this.#store.room(bare);
    if (room?.isEntered) {
      this.#store.activate(room);
      onDone();
      return undefined;
    }
    const key = foldName(bare);
    this.#inbox.asked.add(key);
    return this.#request({ type: "join", room: bare }, undefined, (answer) => {
      this.#inbox.asked.delete(key);
      if (answer) onDone();
    });
  }

  /** @param {string} name */
  leave(name) {
    const room = this.#store.room(name.replace(/^#/, ""));
    return this.ask({ type: "leave", room: room?.name ?? name }, room);
  }

  /**
   * Asks the server for something.
   *
   * @param {ClientMessage} request
   * @param {Conversation} [conversation] Where an error is shown.
   * @param {() => void} [onDone]
   * @returns {string | undefined} Why it can't be asked for.
   */
  ask(request, conversation, onDone = () => {}) {
    return this.#request(request, conversation, (answer) => {
      if (answer === undefined) return;
      if (this.#store.noteDone(request)) this.save();
      onDone();
      if (answer.message) this.#answered(answer.message);
    });
  }

  /**
   * Asks the server a question.
   *
   * @param {ClientMessage} request
   * @param {(answer: ChatClientMessage) => void} onAnswer
   * @returns {string | undefined} Why it can't be asked for.
   */
  inquire(request, onAnswer) {
    return this.#request(request, undefined, (answer) => {
      if (answer?.message) onAnswer(answer.message);
      this.#store.onChange();
    });
  }

  /**
   * Sends a request, and shows why the server refuses it if it does.
   *
   * @param {ClientMessage} request
   * @param {Conversation | undefined} conversation
   * @param {(answer: Answer | undefined) => void} onSettled
   */
  #request(request, conversation, onSettled) {
    if (!this.isOnline) return say("page.no-connection");
    this.#ask(request, ({ answer, refusal }) => {
      onSettled(answer);
      if (refusal === undefined || refusal.code === "closed") return;
      const text = errorText(refusal, pageTexts());
      this.#listener.onError(text, request.type, conversation);
    });
    return undefined;
  }

  /**
   * @param {ClientMessage} request
   * @param {(outcome: Outcome) => void} onSettled
   */
  #ask(request, onSettled) {
    this.#session.submit(request, onSettled);
    this.link.flush();
  }

  #changed() {
    this.outbox.update();
    this.#store.onChange();
  }

  /** @param {LinkStatus} status */
  #setStatus(status) {
    if (status.name !== "online") this.#store.leaveAll();
    this.#listener.onStatus(this.status);
    this.#store.onChange();
  }

  /**
   * @param {ChatClientMessage} message
   * @returns {void}
   */
  #take(message) {
    const { active } = this.#store;
    switch (message.type) {
      case "greeting":
        return this.#greeted(message);
      case "access-needed":
        this.#methods = message.methods;
        return;
      case "pass":
        this.#storage.pass = message.token;
        return this.#introduce({ invite: message.token });
      case "nickname-request":
        return this.#nicknameNeeded();
      case "welcome":
        this.#needs = undefined;
        this.#introduce({ link: undefined });
        // The server knows these of a session alone.
        if (!message.resumed) this.#store.forgetRights();
        this.#store.setMe(message.user);
        return this.save();
      case "renamed":
        this.#inbox.take(message);
        return this.save();
      case "error":
        return this.#refused(message);
      case "invited": {
        const { user: { nickname: user }, room } = message;
        return this.#listener.onNotice(say("invited", { user, room }));
      }
      case "notice":
        return this.#listener.onNotice(noticeText(message, pageTexts()));
      case "warning":
        return active && this.#store.note(
          active,
          warningText(message, pageTexts()),
          "warning",
        );
      case "goodbye":
        return this.#dismissed(
          message.reason,
          goodbyeText(message, pageTexts()),
        );
      case "users":
      case "rooms":
      case "link":
      case "invitation":
        return this.#answered(message);
      default:
        return this.#inbox.take(message);
    }
  }

  /**
   * @param {ChatClientMessage} message
   * @returns {void}
   */
  #answered(message) {
    switch (message.type) {
      case "rooms":
        return this.#listener.onRooms(message.rooms);
      case "users":
        return this.#inbox.describeUsers(message);
      case "link":
      case "invitation":
        return this.#listener.onLink(message);
    }
  }

  /** @param {Answered<"greeting">} greeting */
  #greeted({ version, server, epoch, limits }) {
    if (version !== VERSION) {
      this.#endText = say("page.wrong-version");
      return this.link.stop();
    }
    this.server = server;
    this.limits = limits;
    if (epoch === this.#store.epoch) return;
    this.#inbox.restored = undefined;
    this.#store.beginEpoch(epoch);
  }

  /**
   * @param {string} reason
   * @param {string} text
   */
  #dismissed(reason, text) {
    if (!this.#session.isOver) return;
    if (reason === "quit") return this.#end();
    this.#endText = text;
    if (this.#needs !== "access") {
      // Another connection goes on with a session that was replaced here.
      if (reason !== "replaced") this.#storage.forget(this.#session.token);
      this.#session.forget();
      this.save();
    }
    this.link.stop();
  }

  /** Asks for a nickname, unless another tab has one. */
  #nicknameNeeded() {
    this.#needs = "nickname";
    if (this.adopt()) return;
    this.#listener.onNicknameNeeded(this.#nicknameError);
  }

  /** @param {Answered<"error">} message */
  #refused(message) {
    const text = errorText(message, pageTexts());
    if (this.#session.isWelcome) return this.#listener.onError(text);
    if (message.code === "wrong-link") {
      this.#nicknameError = text;
      this.#introduce({ link: undefined });
      this.#session.open();
    } else if (message.code.startsWith("nickname-")) {
      this.#nicknameError = text;
    } else if (refusesHello(message.code)) {
      this.#accessNeeded(message, text);
    } else {
      this.#listener.onError(text);
    }
  }

  /**
   * Asks for the password or an invitation. A server that can't check the right one
   * at the moment is asked again later.
   *
   * @param {Answered<"error">} refusal
   * @param {string} text
   */
  #accessNeeded(refusal, text) {
    const { code } = refusal;
    if (this.#session.user && retryDelay(refusal) !== undefined) {
      return this.link.giveUp();
    }
    this.#needs = "access";
    if (code === "wrong-password") this.#introduce({ password: undefined });
    if (code === "wrong-invitation") {
      this.#storage.pass = undefined;
      this.#introduce({ invite: undefined });
    }
    const error = code === "access-needed" ? undefined : text;
    this.#listener.onAccessNeeded(this.#methods, error);
  }
}
