/**
 * @import { ClientMessage } from "../protocol/_client_messages.ts"
 * @import { UserRef } from "../room/chat_message.ts"
 * @import { PageSession } from "./session.js"
 * @import { Conversation } from "./store.js"
 */
import { say } from "./language.js";
import { openForm, openMenu } from "./menus.js";
import { foldName } from "./text.js";

/** Minutes for which a user is muted or banned, unless others are typed. */
const MINUTES = "10";

/** The actions on users and rooms. */
export class Order {
  /**
   * @param {PageSession} session
   * @param {object} actions
   * @param {(user: UserRef) => void} actions.openPrivate
   * @param {() => void} actions.editTopic
   * @param {(text: string) => void} actions.tell
   */
  constructor(session, { openPrivate, editTopic, tell }) {
    this.session = session;
    this.openPrivate = openPrivate;
    this.editTopic = editTopic;
    this.tell = tell;
  }

  /** @param {UserRef} user */
  openUser(user) {
    const { nickname } = user;
    const { session } = this;
    const isIgnored = session.ignored.has(foldName(nickname));
    /** @type {[string, () => void][]} */
    const entries = [
      [say("page.private-message"), () => this.openPrivate(user)],
      isIgnored
        ? [
          say("page.unignore"),
          () => this.#ask({ type: "unignore", nickname }, "page.unignored"),
        ]
        : [
          say("page.ignore"),
          () => this.#ask({ type: "ignore", nickname }, "page.ignored"),
        ],
    ];
    if (session.isOperator) {
      for (const type of /** @type {const} */ (["mute", "kick", "ban"])) {
        entries.push([
          say(`page.${type}`),
          () => this.#openOrder(type, nickname),
        ]);
      }
    }
    openMenu(nickname, entries);
  }

  /**
   * @param {"mute" | "kick" | "ban"} type
   * @param {string} nickname
   */
  #openOrder(type, nickname) {
    const minutes = { name: "minutes", label: say("page.minutes") };
    openForm({
      title: say(`page.${type}.title`, { user: nickname }),
      about: say(`page.${type}.about`),
      fields: [
        ...(type === "kick"
          ? []
          : [{ ...minutes, type: "number", value: MINUTES }]),
        { name: "reason", label: say("page.reason") },
      ],
      submit: say(`page.${type}.do`),
      act: ({ minutes, reason }, onDone) => {
        const note = { nickname, reason: reason || undefined };
        return this.#try(
          type === "kick"
            ? { type, ...note }
            : { type, ...note, minutes: Math.max(0, Number(minutes)) },
          onDone,
          say(`page.${type}.done`, { user: nickname }),
        );
      },
    });
  }

  /** @param {Conversation} room */
  openRoom(room) {
    const { session } = this;
    const error = session.inquire({ type: "rooms" }, (answer) => {
      const rooms = answer.type === "rooms" ? answer.rooms : [];
      const found = rooms.find((each) => each.room === room.name);
      this.#showRoom(room.name, found?.locked ?? false);
    });
    if (error !== undefined) this.tell(error);
  }

  /**
   * @param {string} room
   * @param {boolean} isLocked
   */
  #showRoom(room, isLocked) {
    openMenu("#" + room, [
      [say("page.edit-topic"), this.editTopic],
      isLocked
        ? [
          say("page.unlock"),
          () => this.#ask({ type: "unlock", room }, "page.unlocked"),
        ]
        : [
          say("page.lock"),
          () => this.#ask({ type: "lock", room }, "page.locked"),
        ],
      [say("page.invite"), () => this.#openInvite(room)],
      ...(this.session.isOperator ? [] : [
        /** @type {[string, () => void]} */ (
          [say("page.operator"), () => this.#openOperator()]
        ),
      ]),
    ]);
  }

  /** @param {string} room */
  #openInvite(room) {
    openForm({
      title: say("page.invite"),
      about: say("page.invite.about", { room }),
      fields: [{ name: "nickname", label: say("page.nickname") }],
      submit: say("page.invite.do"),
      act: ({ nickname = "" }, onDone) =>
        this.#try(
          { type: "invite", nickname, room },
          onDone,
          say("page.invited", { user: nickname }),
        ),
    });
  }

  #openOperator() {
    openForm({
      title: say("page.operator"),
      about: say("page.operator.about"),
      fields: [{
        ...{ name: "token", label: say("page.token"), type: "password" },
      }],
      submit: say("page.continue"),
      act: ({ token = "" }, onDone) =>
        this.#try(
          { type: "operator", token },
          onDone,
          say("page.operator.done"),
        ),
    });
  }

  /**
   * @param {ClientMessage} request
   * @param {Parameters<typeof say>[0]} done The text when it was carried out.
   */
  #ask(request, done) {
    const error = this.#try(request, () => {}, say(done));
    if (error !== undefined) this.tell(error);
  }

  /**
   * @param {ClientMessage} request
   * @param {() => void} onDone
   * @param {string} text
   */
  #try(request, onDone, text) {
    return this.session.ask(request, undefined, (isDone) => {
      if (!isDone) return;
      onDone();
      this.tell(text);
    });
  }
}
