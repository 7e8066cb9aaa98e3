import { delay } from "jsr:@std/async@^1.5.0/delay";
import { retry } from "jsr:@std/async@^1.5.0/retry";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { limited } from "../../internal/wait/limited.ts";
import {
  checkDeadline,
  checkWait,
  hasLimits,
  toMonotonic,
  type WaitOptions,
} from "../../internal/wait/wait_options.ts";
import { HandshakeError } from "../../websocket/handshake_error.ts";
import type { ChatAddress } from "./_chat_address.ts";
import type {
  ClientSession,
  SessionAnswer,
  SessionRequest,
} from "./_client_session.ts";
import { type ClientTransport, openTransport } from "./_client_transport.ts";
import { EventQueue } from "./_event_queue.ts";
import { SendPace } from "./_send_pace.ts";
import type {
  ChatClientEvent,
  ChatClientState,
} from "./chat_client_message.ts";
import type { ChatClientOptions } from "./chat_client_options.ts";

/** The most events that wait for the loop over them. */
const MAX_EVENTS = 1024;
/** The most requests that wait for their answer. */
const MAX_PENDING = 1024;
/** The longest delay a timer takes; a longer one is no limit in practice. */
const MAX_DELAY = 2 ** 31 - 1;
/** A connection that lasts so long was no failure of the one before. */
const STABLE_TIME = 10_000;
/** Why a server ends a connection that may be tried again. */
const PASSING_REASONS: ReadonlySet<string> = new Set([
  ...["shutdown", "slow", "lost", "closed", "full"],
]);

/** A connection on which the server has let the user in. */
interface Link {
  readonly transport: ClientTransport;
  /** When, by the monotonic clock. */
  readonly since: number;
}

/**
 * The life of a client: one session over as many connections as it takes. It
 * reads and writes what the session says, and connects again.
 */
