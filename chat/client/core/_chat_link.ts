import { RetryPolicy } from "../../../internal/reconnect/retry_policy.ts";
import type {
  ChatClientMessage,
  ChatRequest,
  ChatServerMessage,
} from "../chat_client_message.ts";
import type { ChatSession } from "./_chat_session.ts";
import type { SendPace } from "./_send_pace.ts";

/** Milliseconds in the chat after which a connection is stable. */
const STABLE_TIME = 10_000;
/** Milliseconds until a request is sent again that the server could not take. */
const POSTPONEMENT = 3_000;

/** Milliseconds between two looks at how long the server has been silent. */
const CHECK_INTERVAL = 2_000;

/** Cancels a scheduled call; does nothing afterwards. */
type Cancel = () => void;

/** A connection to the server. */
export interface Socket {
  /** Sends a message, in the order of the calls. */
  send(message: ChatRequest): void;
  /** Cuts the connection. */
  close(): void;
}

/** The callbacks of a connection, never called before `open()` has returned. */
export interface SocketHandlers {
  onOpen(): void;
  /**
   * Takes a message; `undefined` stands for one of a type that is not known. The
   * promise, if there is one, settles when the next may come.
   */
  onMessage(message: ChatServerMessage | undefined): Promise<void> | undefined;
  /** The last call; without an error if the server has ended it. */
  onClose(error?: unknown): void;
}

/** The functions of the platform that a link needs. */
export interface LinkSystem {
  open(handlers: SocketHandlers): Socket;
  /** Milliseconds since some time. */
  now(): number;
  /** A number from 0 up to 1. */
  random(): number;
  /** Calls a function after some milliseconds. */
  schedule(act: () => void, delay: number): Cancel;
}

/** When a link reconnects, and when it gives up a connection. */
export interface LinkTimes {
  /**
   * The most milliseconds before the first attempt to connect again, which double
   * from one to the next, and before any.
   */
  readonly minDelay: number;
  readonly maxDelay: number;
  /** The most attempts without a stable connection. */
  readonly maxAttempts: number;
  /** Milliseconds that an attempt may take until the session is settled. */
  readonly openTimeout: number;
  /** Milliseconds of silence after which the server is pinged. */
  readonly quietTime: number;
  /** Milliseconds that it has to answer. */
  readonly pongTimeout: number;
}

/** How far a link has come. */
export type LinkStatus =
  | {
    /** On its way; open, to the server's port; online, in the chat. */
    readonly name: "connecting" | "open" | "online";
    /** Whether there was an attempt before. */
    readonly isAgain: boolean;
  }
  | {
    readonly name: "waiting";
    /** When the next attempt is, by `now()`. */
    readonly until: number;
  }
  | { readonly name: "stopped" };

/** The callbacks of a link. */
export interface LinkListener {
  /** The promise, if there is one, settles when more may come. */
  onEvent(event: ChatClientMessage): Promise<void> | void;
  /** Requests may have been sent or answered. */
  onChange(): void;
  onStatus(status: LinkStatus): void;
  /**
   * A connection has ended, or could not be made.
   *
   * @returns Whether to connect again.
   */
  onLost(error: unknown): boolean;
}

/**
 * Keeps a session connected: connects, sends the messages of the session at the
 * rate that the server accepts, and reconnects with growing delays. It has no I/O
 * of its own.
 */
export class ChatLink {
  readonly #target: string;
  readonly #session: ChatSession;
  readonly #system: LinkSystem;
  readonly #times: LinkTimes;
  readonly #pace: SendPace;
  readonly #listener: LinkListener;
  #socket: Socket | undefined;
  #status: LinkStatus = { name: "stopped" };
  /** Cancels the end of an attempt, or of the wait for one. */
  #cancelAttempt: Cancel | undefined;
  #cancelFlush: Cancel | undefined;
  /** When the server could not take a request. */
  #postponedAt: number | undefined;
  #cancelCheck: Cancel | undefined;
  /** When to connect again; undefined before the first attempt. */
  #policy: RetryPolicy | undefined;
  #isAgain = false;
  #settledAt: number | undefined;
  #heardAt = 0;
  #pingedAt: number | undefined;

  constructor(
    session: ChatSession,
    options: {
      /** The server's name in errors. */
      readonly target: string;
      readonly system: LinkSystem;
      readonly times: LinkTimes;
      readonly pace: SendPace;
      readonly listener: LinkListener;
    },
  ) {
    this.#target = options.target;
    this.#session = session;
    this.#system = options.system;
    this.#times = options.times;
    this.#pace = options.pace;
    this.#listener = options.listener;
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** Whether there is a connection, which may not be in the chat yet. */
  get isOpen(): boolean {
    return this.#status.name === "open" || this.#status.name === "online";
  }

  /** Connects, if there is no connection. */
  start(): void {
    if (this.#socket !== undefined) return;
    this.#cancelAttempt?.();
    this.#policy ??= this.#makePolicy();
    this.#setStatus({ name: "connecting", isAgain: this.#isAgain });
    const socket = this.#system.open({
      onOpen: () => {
        if (this.#socket === socket) this.#opened();
      },
      onMessage: (message) =>
        this.#socket === socket ? this.#take(message) : undefined,
      onClose: (error) => {
        if (this.#socket === socket) this.#lose(error);
      },
    });
    this.#socket = socket;
    const { openTimeout } = this.#times;
    if (openTimeout === Infinity) return;
    this.#cancelAttempt = this.#system.schedule(() => {
      this.#lose(this.#timeoutError("Cannot connect to"));
    }, openTimeout);
  }

