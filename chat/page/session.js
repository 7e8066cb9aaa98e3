import { Connection } from "./connection.js";
import { Outbox } from "./outbox.js";
import { foldName, plural } from "./text.js";
import { FINAL_REASONS } from "./words.js";

/**
 * The part that speaks the protocol: it turns what the
 * server says into changes of the store, and what the user wants into requests,
 * which it repeats until they are answered.
 */

const VERSION = 1;
const HISTORY_SIZE = 50;

export class ChatSession {
  /** While what was missed comes in: the highest id before. */
  #seenBefore;
  /** After a reload: what the user had seen, and what was shown. */
  #restored;
  /** What else the user has asked for, by ref: where the answer belongs. */
  #requests = new Map();
  /** The answers of "rooms", and of "users" that the user typed. */
  #isListing = false;

  /**
   * The storage has load() and save(state); the listener onNicknameNeeded(error),
   * onNotice(text), onRooms(rooms), onError(text, request) and onStatus(status).
   */
  constructor({ store, system, storage, listener }) {
    this.store = store;
    this.storage = storage;
    this.listener = listener;
    this.server = undefined;
    this.limits = { message: 4096, nickname: 32, rooms: 10 };
    this.nickname = undefined;
    this.token = undefined;
    this.isOnline = false;
    /** Whether the server waits for a nickname, and what was wrong with the last. */
    this.isNicknameNeeded = false;
    this.nicknameError = undefined;
    this.outbox = new Outbox(store, system, {
      send: (message) => this.connection.send(message),
      isOpen: ({ kind, isEntered }) =>
        this.isOnline && (kind === "private" || isEntered),
      enter: (conversation) => this.#joinAgain(conversation),
      onChange: () => this.save(),
    });
    this.connection = new Connection(system, {
      onOpen: () => this.#greet(),
      onMessage: (message) => this.#receive(message),
      onStatus: (status) => this.#setStatus(status),
    });
  }

  /** Goes on after a reload; false if there is nothing to go on with. */
  restore() {
    const saved = this.storage.load();
    if (!saved?.token) return false;
    this.#restored = saved;
    this.token = saved.token;
    this.nickname = saved.nickname;
    this.store.epoch = saved.epoch;
    for (const key of saved.ownKeys) this.store.ownKeys.add(key);
    for (const { kind, name, ...pending } of saved.pending) {
      const conversation = kind === "room"
        ? this.store.openRoom(name)
        : this.store.openPrivate({ nickname: name });
      conversation.pending.push(pending);
    }
    this.connection.start();
    return true;
  }

  save() {
    const { active } = this.store;
    const pending = this.store.list().flatMap(({ kind, name, pending }) =>
      pending.map((each) => ({ ...each, kind, name }))
    );
    this.storage.save({
      token: this.token,
      nickname: this.nickname,
      epoch: this.store.epoch,
      ownKeys: [...this.store.ownKeys],
      seenId: this.store.seenId,
      active: active && { kind: active.kind, name: active.name },
      pending,
    });
  }

  /** Chooses the first nickname. */
  enter(nickname) {
    this.nickname = nickname;
    const { name } = this.connection.status;
    if (name === "stopped") this.connection.start();
    else if (name === "waiting") this.connection.retryNow();
    else this.connection.send({ type: "nick", nickname });
  }

  /** Tries at once, also after the end. */
  reconnect() {
    if (this.connection.status.name === "stopped") this.connection.start();
    else this.connection.retryNow();
  }

  /** Leaves nothing behind for whoever uses the window next. */
  quit() {
    this.connection.send({ type: "quit" });
    this.store.clear();
    this.#forget();
    this.connection.stop("You have left the chat.");
  }

