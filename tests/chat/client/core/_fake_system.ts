import type { ChatRequest } from "../../../../chat/client/chat_client_message.ts";
import { readServerMessage } from "../../../../chat/protocol/_server_messages.ts";
import type {
  LinkSystem,
  Socket,
  SocketHandlers,
} from "../../../../chat/client/core/_chat_link.ts";

interface Timer {
  readonly at: number;
  readonly act: () => void;
}

/** What a link has of the platform: a clock that stands, and no network. */
export class FakeSystem implements LinkSystem {
  time = 1_000_000;
  readonly sockets: FakeSocket[] = [];
  readonly #timers = new Set<Timer>();

  now = (): number => this.time;
  /** As if the longest delays always came up. */
  random = (): number => 1;
  makePrefix = (): string => "ref";
  open = (handlers: SocketHandlers): FakeSocket => {
    const socket = new FakeSocket(handlers);
    this.sockets.push(socket);
    return socket;
  };
  schedule = (act: () => void, delay: number): () => void => {
    const timer = { at: this.time + delay, act };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  /** The connection of now. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("There is no connection");
    return socket;
  }

  /** Lets time pass, and what is due in it happen. */
  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      this.time = next.at;
      this.#timers.delete(next);
      next.act();
    }
    this.time = end;
  }
}

/** A message of the client. */
export interface Sent {
  readonly type: string;
  readonly ref?: string;
  readonly after?: number;
  readonly nickname?: string;
  readonly session?: string;
  readonly device?: string;
  readonly link?: string;
  readonly password?: string;
  readonly invite?: string;
  readonly room?: string;
  readonly text?: string;
  readonly replyTo?: number;
  readonly target?: number;
  readonly before?: number;
  readonly limit?: number;
}

/** The server's end of a connection, played by a test. */
export class FakeSocket implements Socket {
  readonly #handlers: SocketHandlers;
  #sent: Sent[] = [];
  isClosed = false;

  constructor(handlers: SocketHandlers) {
    this.#handlers = handlers;
  }

  send(message: ChatRequest): void {
    // As it is on the wire, without members that are undefined.
    this.#sent.push(JSON.parse(JSON.stringify(message)));
  }

  close(): void {
    this.isClosed = true;
  }

  accept(): void {
    this.#handlers.onOpen();
  }

  tell(...messages: readonly object[]): void {
    for (const message of messages) this.tellText(JSON.stringify(message));
  }

  tellText(text: string): void {
    this.#handlers.onMessage(readServerMessage(text).message);
  }

  /** Ends it as a broken network does. */
  lose(error?: unknown): void {
    this.#handlers.onClose(error);
  }

  /** What the client has sent of these types since it was asked last. */
  took(...types: readonly string[]): Sent[] {
    const taken = this.#sent.filter(({ type }) => types.includes(type));
    this.#sent = this.#sent.filter((message) => !taken.includes(message));
    return taken;
  }
}
