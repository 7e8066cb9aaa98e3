import { foldName, mentions } from "./text.js";

/**
 * The part that knows what was said where: conversations,
 * their messages in order and each of them once, who is there, what is unread.
 * It neither draws nor sends.
 */

/** The most messages that a conversation holds; older ones go. */
const MAX_ITEMS = 1000;
/** The most private conversations; the one that was quiet for longest goes. */
const MAX_PRIVATE = 100;

/** What counts as unread, and is shown as something that somebody said. */
export function isSpeech(message) {
  return message.type === "said" || message.type === "action" ||
    message.type === "private";
}

/** A user's identity: ids are those of the server that the user is on. */
export function userKey(user) {
  return (user.origin ?? "") + "/" + user.id;
}

/** A room, or all private messages between the user and another one. */
export class Conversation {
  constructor(kind, name, key) {
    this.kind = kind;
    /** The room's name, or the other user's nickname. */
    this.name = name;
    this.key = key;
    this.topic = "";
    /** Rooms: who is there, by userKey. */
    this.users = new Map();
    /** Rooms: how many are there beyond those in users. */
    this.others = 0;
    /** Private conversations: the userKey of the other one, while it holds. */
    this.peer = undefined;
    /** In the order in which it happened. */
    this.items = [];
    this.itemKeys = new Set();
    /** What the user has said and the server has not confirmed. */
    this.pending = [];
    this.unread = 0;
    this.isMentioned = false;
    /** The key of the first item that the user has not seen. */
    this.marker = undefined;
    this.draft = "";
    /** Rooms: whether the server has us in it, on this connection. */
    this.isEntered = false;
    this.isJoining = false;
    /** Between which ids messages were missed, until they are here. */
    this.gap = undefined;
    /** Whether earlier messages may be had. */
    this.hasEarlier = kind === "room";
    this.isLoading = false;
    this.lastActivity = 0;
  }

  get title() {
    return this.kind === "room" ? "#" + this.name : this.name;
  }

  /**
   * Puts an item at its place, unless it is there already.
   *
   * Items are in the order of their ids; those of the page itself, which have
   * none, stay behind what had happened when they came.
   */
  insert(item) {
    if (this.itemKeys.has(item.key)) return false;
    let at = this.items.length;
    while (at > 0 && isLater(this.items[at - 1], item)) at--;
    if (at === 0 && this.items.length >= MAX_ITEMS) return false;
    this.items.splice(at, 0, item);
    this.itemKeys.add(item.key);
    if (this.items.length > MAX_ITEMS) {
      this.itemKeys.delete(this.items.shift().key);
      this.hasEarlier = false;
    }
    return true;
  }

  get online() {
    return this.users.size + this.others;
  }

  setUsers(users, online = users.length) {
    this.users = new Map(users.map((user) => [userKey(user), user]));
    this.others = Math.max(0, online - this.users.size);
  }

  /** The lowest id of an epoch here. */
  firstId(epoch) {
    return this.items.find((item) => item.epoch === epoch && item.id)?.id;
  }

  /** The highest id of an epoch here. */
  lastId(epoch) {
    return this.items.findLast((item) => item.epoch === epoch && item.id)?.id;
  }
}

function isLater(other, item) {
  return other.epoch === item.epoch && other.order > item.order;
}

export class ChatStore {
  #localItems = 0;
  #privates = 0;

  constructor(onChange) {
    this.onChange = onChange;
    this.conversations = new Map();
    this.active = undefined;
    /** Whether the user looks at the page. */
    this.isWatching = true;
    this.me = undefined;
    /** What ids the user has had in this epoch. */
    this.ownKeys = new Set();
    this.epoch = undefined;
    /** The highest id that was seen in this epoch. */
    this.lastId = 0;
  }

  isOwn(user) {
    return this.ownKeys.has(userKey(user));
  }

  /** Rooms by name, then private conversations, the liveliest first. */
  list() {
    const all = [...this.conversations.values()];
    const rooms = all.filter(({ kind }) => kind === "room");
    const privates = all.filter(({ kind }) => kind === "private");
    return [
      ...rooms.sort((a, b) => a.name.localeCompare(b.name)),
      ...privates.sort((a, b) => b.lastActivity - a.lastActivity),
    ];
  }

  get unread() {
    return this.list().reduce((sum, { unread }) => sum + unread, 0);
  }

  /** The highest id up to which the user has seen everything. */
  get seenId() {
    const unseen = this.list().filter(({ unread }) => unread > 0).map(
      ({ items, marker }) => items.find(({ key }) => key === marker)?.id ?? 1,
    );
    return Math.min(this.lastId, ...unseen.map((id) => id - 1));
  }

  room(name) {
    return this.conversations.get("#" + foldName(name));
  }

  openRoom(name) {
    return this.room(name) ?? this.#add("room", name, "#" + foldName(name));
  }

