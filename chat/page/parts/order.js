/**
 * @import { ClientMessage } from "../../protocol/_client_messages.ts"
 * @import { UserRef } from "../../room/chat_message.ts"
 * @import { PageSession } from "../state/session.js"
 * @import { Answered, ChatStore, Conversation } from "../state/store.js"
 * @import { TextKey } from "../../text/_catalogs.ts"
 * @import { MenuEntry } from "./menus.js"
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
  constructor(session, store, actions) {
    this.session = session;
    this.store = store;
    this.actions = actions;
  }

  /** @param {UserRef} user */
  openUser(user) {
    const { nickname } = user;
    const { ignored, isOperator } = this.store;
    const type = ignored.has(foldName(nickname)) ? "unignore" : "ignore";
    /** @type {MenuEntry[]} */
    const entries = [
      [say("page.private-message"), () => this.actions.openPrivate(user)],
      this.#entry(`page.${type}`, { type, nickname }),
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
        return this.session.ask(
          type === "kick"
            ? { type, ...note }
            : { type, ...note, minutes: Math.max(0, Number(minutes)) },
          undefined,
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
      this.#showRoom(room.name, found);
    });
    if (error !== undefined) this.actions.tell(error);
  }

  /**
   * @param {string} room
   * @param {Partial<Answered<"rooms">["rooms"][number]>} [state]
   */
  #showRoom(room, { canLock, locked } = {}) {
    const type = locked ? "unlock" : "lock";
    openMenu("#" + room, [
      [say("page.edit-topic"), this.actions.editTopic],
      ...canLock ? [this.#entry(`page.${type}`, { type, room })] : [],
      [say("page.invite"), () => this.#openInvite(room)],
      this.store.isOperator
        ? this.#entry("page.invite-into", { type: "invite" })
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
        this.session.ask({ type: "invite", nickname, room }, undefined, onDone),
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
        this.session.ask({ type: "operator", token }, undefined, onDone),
    });
  }

  /**
   * An entry of a menu that asks the server for something.
   *
   * @param {TextKey} key
   * @param {ClientMessage} request
   * @returns {MenuEntry}
   */
  #entry(key, request) {
    return [say(key), () => {
      const error = this.session.ask(request);
      if (error !== undefined) this.actions.tell(error);
    }];
  }
}
