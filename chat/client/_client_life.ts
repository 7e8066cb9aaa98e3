import { ClosedError } from "../../internal/errors/closed_error.ts";
import { limited } from "../../internal/wait/limited.ts";
import { MAX_DELAY } from "../../internal/wait/max_delay.ts";
import { checkWait } from "../../internal/check_options.ts";
import {
  checkDeadline,
  hasLimits,
  toMonotonic,
  type WaitOptions,
} from "../../internal/wait/wait_options.ts";
import { HandshakeError } from "../../websocket/handshake_error.ts";
import type { ClientMessage } from "../protocol/_client_messages.ts";
import type { ChatAddress } from "./_chat_address.ts";
import { notJsonError } from "./_chat_transport.ts";
import { type ClientSocket, openSocket } from "./_client_socket.ts";
import { EventQueue } from "./_event_queue.ts";
import type {
  ChatClientEvent,
  ChatClientState,
} from "./chat_client_message.ts";
import type { ChatClientOptions } from "./chat_client_options.ts";
import { ChatRequestError } from "./chat_request_error.ts";
import {
  ChatLink,
  type LinkListener,
  type LinkStatus,
} from "./core/_chat_link.ts";
import type { ChatSession } from "./core/_chat_session.ts";
import type { Answer, Refusal } from "./core/_pending_request.ts";
import { SendPace } from "./core/_send_pace.ts";

/** The most events that wait for the loop over them. */
const MAX_EVENTS = 1024;
/** The most requests that wait for their answer. */
const MAX_PENDING = 1024;
/** The code of requests that `close()` cancels. */
const CLOSED = "closed";

/**
 * The life of a client: the queue of its events, its requests as promises, and
 * its state, from the first connection to the last.
 */
export class ClientLife implements LinkListener {
  readonly #address: ChatAddress;
  readonly #options: ChatClientOptions;
  readonly #session: ChatSession;
  readonly #link: ChatLink;
  readonly #events = new EventQueue<ChatClientEvent>(MAX_EVENTS);
  readonly #finished = Promise.withResolvers<void>();
  /** Settles when the user is in the rooms, or the connection is lost. */
  readonly #entered = Promise.withResolvers<void>();
  #socket: ClientSocket | undefined;
  #state: ChatClientState = "idle";
  /** Why the last connection has ended, and the client. */
  #lostError: unknown;
  #error: unknown;
  #hasSettled = false;
  #isQuitting = false;

