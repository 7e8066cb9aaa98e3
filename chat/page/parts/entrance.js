/**
 * @import { PageSession, PageStatus } from "../state/session.js"
 */
import { find, onSubmit, setText } from "./elements.js";
import { say } from "../words/language.js";

/** The forms in front of the chat: for the nickname, and for the password. */
export class Entrance {
  /** @type {string | undefined} */
  #needed;

  /**
   * @param {PageSession} session
   * @param {() => string | undefined} lastNickname
   */
  constructor(session, lastNickname) {
    this.session = session;
    this.lastNickname = lastNickname;
    onSubmit("enter-form", () => {
      const nickname = findInput("enter").value.trim();
      const isMissing = nickname === "" && !session.isSignedIn;
      setText("enter-error", isMissing ? say("page.no-nickname") : "");
      if (!isMissing) session.enter(nickname);
    });
    onSubmit("access-form", () => {
      const secret = findInput("access").value;
      setText("access-error", secret === "" ? say("page.no-password") : "");
      if (secret !== "") session.admit(secret);
    });
  }

  /** @param {string} [error] */
  askNickname(error) {
    findInput("enter").value ||= this.session.nickname ??
      this.lastNickname() ?? "";
    this.#show("enter", error);
  }

  /**
   * @param {readonly string[]} methods
   * @param {string} [error]
   */
  askAccess(methods, error) {
    // The proxy's name can't be a nickname.
    if (this.session.isSignedIn) return this.#show("enter", error);
    const isPassword = methods.includes("password");
    const input = findInput("access");
    // Password managers keep no links, and want the name of the user.
    find("access-user", HTMLInputElement).value = this.session.nickname ?? "";
    input.type = isPassword ? "password" : "text";
    const label = isPassword ? "page.password" : "page.invitation";
    setText("access-label", say(label));
    const about = isPassword
      ? methods.includes("invitation") ? "either" : "password"
      : "invitation";
    setText("access-about", say(`page.access.${about}`));
    this.#show("access", error);
  }

  /**
   * @param {string} name
   * @param {string} [error]
   */
  #show(name, error) {
    this.#needed = name;
    find("app").hidden = true;
    find("entrance").hidden = false;
    for (const each of ["enter", "access"]) {
      find(`${each}-form`).hidden = each !== name;
    }
    setText(`${name}-error`, error ?? "");
    setText("enter-status", "");
    const input = findInput(name);
    input.setAttribute("aria-invalid", String(error !== undefined));
    if (this.session.isSignedIn) return find("enter-join").focus();
    input.focus();
    input.select();
  }

  /** Removes the forms, and the password in them. */
  leave() {
    this.#needed = undefined;
    findInput("access").value = "";
    find("entrance").hidden = true;
  }

  /**
   * @param {PageStatus} status
   * @param {string} text
   */
  showStatus(status, text) {
    const { name } = status;
    const isSilent = name === "online" ||
      name === "open" && this.#needed !== undefined ||
      name === "stopped" && status.text === undefined;
    setText("enter-status", isSilent ? "" : text);
  }
}

/** @param {string} name */
function findInput(name) {
  const id = name === "enter" ? "enter-nickname" : "access-secret";
  return find(id, HTMLInputElement);
}