export class ClientLife {
  readonly #address: ChatAddress;
  readonly #options: ChatClientOptions;
  readonly #session: ClientSession;
  readonly #events = new EventQueue<ChatClientEvent>(MAX_EVENTS);
  readonly #abort = new AbortController();
  readonly #finished = Promise.withResolvers<void>();
  /** Resolves when the user is in the rooms, or could not be for the time being. */
  readonly #entered = Promise.withResolvers<void>();
  readonly #pace: SendPace;
  #transport: ClientTransport | undefined;
  #state: ChatClientState = "idle";
  #error: unknown;
  #goodbye: string | undefined;
  #isQuitting = false;
  #onSignal: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    address: ChatAddress,
    session: ClientSession,
    options: ChatClientOptions,
  ) {
    this.#address = address;
    this.#session = session;
    this.#options = options;
    this.#pace = new SendPace(options.burst ?? 4, options.rate ?? 1.8);
  }

  get state(): ChatClientState {
    return this.#state;
  }

  /** What happens, in order. */
  get events(): EventQueue<ChatClientEvent> {
    return this.#events;
  }

  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** Opens the first connection. */
  async connect(wait: WaitOptions): Promise<void> {
    checkWait(wait);
    if (this.#state === "closed") throw this.#closedError();
    if (this.#state !== "idle") {
      throw new Deno.errors.Busy(
        `Cannot connect to ${this.#address.name}: the client has been connected before`,
      );
    }
    this.#watchSignal();
    await this.#tell("connecting");
    try {
      await limited(
        `Cannot connect to ${this.#address.name}`,
        wait,
        async (signal) => {
          void this.#keep(await this.#attempt(signal));
          await this.#entered.promise;
          if (this.#isClosed) throw this.#closedError();
        },
        noop,
      );
    } catch (error) {
      const reason = this.#isClosed
        ? this.#error ?? this.#closedError()
        : error;
      this.#finish(reason);
      throw reason;
    }
  }

  /** Leaves behind all requests; tells whether the server said goodbye. */
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
    const timer = delay > MAX_DELAY ? undefined : setTimeout(cut, delay);
    signal?.addEventListener("abort", cut);
    this.#session.submit({ type: "quit" }).catch(noop);
    this.#flush();
    if (this.#transport === undefined) this.close();
    await this.#finished.promise.catch(noop);
    clearTimeout(timer);
    signal?.removeEventListener("abort", cut);
    return this.#goodbye === "quit";
  }

  /** Cuts the connection, and ends all. */
  close(): void {
    this.#finish(undefined);
  }

  /** Asks for something within limits, unless too much waits. */
  async submit(
    request: SessionRequest,
    wait: WaitOptions = {},
  ): Promise<SessionAnswer> {
    checkWait(wait);
    if (!hasLimits(wait)) return await this.#submit(request);
    return await limited(
      `Cannot do "${request.type}"`,
      wait,
      (signal) => this.#submit(request, signal),
      noop,
    );
  }

  #submit(
    request: SessionRequest,
    signal?: AbortSignal,
  ): Promise<SessionAnswer> {
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
    const answer = this.#session.submit(request, signal);
    this.#flush();
    return answer;
  }

  get #isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Sends what may go out now, no faster than the server likes. */
  #flush(): void {
    clearTimeout(this.#timer);
    const transport = this.#transport;
    if (transport === undefined) return;
    for (
      let { next } = this.#session;
      next !== undefined;
      next = this.#session.next
    ) {
      const now = performance.now();
      const wait = next.type === "quit" ? 0 : this.#pace.delay(now);
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#flush(), wait);
        break;
      }
      this.#pace.take(now);
      this.#session.sendNext();
    }
    for (const message of this.#session.takeOutgoing()) {
      // That it failed is told by the reading side.
      transport.send(message).catch(noop);
    }
  }

  /** Opens a connection, up to where the server lets the user in. */
  async #attempt(signal: AbortSignal): Promise<Link> {
    const both = AbortSignal.any([signal, this.#abort.signal]);
    const timeout = this.#options.connectTimeout ?? 10_000;
    return await limited(
      `Cannot connect to ${this.#address.name}`,
      { timeout, signal: both },
      (signal) => this.#open(timeout, signal),
      ({ transport }) => transport.cut(),
    );
  }

  async #open(timeout: number, signal: AbortSignal): Promise<Link> {
    const { caCerts, pingInterval = 20_000 } = this.#options;
    const transport = await openTransport(this.#address, {
      timeout,
      signal,
      pingInterval,
      caCerts,
    });
    const cut = () => transport.cut();
    signal.addEventListener("abort", cut);
    try {
      signal.throwIfAborted();
      this.#goodbye = undefined;
      this.#transport = transport;
      this.#session.open();
      this.#flush();
      await this.#tell("open");
      while (!this.#session.isSettled) {
        if (await this.#step(transport)) continue;
        throw this.#endedError();
      }
      return { transport, since: performance.now() };
    } catch (error) {
      transport.cut();
      this.#lose();
      throw error;
    } finally {
      signal.removeEventListener("abort", cut);
    }
  }

  /** Reads one message; `false` at the end. */
  async #step(transport: ClientTransport): Promise<boolean> {
    const message = await transport.read();
    if (message === null) return false;
    for (const event of this.#session.receive(message)) {
      if (event.type === "goodbye") this.#goodbye = event.reason;
      if (event.type === "warning") this.#pace.slowDown(performance.now());
      await this.#events.put(event);
    }
    this.#flush();
    this.#noteEntered();
    return true;
  }

  #noteEntered(): void {
    const { isSettled, isEntering } = this.#session;
    if (isSettled && !isEntering) this.#entered.resolve();
  }

  /** Goes on with connection after connection, until it is over. */
  async #keep(first: Link): Promise<void> {
    let link: Link | undefined = first;
    try {
      while (link !== undefined) {
        const error = await this.#follow(link.transport);
        if (this.#isClosed) return;
        link = await this.#replace(link, error);
      }
    } catch (error) {
      this.#finish(error);
    }
  }

  /** Reads a connection to its end, and returns why it has ended. */
  async #follow(transport: ClientTransport): Promise<unknown> {
    try {
      while (await this.#step(transport));
      return this.#endedError();
    } catch (error) {
      return error;
    } finally {
      this.#lose();
      await transport.end(this.#goodbye === undefined ? 0 : 1000).catch(noop);
    }
  }

  async #replace(last: Link, error: unknown): Promise<Link | undefined> {
    const { reconnect = true, minDelay = 1000 } = this.#options;
    if (this.#isQuitting) {
      this.#finish(undefined);
      return undefined;
    }
    const isPassing = this.#goodbye === undefined ||
      PASSING_REASONS.has(this.#goodbye);
    if (!reconnect || !isPassing) throw error;
    await this.#tell("waiting", error);
    const { signal } = this.#abort;
    const isStable = performance.now() - last.since > STABLE_TIME;
    // A server that cuts every connection at once is no reason for a storm.
    if (!isStable) await delay(minDelay * (1 - Math.random() / 2), { signal });
    return await retry(async () => {
      await this.#tell("connecting");
      try {
        return await this.#attempt(signal);
      } catch (error) {
        if (!signal.aborted) await this.#tell("waiting", error);
        throw error;
      }
    }, {
      minTimeout: minDelay,
      maxTimeout: Math.max(minDelay, this.#options.maxDelay ?? 30_000),
      maxAttempts: Math.min(
        this.#options.maxAttempts ?? Infinity,
        Number.MAX_SAFE_INTEGER,
      ),
      jitter: 0.5,
      isRetriable: (error) => !signal.aborted && this.#isPassing(error),
      signal,
    });
  }

  #isPassing(error: unknown): boolean {
    if (this.#goodbye !== undefined) return PASSING_REASONS.has(this.#goodbye);
    if (!(error instanceof HandshakeError)) {
      return !(error instanceof Deno.errors.NotCapable);
    }
    const { status = 0 } = error;
    return status < 400 || status >= 500 || status === 408 || status === 429;
  }

  #lose(): void {
    clearTimeout(this.#timer);
    this.#transport = undefined;
    this.#session.lose();
    // The next connection goes on with it, whoever waits for the first.
    this.#entered.resolve();
  }

  #tell(state: ChatClientState, error?: unknown): Promise<void> | undefined {
    if (this.#isClosed) return undefined;
    this.#state = state;
    return this.#events.put({
      type: "state",
      state,
      ...(error === undefined ? {} : { error }),
    });
  }

  #finish(error: unknown): void {
    if (this.#isClosed) return;
    void this.#tell("closed", error);
    this.#error = error;
    const { signal } = this.#options;
    if (this.#onSignal) signal?.removeEventListener("abort", this.#onSignal);
    this.#abort.abort(this.#closedError());
    this.#transport?.cut();
    this.#lose();
    this.#session.fail(this.#closedError());
    this.#events.end();
    if (error === undefined) return this.#finished.resolve();
    this.#finished.promise.catch(noop);
    this.#finished.reject(error);
  }

  #watchSignal(): void {
    const { signal } = this.#options;
    if (signal === undefined) return;
    this.#onSignal = () => this.#finish(signal.reason);
    if (signal.aborted) this.#onSignal();
    else signal.addEventListener("abort", this.#onSignal);
  }

  #endedError(): Error {
    const why = this.#goodbye === undefined
      ? "the connection was lost"
      : `the server has ended it (${this.#goodbye})`;
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
