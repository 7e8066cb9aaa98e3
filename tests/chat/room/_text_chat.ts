import { formatText } from "../../../chat/room/text/_text_format.ts";
import type { Delivery, LeaveReason } from "../../../chat/room/chat_message.ts";
import { ChatRoom } from "../../../chat/room/chat_room.ts";
import { LineDecoder } from "../../../chat/server/line_decoder.ts";

/**
 * A room with users who type bytes and read lines, as over TCP but without it.
 * The clock stands still unless a test moves it.
 */
export class TextChat {
  readonly room: ChatRoom;
  now = Date.UTC(2026, 0, 1);
  readonly #screens = new Map<number, string[]>();

  constructor(room: ChatRoom = new ChatRoom({ flood: { burst: Infinity } })) {
    this.room = room;
  }

  /** Connects somebody. */
  connect(address: string): TextUser {
    const { id, deliveries } = this.room.join(address, this.now);
    this.#screens.set(id, []);
    this.deliver(deliveries);
    return new TextUser(this, id);
  }

  /** Connects somebody who then chooses a nickname, and clears all screens. */
  enter(nickname: string): TextUser {
    const user = this.connect("192.0.2.1:50000");
    user.type(`${nickname}\r\n`);
    this.#screens.forEach((screen) => screen.length = 0);
    return user;
  }

  deliver(deliveries: readonly Delivery[]): void {
    for (const { to, message } of deliveries) {
      const lines = formatText(message).split("\r\n").slice(0, -1);
      for (const id of to) this.#screens.get(id)?.push(...lines);
    }
  }

  /** Takes what a user has been sent since the last call. */
  read(id: number): string[] {
    return this.#screens.get(id)?.splice(0) ?? [];
  }
}

/** Somebody at a terminal. */
export class TextUser {
  readonly id: number;
  readonly #chat: TextChat;
  readonly #decoder = new LineDecoder();

  constructor(chat: TextChat, id: number) {
    this.#chat = chat;
    this.id = id;
  }

  /** Sends text as UTF-8. */
  type(text: string): void {
    this.send(new TextEncoder().encode(text));
  }

  /** Sends bytes. */
  send(bytes: Uint8Array): void {
    const { room, now } = this.#chat;
    for (const event of this.#decoder.push(bytes)) {
      if (event.type === "line") {
        this.#chat.deliver(room.line(this.id, event.text, now));
      } else if (event.type === "error") {
        this.#chat.deliver(room.refuse(this.id, event.code, now));
      }
    }
  }

  /** Is gone, for the reason given. */
  leave(reason: LeaveReason): void {
    const { room, now } = this.#chat;
    this.#chat.deliver(room.leave(this.id, reason, now));
  }

  /** The lines that came since the last call. */
  read(): string[] {
    return this.#chat.read(this.id);
  }
}
