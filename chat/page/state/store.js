// @ts-check
/**
 * @import { ChatRoomRecord } from "../../client/chat_client_message.ts"
 * @import { UserRef } from "../../room/chat_message.ts"
 * @import { ClientMessage } from "../../protocol/_client_messages.ts"
 * @import { ServerMessage } from "../../protocol/_server_messages.ts"
 */
import { say } from "../words/language.js";
import { foldName, mentions } from "../words/text.js";

/** The most messages that a conversation holds by itself; older ones go. */
const MAX_ITEMS = 1000;
/** The most that it holds when the user has asked for earlier ones. */
const MAX_LOADED = 5000;
/** The most private conversations; the one that was quiet for longest goes. */
const MAX_PRIVATE = 100;

/**
 * A message of the server of a type.
 *
 * @template {ServerMessage["type"]} T
 * @typedef {Extract<ServerMessage, { readonly type: T }>} Answered
 */

/**
 * A text that the user has sent, until the server has confirmed it.
 *
 * @typedef {object} PendingText
 * @property {string} ref
 * @property {"say" | "me"} type
 * @property {string} text
 * @property {number} time
 * @property {"waiting" | "sent" | "uncertain" | "failed"} state
 * @property {string} [error]
 * @property {number} [replyTo] The id of the message that it answers.
 */

/** @typedef {ChatRoomRecord | Answered<"private">} NumberedMessage */

/**
 * A message that the page itself adds.
 *
 * @typedef {object} Note
 * @property {"note" | "help" | "error" | "warning"} type
 * @property {string} text
 */

/**
 * A message at its place in a conversation.
 *
 * @typedef {object} Item
 * @property {string} key
 * @property {string | undefined} epoch
 * @property {number} [id]
 * @property {number} order
 * @property {number} time
 * @property {NumberedMessage | Note} message
 * @property {boolean} isOwn
 * @property {boolean} isMention
 */

/**
 * A change of a message, or an answer to one.
 *
 * @typedef {{ readonly type: "edit" | "reply", readonly id: number, readonly message: Speech }} DraftMode
 */

/** @typedef {Extract<NumberedMessage, { type: "said" | "action" | "private" }>} Speech */

/**
 * A user of whom at least the nickname is known.
 *
 * @typedef {UserRef | { readonly nickname: string, readonly id?: undefined }} User
 */

/**
 * Whether a message was said by a user, and so counts as unread.
 *
 * @param {Item["message"]} message
 * @returns {message is Speech}
 */
export function isSpeech(message) {
  return message.type === "said" || message.type === "action" ||
    message.type === "private";
}

/**
 * A user's identity.
 *
 * @param {UserRef} user
 */
export function userKey(user) {
  return String(user.id);
}

/** A room, or all private messages between the user and another one. */
export class Conversation {
  topic = "";
  /** Rooms: the users in it, by userKey. @type {Map<string, UserRef>} */
  users = new Map();
  /** Rooms: how many are in it beyond those in users. */
  others = 0;
  /** Rooms: how many of the users are shown at most. */
  shownUsers = 100;
  /** Private: the userKey of the other user, as far as known. @type {string | undefined} */
  peer;
  /** In the order in which it happened. @type {Item[]} */
  items = [];
  /** @type {Set<string>} */
  itemKeys = new Set();
  /** Texts that the server has not confirmed. @type {PendingText[]} */
  pending = [];
  unread = 0;
  isMentioned = false;
  /** The key of the first item that the user has not seen. @type {string | undefined} */
  marker;
  draft = "";
  /** The kind of the draft, if no new message. @type {DraftMode | undefined} */
  mode;
  /** Ids of messages before which others are missing. @type {Set<number>} */
  gaps = new Set();
  /** Rooms: whether the user is in it, on this connection. */
  isEntered = false;
  isLoading = false;
  lastActivity = 0;

  /**
   * @param {"room" | "private"} kind
   * @param {string} name The room's name, or the other user's nickname.
   * @param {string} key
   */
  constructor(kind, name, key) {
    this.kind = kind;
    this.name = name;
    this.key = key;
    /** Whether there may be earlier messages on the server. */
    this.hasEarlier = kind === "room";
  }

  get title() {
    return this.kind === "room" ? "#" + this.name : this.name;
  }