  /** The conversation with a user, whatever the nickname is by now. */
  openPrivate(user) {
    const key = user.id === undefined ? undefined : userKey(user);
    const all = this.list().filter(({ kind }) => kind === "private");
    const found = all.find(({ peer }) => key !== undefined && peer === key) ??
      all.find(({ name, peer }) =>
        foldName(name) === foldName(user.nickname) &&
        (key === undefined || peer === undefined || !this.isPresent(peer))
      );
    const conversation = found ??
      this.#add("private", user.nickname, "@" + ++this.#privates);
    if (key !== undefined) conversation.peer = key;
    if (conversation.name !== user.nickname && key !== undefined) {
      this.note(
        conversation,
        conversation.name + " is now called " +
          user.nickname,
      );
      conversation.name = user.nickname;
    }
    if (found === undefined) this.#dropQuietest(conversation);
    return conversation;
  }

  #add(kind, name, key) {
    const conversation = new Conversation(kind, name, key);
    this.conversations.set(key, conversation);
    this.active ??= conversation;
    this.onChange();
    return conversation;
  }

  #dropQuietest(added) {
    const others = this.list().filter((other) =>
      other.kind === "private" && other !== added && other !== this.active &&
      other.pending.length === 0
    );
    if (others.length >= MAX_PRIVATE) this.close(others.at(-1));
  }

  clear() {
    this.conversations.clear();
    this.ownKeys.clear();
    this.active = this.me = this.epoch = undefined;
    this.lastId = 0;
    this.onChange();
  }

  close(conversation) {
    const all = this.list();
    const at = all.indexOf(conversation);
    this.conversations.delete(conversation.key);
    if (this.active === conversation) {
      this.active = all[at - 1] ?? all[at + 1];
      if (this.active) this.#see(this.active);
    }
    this.onChange();
  }

  /** Goes to another conversation; the marks of the one before are done with. */
  activate(conversation) {
    if (this.active !== conversation && this.active) {
      this.active.marker = undefined;
    }
    this.active = conversation;
    this.#see(conversation);
    this.onChange();
  }

  setWatching(isWatching) {
    this.isWatching = isWatching;
    if (isWatching && this.active) this.#see(this.active);
    this.onChange();
  }

  #see(conversation) {
    if (!this.isWatching) return;
    conversation.unread = 0;
    conversation.isMentioned = false;
  }

  /** Another numbering begins: what was known by numbers is known no more. */
  beginEpoch(epoch) {
    const isFirst = this.epoch === undefined;
    this.epoch = epoch;
    this.lastId = 0;
    this.ownKeys.clear();
    for (const conversation of this.conversations.values()) {
      conversation.peer = undefined;
      conversation.setUsers([]);
      conversation.hasEarlier = conversation.kind === "room";
      if (!isFirst) this.note(conversation, "The server was started anew");
    }
  }

  setMe(user) {
    this.me = user;
    this.ownKeys.add(userKey(user));
    this.onChange();
  }

  /**
   * Takes a message that the server has numbered. News are those that the user
   * may not have seen yet.
   *
   * @returns Whether it was not there before.
   */
  receive(conversation, message, isNews) {
    this.lastId = Math.max(this.lastId, message.id);
    const { type, user } = message;
    // The user knows of own losses of the connection.
    if ((type === "joined" || type === "left") && this.isOwn(user)) {
      return false;
    }
    const item = {
      key: this.epoch + "/" + message.id,
      epoch: this.epoch,
      id: message.id,
      order: message.id,
      time: message.time,
      message,
      isOwn: isSpeech(message) && this.isOwn(message.user),
      isMention: false,
    };
    item.isMention = isSpeech(message) && !item.isOwn &&
      this.me !== undefined && mentions(message.text, this.me.nickname);
    if (!conversation.insert(item)) return false;
    if (isSpeech(message)) {
      conversation.lastActivity = Math.max(
        conversation.lastActivity,
        message.time,
      );
      if (isNews && !item.isOwn) this.#count(conversation, item);
    }
    this.onChange();
    return true;
  }

  #count(conversation, item) {
    if (this.isWatching && this.active === conversation) return;
    conversation.marker ??= item.key;
    conversation.unread++;
    conversation.isMentioned ||= item.isMention ||
      conversation.kind === "private";
  }

  /** Adds a line of the page's own to a conversation. */
  note(conversation, text, type = "note", order = this.lastId + 0.5) {
    const key = "local/" + ++this.#localItems;
    const time = Date.now();
    conversation.insert({
      key,
      epoch: this.epoch,
      order,
      time,
      message: { type, text, time },
      isOwn: false,
      isMention: false,
    });
    this.onChange();
  }

  /** Applies to the lists of users what a message says of them. */
  track(message) {
    const { user } = message;
    const room = this.room(message.room);
    switch (message.type) {
      case "joined":
        room?.users.set(userKey(user), { ...user, enteredAt: message.time });
        break;
      case "left":
        if (room && !room.users.delete(userKey(user)) && room.others > 0) {
          room.others--;
        }
        break;
      case "topic":
        if (room) room.topic = message.text;
        break;
      case "renamed":
        this.#rename(room, user);
    }
    this.onChange();
  }

  #rename(room, user) {
    const key = userKey(user);
    const entry = room?.users.get(key);
    if (entry) room.users.set(key, { ...entry, ...user });
    if (this.me && userKey(this.me) === key) this.setMe(user);
    for (const conversation of this.conversations.values()) {
      if (conversation.peer === key) this.openPrivate(user);
    }
  }

  /** Whether a user is in one of the rooms that we are in. */
  isPresent(key) {
    return this.list().some(({ isEntered, users }) =>
      isEntered && users.has(key)
    );
  }
}