  #forget() {
    this.token = undefined;
    this.save();
  }

  openPrivate(nickname) {
    const everyone = this.store.list().flatMap(({ users }) => [
      ...users.values(),
    ]);
    const user = everyone.find((each) =>
      foldName(each.nickname) === foldName(nickname)
    );
    return this.store.openPrivate(user ?? { nickname });
  }

  /** Enters a room, and shows it when the server has let us in. */
  join(name, onDone = () => {}) {
    const room = this.store.room(name.replace(/^#/, ""));
    if (!room?.isEntered) {
      const request = { type: "join", room: name.replace(/^#/, "") };
      return this.ask(request, undefined, onDone);
    }
    this.store.activate(room);
    onDone();
    return undefined;
  }

  leave(name) {
    const room = this.store.room(name.replace(/^#/, ""));
    return this.ask({ type: "leave", room: room?.name ?? name }, room);
  }

  /** Asks for something that is done now or not at all; says why not. */
  ask(request, conversation, onDone) {
    if (!this.isOnline) return "There is no connection.";
    const ref = this.outbox.nextRef();
    this.#requests.set(ref, { conversation, request, onDone });
    if (request.type === "users") this.#isListing = true;
    this.connection.send({ ...request, ref });
    return undefined;
  }

  loadEarlier(conversation) {
    const { epoch } = this.store;
    if (!this.isOnline || !conversation.isEntered) return;
    if (conversation.isLoading || !conversation.hasEarlier) return;
    conversation.isLoading = true;
    const before = conversation.firstId(epoch);
    this.#askHistory(conversation, before, HISTORY_SIZE);
    this.store.onChange();
  }

  #askHistory({ name }, before, limit) {
    this.connection.send({ type: "history", room: name, before, limit });
  }

  #joinAgain(conversation) {
    if (!this.isOnline || conversation.isJoining || !this.outbox.mayGo()) {
      return;
    }
    conversation.isJoining = true;
    this.ask({ type: "join", room: conversation.name }, conversation);
  }

  #greet() {
    this.connection.send({
      type: "hello",
      version: VERSION,
      nickname: this.nickname,
      session: this.token,
      epoch: this.store.epoch,
      after: this.#seenBefore ?? this.store.lastId,
    });
  }

  #setStatus(status) {
    if (status.name !== "online") {
      this.isOnline = false;
      this.#requests.clear();
      this.#isListing = false;
      for (const conversation of this.store.list()) {
        conversation.isEntered = false;
        conversation.isJoining = false;
        conversation.isLoading = false;
      }
    }
    // Whoever has not even a nickname is not kept at the server's door.
    if (status.name === "waiting" && this.isNicknameNeeded) {
      return this.connection.stop();
    }
    this.listener.onStatus(status);
    this.store.onChange();
  }

  #receive(message) {
    const { store } = this;
    switch (message.type) {
      case "greeting":
        return this.#begin(message);
      case "nickname-request":
        return this.#askNickname();
      case "welcome":
        return this.#welcome(message);
      case "entered":
        return this.#entered(message);
      case "exited":
        return this.#exited(message);
      case "joined":
      case "left":
      case "renamed":
      case "topic":
      case "said":
      case "action":
        return this.#happened(message);
      case "private":
        return this.#private(message);
      case "users":
        return this.#users(message);
      case "rooms":
        return this.listener.onRooms(message.rooms);
      case "history":
        return this.#history(message);
      case "ack":
        return this.#acknowledge(message);
      case "error":
        return this.#refused(message);
      case "help":
        return store.active && store.note(store.active, message.text, "help");
      case "notice":
        return this.listener.onNotice(message.text);
      case "warning":
        return store.active &&
          store.note(store.active, message.text, "warning");
      case "pong":
        this.#seenBefore = undefined;
        return undefined;
      case "goodbye":
        return this.#goodbye(message);
    }
  }

  #askNickname() {
    this.isOnline = false;
    this.isNicknameNeeded = true;
    this.listener.onNicknameNeeded(this.nicknameError);
    this.nicknameError = undefined;
  }

  #begin({ version, server, epoch, limits }) {
    if (version !== VERSION) {
      this.connection.stop("The server is of another version. Please reload.");
      return;
    }
    this.server = server;
    this.limits = { ...this.limits, ...limits };
    if (epoch === this.store.epoch) return;
    this.#seenBefore = undefined;
    this.#restored = undefined;
    this.store.beginEpoch(epoch);
  }

  #welcome({ user, room: firstRoom, session, resumed }) {
    const { store } = this;
    this.nickname = user.nickname;
    this.isNicknameNeeded = false;
    this.token = session;
    // Rooms are told of one after the other, so that the highest id does not
    // tell that all is here; the answer to this does.
    this.#seenBefore ??= store.lastId;
    this.connection.send({ type: "ping" });
    store.setMe(user);
    this.isOnline = true;
    this.connection.confirm();
    for (const conversation of store.list()) {
      this.outbox.takeBack(conversation, resumed);
      if (conversation.kind === "private") this.outbox.flush(conversation);
      else if (!resumed && conversation !== store.room(firstRoom)) {
        this.#joinAgain(conversation);
      }
    }
    this.save();
  }

  /** After the first time, the history is what was missed. */
  #entered({ room: name, topic, users, online, history, complete }) {
    const { store } = this;
    const isNew = store.room(name) === undefined;
    const room = store.openRoom(name);
    const lastId = room.lastId(store.epoch);
    room.name = name;
    room.topic = topic ?? "";
    room.setUsers(users, online);
    if (isNew) room.hasEarlier = !complete;
    room.isEntered = true;
    room.isJoining = false;
    if (lastId !== undefined && history.length > 0) {
      this.#closeGap(room, history[0].id, lastId, complete);
    }
    const isBack = lastId !== undefined || this.#restored !== undefined;
    for (const message of history) {
      this.#take(room, message, isBack);
      this.#recognize(room, message);
    }
    if (isNew && this.#isAskedFor(name)) store.activate(room);
    this.#showRestored(room);
    this.outbox.flush(room);
  }

  /**
   * Asks for what was said while we were away, if that may be more than the
   * server shows by itself.
   */
  #closeGap(room, firstId, lastId, complete) {
    if (firstId <= lastId || complete) return;
    room.gap = { after: lastId, before: firstId };
    this.#askHistory(room, firstId, 100);
  }

  /** What we said before a loss, and have not heard of since, was said. */
  #recognize(room, { type, user, text }) {
    if (type !== "said" && type !== "action") return;
    if (!this.store.isOwn(user)) return;
    const found = room.pending.find((each) =>
      each.state === "uncertain" && each.text === text
    );
    if (found) this.outbox.discard(room, found);
  }

  #exited({ room: name }) {
    const room = this.store.room(name);
    if (room) this.store.close(room);
  }

  #happened(message) {
    const { type, user } = message;
    const room = this.store.room(message.room);
    this.store.track(message);
    if (room) this.store.receive(room, message, true);
    if (type !== "renamed" || !this.store.isOwn(user)) return;
    this.nickname = user.nickname;
    this.save();
  }

  #private(message) {
    const { user, to } = message;
    const other = this.store.isOwn(user) ? to : user;
    const conversation = this.store.openPrivate(other);
    const sent = conversation.pending.find((each) =>
      each.state === "sent" && each.text === message.text
    );
    // Its "ack" comes later; it is not to be seen twice until then.
    if (sent && this.store.isOwn(user)) this.outbox.discard(conversation, sent);
    this.#take(conversation, message, true);
    this.#showRestored(conversation);
  }

  /** Takes a message that may have been seen before a reload. */
  #take(conversation, message, isNews) {
    const seenId = this.#restored?.seenId ?? 0;
    this.store.receive(conversation, message, isNews && message.id > seenId);
  }

  #showRestored(conversation) {
    const { kind, name } = this.#restored?.active ?? {};
    if (kind !== conversation.kind || name !== conversation.name) return;
    this.#restored.active = undefined;
    this.store.activate(conversation);
  }

  #users({ room: name, users, online }) {
    const room = this.store.room(name);
    if (!room) return;
    room.setUsers(users, online);
    if (this.#isListing) {
      const names = users.map(({ nickname }) => nickname).join(", ");
      this.store.note(
        room,
        plural(room.online, "person", "people") +
          " in #" + name + ": " + names,
      );
    }
    this.#isListing = false;
    this.store.onChange();
  }

  #history({ room: name, messages, complete }) {
    const room = this.store.room(name);
    if (!room) return;
    const { gap } = room;
    room.gap = undefined;
    if (gap === undefined) {
      room.isLoading = false;
      room.hasEarlier = !complete && messages.length > 0;
    } else if (!complete && !messages.some(({ id }) => id <= gap.after)) {
      const first = messages[0]?.id ?? gap.before;
      const text = "Some messages are missing here";
      this.store.note(room, text, "note", first - 0.5);
    }
    for (const message of messages) {
      this.store.receive(room, message, gap !== undefined);
      this.#recognize(room, message);
    }
    this.store.onChange();
  }

  #acknowledge({ ref, id, time }) {
    this.#requests.get(ref)?.onDone?.();
    this.#requests.delete(ref);
    const { conversation, pending } = this.outbox.find(ref);
    if (!pending) return;
    this.outbox.discard(conversation, pending);
    if (id === undefined) return;
    this.store.receive(conversation, {
      type: { say: "said", me: "action", msg: "private" }[pending.type],
      id,
      time,
      user: this.store.me,
      text: pending.text,
    }, false);
  }

  #isAskedFor(name) {
    return [...this.#requests.values()].some(({ request: { type, room } }) =>
      type === "join" && foldName(room) === foldName(name)
    );
  }

  #refused({ code, text, ref }) {
    const { pending } = this.outbox.find(ref);
    if (pending) {
      this.outbox.fail(pending, text);
      return;
    }
    if (!this.isOnline && code.startsWith("nickname-")) {
      this.nicknameError = text;
      return;
    }
    const { conversation, request } = this.#requests.get(ref) ?? {};
    this.#requests.delete(ref);
    if (conversation) conversation.isJoining = false;
    this.listener.onError(text, request?.type, conversation);
  }

  #goodbye({ reason, text }) {
    if (!FINAL_REASONS.has(reason)) return;
    this.#forget();
    this.connection.stop(text);
  }
}