  /**
   * Puts an item at its place, unless it is there already.
   *
   * Items are in the order of their ids; those of the page itself, which have
   * none, stay after the items that preceded them.
   *
   * @param {Item} item
   */
  insert(item) {
    if (this.itemKeys.has(item.key)) return false;
    let at = this.items.length;
    while (at > 0 && isLater(this.items[at - 1], item)) at--;
    const isNews = at === this.items.length;
    if (!isNews && this.items.length >= MAX_LOADED) {
      this.hasEarlier = false;
      return false;
    }
    this.items.splice(at, 0, item);
    this.itemKeys.add(item.key);
    if (isNews && this.items.length > MAX_ITEMS) this.#dropFirst();
    return true;
  }

  #dropFirst() {
    const { key = "", id = 0 } = this.items.shift() ?? {};
    this.itemKeys.delete(key);
    this.gaps.delete(id);
    this.hasEarlier = this.kind === "room";
  }

  /**
   * Changes the text of a message, unless it is not here.
   *
   * @param {string | undefined} epoch
   * @param {{ readonly target: number, readonly text: string, readonly id: number }} change
   */
  edit(epoch, { target, text, id }) {
    const at = this.items.findIndex((item) =>
      item.epoch === epoch && item.id === target
    );
    const item = this.items[at];
    if (item === undefined || !isSpeech(item.message)) return;
    this.items[at] = {
      ...item,
      message: { ...item.message, text, edited: id },
    };
  }

  /**
   * @param {readonly UserRef[]} users
   * @param {number} online
   */
  addUsers(users, online) {
    for (const user of users) this.users.set(userKey(user), user);
    // Some may have left meanwhile: a list without new users is the end.
    this.setOnline(users.length === 0 ? this.users.size : online);
  }

  /** @param {number} online */
  setOnline(online) {
    this.others = Math.max(0, online - this.users.size);
  }

  get online() {
    return this.users.size + this.others;
  }

  /**
   * @param {readonly UserRef[]} users
   * @param {number} [online]
   */
  setUsers(users, online = users.length) {
    this.users = new Map(users.map((user) => [userKey(user), user]));
    this.setOnline(online);
  }

  /**
   * @param {string | undefined} epoch
   * @param {number} id
   */
  itemOf(epoch, id) {
    return this.items.find((item) => item.epoch === epoch && item.id === id);
  }

  /**
   * The highest id of an epoch here, or that before another one.
   *
   * @param {string | undefined} epoch
   * @param {number} [id]
   */
  idBefore(epoch, id = Infinity) {
    return this.items.findLast((item) =>
      item.epoch === epoch && item.id !== undefined && item.id < id
    )?.id;
  }

  /**
   * The lowest id of an epoch here, or that after another one.
   *
   * @param {string | undefined} epoch
   * @param {number} [id]
   */
  idAfter(epoch, id = 0) {
    return this.items.find((item) =>
      item.epoch === epoch && item.id !== undefined && item.id > id
    )?.id;
  }
}

/**
 * @param {Item | undefined} other
 * @param {Item} item
 */
function isLater(other, item) {
  return other !== undefined && other.epoch === item.epoch &&
    other.order > item.order;
}

/**
 * The state of the page: conversations with their messages, in order and each of
 * them once, their users, and the counts of unread messages. It neither draws nor
 * sends.
 */
export class ChatStore {
  #localItems = 0;
  #privates = 0;
  /** @type {Map<string, Conversation>} */
  conversations = new Map();
  /** The conversation that is shown. @type {Conversation | undefined} */
  active;
  /** Whether the user looks at the page. */
  isWatching = true;
  /** @type {UserRef | undefined} */
  me;
  /** Whether the user has become an operator. */
  isOperator = false;
  /** The nicknames of ignored users, folded. @type {Set<string>} */
  ignored = new Set();
  /** The userKeys that the user has had in this epoch. @type {Set<string>} */
  ownKeys = new Set();
  /** @type {string | undefined} */
  epoch;
  /** The highest id that was seen in this epoch. */
  lastId = 0;

  /**
   * @param {() => void} onChange
   * @param {(conversation: Conversation, item: Item) => void} [onAlert] Called with
   * mentions and private messages that the user does not see.
   */
  constructor(onChange, onAlert = () => {}) {
    this.onChange = onChange;
    this.onAlert = onAlert;
  }