  /** Cuts the connection, and makes no other one. */
  stop(): void {
    this.#drop();
    this.#policy = undefined;
    this.#isAgain = false;
    if (this.#status.name === "stopped") return;
    this.#setStatus({ name: "stopped" });
  }

  /** Ends the connection as if it were lost. */
  giveUp(): void {
    if (this.#socket !== undefined) this.#lose(undefined);
  }

  /** Connects now instead of at the end of the delay. */
  retryNow(): void {
    if (this.#status.name === "waiting") this.start();
  }

  /** Checks whether the connection is alive, such as after a network change. */
  probe(): void {
    if (!this.isOpen || this.#pingedAt !== undefined) return;
    this.#pingedAt = this.#system.now();
    this.#socket?.send({ type: "ping" });
  }

  /** Sends the messages of the session, within the rate. */
  flush(): void {
    this.#cancelFlush?.();
    if (!this.isOpen) return;
    const postponed = this.#postponement();
    if (postponed > 0) {
      this.#cancelFlush = this.#system.schedule(() => this.flush(), postponed);
      return this.#sendAll();
    }
    for (
      let { next } = this.#session;
      next !== undefined;
      next = this.#session.next
    ) {
      const now = this.#system.now();
      const wait = next.type === "quit" ? 0 : this.#pace.delay(now);
      if (wait > 0) {
        this.#cancelFlush = this.#system.schedule(() => this.flush(), wait);
        break;
      }
      this.#pace.take(now);
      this.#session.sendNext();
    }
    this.#sendAll();
  }

  /** How long no request is sent, as the server could not take one. */
  #postponement(): number {
    if (!this.#session.isPostponing) return 0;
    const now = this.#system.now();
    const since = this.#postponedAt ??= now;
    const left = since + POSTPONEMENT - now;
    if (left > 0) return left;
    this.#postponedAt = undefined;
    this.#session.isPostponing = false;
    return 0;
  }

  #sendAll(): void {
    for (const message of this.#session.takeOutgoing()) {
      this.#socket?.send(message);
    }
    this.#listener.onChange();
  }

  #opened(): void {
    this.#heard();
    if (this.#times.quietTime !== Infinity) this.#check();
    this.#setStatus({ name: "open", isAgain: this.#isAgain });
    this.#session.open();
    this.flush();
  }

  /** Handles a message; the promise, if there is one, delays the next one. */
  #take(message: ChatServerMessage | undefined): Promise<void> | undefined {
    this.#heard();
    if (message === undefined) return undefined;
    let pause: Promise<void> | undefined;
    for (const event of this.#session.receive(message)) {
      if (event.type === "warning") this.#pace.slowDown(this.#system.now());
      pause = this.#listener.onEvent(event) || pause;
    }
    if (this.#session.isSettled && this.#settledAt === undefined) {
      this.#settledAt = this.#system.now();
      this.#cancelAttempt?.();
    }
    if (this.#session.isWelcome && this.#status.name === "open") {
      this.#setStatus({ name: "online", isAgain: this.#isAgain });
    }
    this.flush();
    return pause;
  }

  #heard(): void {
    this.#heardAt = this.#system.now();
    this.#pingedAt = undefined;
  }

  #check(): void {
    const now = this.#system.now();
    const { quietTime, pongTimeout } = this.#times;
    if (this.#pingedAt === undefined) {
      if (now - this.#heardAt >= quietTime) this.probe();
    } else if (now - this.#pingedAt >= pongTimeout) {
      return this.#lose(this.#timeoutError("Cannot go on with"));
    }
    this.#cancelCheck = this.#system.schedule(
      () => this.#check(),
      CHECK_INTERVAL,
    );
  }

  #lose(error: unknown): void {
    const now = this.#system.now();
    const upTime = now - (this.#settledAt ?? Infinity);
    this.#drop();
    const pause = this.#listener.onLost(error)
      ? this.#policy?.next(upTime, now).delay
      : undefined;
    if (pause === undefined) return this.stop();
    const delay = Math.max(this.#session.retryDelay, pause);
    this.#isAgain = true;
    this.#cancelAttempt = this.#system.schedule(() => this.start(), delay);
    this.#setStatus({ name: "waiting", until: now + delay });
  }

  /** The same decisions as those of `reconnecting()`. */
  #makePolicy(): RetryPolicy {
    const { minDelay: initialDelay, maxDelay, maxAttempts } = this.#times;
    return new RetryPolicy(
      {
        ...{ initialDelay, maxDelay, maxAttempts },
        ...{ factor: 2, resetAfter: STABLE_TIME },
      },
      this.#system.now(),
      () => this.#system.random(),
    );
  }

  #drop(): void {
    const socket = this.#socket;
    this.#cancelAttempt?.();
    this.#cancelFlush?.();
    this.#cancelCheck?.();
    this.#settledAt = undefined;
    this.#pingedAt = undefined;
    if (socket === undefined) return;
    this.#socket = undefined;
    this.#session.lose();
    socket.close();
    this.#listener.onChange();
  }

  #timeoutError(what: string): DOMException {
    return new DOMException(
      `${what} ${this.#target}: no answer in time`,
      "TimeoutError",
    );
  }

  #setStatus(status: LinkStatus): void {
    this.#status = status;
    this.#listener.onStatus(status);
  }
}