  constructor(
    address: ChatAddress,
    session: ChatSession,
    options: ChatClientOptions,
  ) {
    const { connectTimeout = 10_000, minDelay = 1000 } = options;
    const { caCerts, pingInterval = 20_000 } = options;
    this.#address = address;
    this.#session = session;
    this.#options = options;
    this.#finished.promise.catch(noop);
    this.#entered.promise.catch(noop);
    this.#link = new ChatLink(session, {
      target: address.name,
      system: {
        open: (handlers) =>
          this.#socket = openSocket(
            address,
            { timeout: connectTimeout, pingInterval, caCerts },
            handlers,
          ),
        now: () => performance.now(),
        random: Math.random,
        schedule: (act, delay) => {
          const timer = setTimeout(act, Math.min(delay, MAX_DELAY));
          return () => clearTimeout(timer);
        },
      },
      times: {
        minDelay,
        maxDelay: Math.max(minDelay, options.maxDelay ?? 30_000),
        maxAttempts: options.maxAttempts ?? Infinity,
        openTimeout: connectTimeout,
        // WebSockets have pings of their own.
        quietTime: Infinity,
        pongTimeout: Infinity,
      },
      pace: new SendPace(options.burst ?? 4, options.rate ?? 1.8),
      listener: this,
    });
  }

  get state(): ChatClientState {
    return this.#state;
  }

  /** The events, in order. */
  get events(): EventQueue<ChatClientEvent> {
    return this.#events;
  }

  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** Opens the first connection. */
  async connect(wait: WaitOptions): Promise<void> {
    checkWait(wait);
    if (this.#isClosed) throw this.#closedError();
    const what = `Cannot connect to ${this.#address.name}`;
    if (this.#state !== "idle") {
      throw new Deno.errors.Busy(
        `${what}: the client has been connected before`,
      );
    }
    this.#watchSignal();
    try {
      await limited(what, wait, () => {
        if (!this.#isClosed) this.#link.start();
        return this.#entered.promise;
      }, noop);
    } catch (error) {
      this.#finish(error);
      throw error;
    }
  }

  /** Leaves after all requests; returns whether the server sent its goodbye. */
  async quit(wait: WaitOptions): Promise<boolean> {
    checkWait(wait);
    const { signal, timeout = Infinity } = wait;
    const end = toMonotonic(checkDeadline(wait.deadline));
    const delay = Math.min(timeout, end - performance.now());
    const isOver = signal?.aborted || delay < 0;
    if (this.#state === "idle" || this.#isClosed || isOver) {
      this.close();
      return false;
    }
    this.#isQuitting = true;
    const cut = () => this.close();
    // A longer one is no limit in practice.
    const timer = delay > MAX_DELAY ? undefined : setTimeout(cut, delay);
    signal?.addEventListener("abort", cut);
    this.#session.submit({ type: "quit" });
    this.#link.flush();
    if (this.#state !== "open") this.close();
    await this.#finished.promise.catch(noop);
    clearTimeout(timer);
    signal?.removeEventListener("abort", cut);
    return this.#session.goodbye === "quit";
  }

  /** Cuts the connection, and ends all. */
  close(): void {
    this.#finish(undefined);
  }

  /** Sends a request within limits, unless too many are pending. */
  async submit(
    request: ClientMessage,
    wait: WaitOptions = {},
  ): Promise<Answer> {
    checkWait(wait);
    if (!hasLimits(wait)) return await this.#submit(request);
    return await limited(
      `Cannot do "${request.type}"`,
      wait,
      (signal) => this.#submit(request, signal),
      noop,
    );
  }

  onEvent(event: ChatClientEvent): Promise<void> | undefined {
    if (event.type === "error" && this.#session.refusal !== undefined) {
      // The server would wait for another `hello` only so long.
      this.#link.giveUp();
      return undefined;
    }
    return this.#events.put(event);
  }

  onChange(): void {
    if (!this.#session.isSettled) return;
    this.#hasSettled = true;
    if (!this.#session.isEntering) this.#entered.resolve();
  }

  onLost(error: unknown): boolean {
    // Joining the rooms continues on the next connection.
    if (this.#hasSettled) this.#entered.resolve();
    this.#lostError = this.#toLostError(error);
    // The user may have quit on another device.
    if (this.#isQuitting || this.#session.goodbye === "quit") {
      this.#lostError = undefined;
      return false;
    }
    const { refusal, isOver } = this.#session;
    if (refusal !== undefined && !this.#hasSettled) return !isOver;
    const { reconnect = true } = this.#options;
    return this.#hasSettled && reconnect && this.#isPassing(error);
  }

  onStatus({ name }: LinkStatus): void {
    if (name === "online") return;
    if (name === "stopped") return this.#finish(this.#lostError);
    this.#tell(name, name === "waiting" ? this.#lostError : undefined);
  }

  #submit(request: ClientMessage, signal?: AbortSignal): Promise<Answer> {
    if (this.#isClosed || this.#isQuitting) {
      return Promise.reject(this.#closedError());
    }
    if (this.#session.pendingCount >= MAX_PENDING) {
      return Promise.reject(
        new Deno.errors.Busy(
          `Cannot do "${request.type}": ${MAX_PENDING} requests wait already`,
        ),
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const pending = this.#session.submit(request, ({ answer, refusal }) => {
      if (answer !== undefined) resolve(answer);
      else reject(this.#errorOf(request, refusal));
    });
    signal?.addEventListener("abort", () => {
      this.#session.withdraw(pending);
      reject(signal.reason);
    }, { once: true });
    this.#link.flush();
    return promise;
  }

  #errorOf({ type }: ClientMessage, { code, subject, text }: Refusal): Error {
    if (code === CLOSED) return this.#closedError();
    return new ChatRequestError(
      code === "lost"
        ? `Cannot tell what became of "${type}": ${text}`
        : `Cannot do "${type}": ${text === "" ? code : text}`,
      { code, subject },
    );
  }

  get #isClosed(): boolean {
    return this.#state === "closed";
  }

  #isPassing(error: unknown): boolean {
    const { goodbye, refusal, isOver } = this.#session;
    if (goodbye !== undefined || refusal !== undefined) return !isOver;
    if (error instanceof HandshakeError) {
      const { status = 0 } = error;
      return status < 400 || status >= 500 || status === 408 || status === 429;
    }
    return !(error instanceof Deno.errors.NotCapable) &&
      !(error instanceof ChatRequestError);
  }

  #tell(state: ChatClientState, error?: unknown): void {
    this.#state = state;
    void this.#events.put({
      type: "state",
      state,
      ...(error === undefined ? {} : { error }),
    });
  }

  #finish(error: unknown): void {
    if (this.#isClosed) return;
    this.#tell("closed", error);
    this.#error = error;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#link.stop();
    this.#session.fail(CLOSED, "the client is closed");
    this.#events.end();
    this.#entered.reject(error ?? this.#closedError());
    if (error === undefined) this.#finished.resolve();
    else this.#finished.reject(error);
  }

  #watchSignal(): void {
    const { signal } = this.#options;
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = () => this.#finish(this.#options.signal?.reason);

  /** Why a connection has ended. */
  #toLostError(error: unknown): unknown {
    const { refusal } = this.#session;
    if (refusal !== undefined) {
      const { code, text } = refusal;
      const why = text === "" ? code : text;
      return new ChatRequestError(
        `Cannot enter ${this.#address.name}: ${why}`,
        refusal,
      );
    }
    const isMute = !this.#hasSettled && this.#socket?.isText;
    if (isMute) return notJsonError(this.#address);
    if (error !== undefined) return error;
    const { goodbye } = this.#session;
    const why = goodbye === undefined
      ? "the connection was lost"
      : `the server has ended it (${goodbye})`;
    return new Deno.errors.UnexpectedEof(
      `Cannot go on with ${this.#address.name}: ${why}`,
    );
  }

  #closedError(): Error {
    return new ClosedError(`Cannot use the chat client: it is closed`, {
      cause: this.#error,
    });
  }
}

function noop(): void {}