  /** @param {UserRef} user */
  isOwn(user) {
    return this.ownKeys.has(userKey(user));
  }

  /**
   * Notes the changes of the user by a request.
   *
   * @param {ClientMessage} request
   * @returns {boolean} Whether that was anything.
   */
  noteDone(request) {
    switch (request.type) {
      case "operator":
        this.isOperator = true;
        return true;
      case "ignore":
        this.ignored.add(foldName(request.nickname));
        return true;
      case "unignore":
        return this.ignored.delete(foldName(request.nickname));
      default:
        return false;
    }
  }

  /** Notes that the user is no operator, and ignores nobody. */
  forgetRights() {
    this.isOperator = false;
    this.ignored.clear();
  }

  /** Notes that there is no connection. */
  leaveAll() {
    for (const conversation of this.conversations.values()) {
      conversation.isEntered = false;
      conversation.isLoading = false;
    }
  }

  /** The rooms, by name. */
  get rooms() {
    return this.#all("room").sort((a, b) => a.name.localeCompare(b.name));
  }

  /** The private conversations, the liveliest first. */
  get privates() {
    return this.#all("private").sort((a, b) => b.lastActivity - a.lastActivity);
  }

  /** @param {Conversation["kind"]} wanted */
  #all(wanted) {
    return [...this.conversations.values()].filter(({ kind }) =>
      kind === wanted
    );
  }

  /** All conversations: rooms, then private ones. */
  list() {
    return [...this.rooms, ...this.privates];
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

  /** @param {string} name */
  room(name) {
    return this.conversations.get("#" + foldName(name));
  }

  /** @param {string} name */
  openRoom(name) {
    return this.room(name) ?? this.#add("room", name, "#" + foldName(name));
  }

  /**
   * The conversation with a user, also after a change of the nickname.
   *
   * @param {User} user
   */
  openPrivate(user) {
    const key = user.id === undefined ? undefined : userKey(user);
    const all = this.privates;
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
        say("record.renamed", {
          user: user.nickname,
          previous: conversation.name,
        }),
      );
      conversation.name = user.nickname;
    }
    if (found === undefined) this.#dropQuietest(conversation);
    return conversation;
  }

  /**
   * @param {"room" | "private"} kind
   * @param {string} name
   * @param {string} key
   */
  #add(kind, name, key) {
    const conversation = new Conversation(kind, name, key);
    this.conversations.set(key, conversation);
    this.active ??= conversation;
    this.onChange();
    return conversation;
  }

  /** @param {Conversation} added */
  #dropQuietest(added) {
    const others = this.privates.filter((other) =>
      other !== added && other !== this.active && other.pending.length === 0
    );
    const quietest = others.at(-1);
    if (quietest && others.length >= MAX_PRIVATE) this.close(quietest);
  }

  clear() {
    this.conversations.clear();
    this.ownKeys.clear();
    this.forgetRights();
    this.active = this.me = this.epoch = undefined;
    this.lastId = 0;
    this.onChange();
  }

  /** @param {Conversation} conversation */
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

  /**
   * Shows another conversation; the marker of the one before goes.
   *
   * @param {Conversation} conversation
   */
  activate(conversation) {
    if (this.active !== conversation && this.active) {
      this.active.marker = undefined;
    }
    this.active = conversation;
    this.#see(conversation);
    this.onChange();
  }

  /** @param {boolean} isWatching */
  setWatching(isWatching) {
    this.isWatching = isWatching;
    if (isWatching && this.active) this.#see(this.active);
    this.onChange();
  }

  /** @param {Conversation} conversation */
  #see(conversation) {
    if (!this.isWatching) return;
    conversation.unread = 0;
    conversation.isMentioned = false;
  }

  /**
   * Begins another sequence of ids: users are not known by their old ids any more.
   *
   * @param {string} epoch
   */
  beginEpoch(epoch) {
    const isFirst = this.epoch === undefined;
    this.epoch = epoch;
    this.lastId = 0;
    this.ownKeys.clear();
    for (const conversation of this.conversations.values()) {
      conversation.peer = undefined;
      conversation.mode = undefined;
      conversation.gaps.clear();
      conversation.setUsers([]);
      conversation.hasEarlier = conversation.kind === "room";
      if (!isFirst) this.note(conversation, say("page.restarted"));
    }
  }

  /** @param {UserRef} user */
  setMe(user) {
    this.me = user;
    this.ownKeys.add(userKey(user));
    this.onChange();
  }

  /**
   * Takes a message that the server has numbered. News are those that the user
   * may not have seen yet.
   *
   * @param {Conversation} conversation
   * @param {NumberedMessage} message
   * @param {boolean} isNews
   * @returns {boolean} Whether it was not there before.
   */
  receive(conversation, message, isNews) {
    this.lastId = Math.max(this.lastId, message.id);
    const { type, user } = message;
    // The status line tells users of their own connection.
    if ((type === "joined" || type === "left") && this.isOwn(user)) {
      return false;
    }
    const { epoch, me } = this;
    const { id, time } = message;
    const isOwn = isSpeech(message) && this.isOwn(message.user);
    const isMention = isSpeech(message) && !isOwn && me !== undefined &&
      mentions(message.text, me.nickname);
    /** @type {Item} */
    const item = {
      ...{ key: epoch + "/" + id, epoch, id, order: id, time },
      ...{ message, isOwn, isMention },
    };
    if (!conversation.insert(item)) {
      // A known message may have been changed since.
      if ("edited" in message && message.edited !== undefined) {
        const { text, edited } = message;
        conversation.edit(epoch, { target: id, text, id: edited });
      }
      return false;
    }
    if (isSpeech(message)) {
      const { lastActivity } = conversation;
      conversation.lastActivity = Math.max(lastActivity, time);
      const isUnread = isNews && !isOwn && message.text !== "";
      if (isUnread) this.#count(conversation, item);
    }
    this.onChange();
    return true;
  }

  /**
   * Changes a message, wherever it is: one sequence has all ids.
   *
   * @param {Answered<"edited" | "private-edited">} message
   */
  edit(message) {
    this.lastId = Math.max(this.lastId, message.id);
    for (const conversation of this.conversations.values()) {
      conversation.edit(this.epoch, message);
    }
    this.onChange();
  }

  /**
   * @param {Conversation} conversation
   * @param {Item} item
   */
  #count(conversation, item) {
    if (this.isWatching && this.active === conversation) return;
    conversation.marker ??= item.key;
    conversation.unread++;
    if (!item.isMention && conversation.kind !== "private") return;
    conversation.isMentioned = true;
    this.onAlert(conversation, item);
  }

  /**
   * Adds a message of the page's own to a conversation.
   *
   * @param {Conversation} conversation
   * @param {string} text
   * @param {Note["type"]} [type]
   * @param {number} [order] Its place among the ids.
   */
  note(conversation, text, type = "note", order = this.lastId + 0.5) {
    const key = "local/" + ++this.#localItems;
    const time = Date.now();
    conversation.insert({
      key,
      epoch: this.epoch,
      order,
      time,
      message: { type, text },
      isOwn: false,
      isMention: false,
    });
    this.onChange();
  }

  /**
   * Brings a room's users and topic up to date.
   *
   * @param {ChatRoomRecord} message
   */
  track(message) {
    const { user } = message;
    const room = this.room(message.room);
    switch (message.type) {
      case "joined":
        room?.users.set(userKey(user), user);
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

  /**
   * @param {Conversation | undefined} room
   * @param {UserRef} user
   */
  #rename(room, user) {
    const key = userKey(user);
    if (room?.users.has(key)) room.users.set(key, user);
    if (this.me && userKey(this.me) === key) this.setMe(user);
    for (const conversation of this.conversations.values()) {
      if (conversation.peer === key) this.openPrivate(user);
    }
  }

  /**
   * The user with a nickname, if one is known.
   *
   * @param {string} nickname
   */
  userNamed(nickname) {
    const name = foldName(nickname);
    return this.list().flatMap(({ users }) => [...users.values()])
      .find((user) => foldName(user.nickname) === name);
  }

  /**
   * Whether a user is in one of the rooms of this user.
   *
   * @param {string} key
   */
  isPresent(key) {
    return this.list().some(({ isEntered, users }) =>
      isEntered && users.has(key)
    );
  }
}
