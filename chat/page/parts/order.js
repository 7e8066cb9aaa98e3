/**
 * @import { ClientMessage } from "../../protocol/_client_messages.ts"
 * @import { UserRef } from "../../room/chat_message.ts"
 * @import { PageSession } from "../state/session.js"
 * @import { ChatStore, Conversation } from "../state/store.js"
 */
import { say } from "../words/language.js";
import { openForm, openMenu } from "./menus.js";
import { foldName } from "../words/text.js";

/** Minutes for which a user is muted or banned, unless others are typed. */
const MINUTES = "10";

/** The actions on users and rooms. */
export class Order {
  /**
   * @param {PageSession} session
   * @param {ChatStore} store
   * @param {object} actions
   * @param {(user: UserRef) => void} actions.openPrivate
   * @param {() => void} actions.editTopic
   * @param {(text: string) => void} actions.tell
   */
  constructor(session, store, { openPrivate, editTopic, tell }) {
    this.session = session;
    this.store = store;
    this.openPrivate = openPrivate;
    this.editTopic = editTopic;
    this.tell = tell;
  }

  /** @param {UserRef} user */
  openUser(user) {
    const { nickname } = user;
    const { ignored, isOperator } = this.store;
    const isIgnored = ignored.has(foldName(nickname));
    /** @type {[string, () => void][]} */
    const entries = [
      [say("page.private-message"), () => this.openPrivate(user)],
      isIgnored
        ? [
          say("page.unignore"),
          () => this.#ask({ type: "unignore", nickname }),
        ]
        : [
          say("page.ignore"),
          () => this.#ask({ type: "ignore", nickname }),
        ],
    ];
    if (isOperator) {
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
    const title = say(`page.${type}.title`, { user: nickname });
    openForm({
      title,
      about: say(`page.${type}.about`),
      fields: [
        ...(type === "kick"
          ? []
          : [{ ...minutes, type: "number", value: MINUTES }]),
        { name: "reason", label: say("page.reason") },
      ],
      submit: title,
      act: ({ minutes, reason }, onDone) => {
        const note = { nickname, reason: reason || undefined };
        return this.#try(
          type === "kick"
            ? { type, ...note }
            : { type, ...note, minutes: Math.max(0, Number(minutes)) },
          onDone,
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
          () => this.#ask({ type: "unlock", room }),
        ]
        : [
          say("page.lock"),
          () => this.#ask({ type: "lock", room }),
        ],
      [say("page.invite"), () => this.#openInvite(room)],
      this.store.isOperator
        ? [say("page.invite-into"), () => this.#ask({ type: "invite" })]
        : [say("page.operator"), () => this.#openOperator()],
    ]);
  }

  /** @param {string} room */
  #openInvite(room) {
    openForm({
      title: say("page.invite"),
      about: say("page.invite.about", { room }),
      fields: [{ name: "nickname", label: say("page.nickname") }],
      submit: say("page.continue"),
      act: ({ nickname = "" }, onDone) =>
        this.#try({ type: "invite", nickname, room }, onDone),
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
        this.#try({ type: "operator", token }, onDone),
    });
  }

  /** @param {ClientMessage} request */
  #ask(request) {
    const error = this.#try(request, () => {});
    if (error !== undefined) this.tell(error);
  }

  /**
   * Asks for something; the server tells what came of it.
   *
   * @param {ClientMessage} request
   * @param {() => void} onDone
   */
  #try(request, onDone) {
    return this.session.ask(
      request,
      undefined,
      (isDone) => isDone && onDone(),
    );
  }
}
