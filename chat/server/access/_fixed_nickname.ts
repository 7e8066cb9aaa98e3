import { readClientMessage } from "../../protocol/_client_messages.ts";
import { parseCommand } from "../../room/chat_command.ts";

/** Why a message can't be carried out. */
export interface Rename {
  readonly ref?: string | undefined;
}

/**
 * Keeps the nickname of a user that a proxy has signed in, whatever the user
 * sends: as long as the nickname is taken, there is no other one.
 */
export class FixedNickname {
  readonly nickname: string;
  #isWelcome = false;

  constructor(nickname: string) {
    this.nickname = nickname;
  }

  /** Notes the type of a message that the user gets. */
  sent(type: string): void {
    if (type === "welcome") this.#isWelcome = true;
  }

  /**
   * Looks at a message of the user.
   *
   * @param isRequest Whether it is in JSON, and not a line.
   * @returns The message for the chat, or that it would choose a nickname.
   */
  filter(text: string, isRequest: boolean): string | Rename {
    if (!isRequest) return this.#isRenaming(text) ? {} : text;
    const { message } = readClientMessage(text);
    switch (message?.type) {
      case "hello":
        return JSON.stringify({ ...message, nickname: this.nickname });
      case "nick":
        return { ref: message.ref };
      case "line":
        return this.#isRenaming(message.text) ? { ref: message.ref } : text;
      default:
        return text;
    }
  }

  /** Before the welcome, nearly every line is a nickname. */
  #isRenaming(line: string): boolean {
    const { type } = parseCommand(line);
    if (this.#isWelcome) return type === "nick";
    return type !== "quit" && line !== this.nickname;
  }
}
