import {
  checkDeadline,
  checkTimeout,
  type WaitOptions,
} from "../internal/wait_options.ts";
import { listenTcp } from "../tcp/listen_tcp.ts";
import { checkCount } from "../tcp/stream_listener.ts";
import type { TcpListener } from "../tcp/tcp_listener.ts";
import { ChatHub } from "./_chat_hub.ts";
import { cleanText } from "./_clean_text.ts";
import { DEFAULTS } from "./_defaults.ts";
import { LineUser, type LineUserLimits } from "./_line_user.ts";
import { ChatRoom } from "./chat_room.ts";
import type { ChatServer } from "./chat_server.ts";
import { InProcessRelay } from "./relay.ts";
import type { ChatServerOptions } from "./serve_chat.ts";

/** The most characters of a server's name. */
const MAX_NAME_LENGTH = 64;

/** Runs a chat: listens, and gives each connection to the hub as a user. */
export class RunningChatServer implements ChatServer {
  readonly #hub: ChatHub;
  readonly #listener: TcpListener;
  readonly #limits: LineUserLimits;
  readonly #drainTimeout: number;
  readonly #onError: (error: unknown) => void;
  readonly room: ChatRoom;
  readonly finished: Promise<void>;

  constructor(options: ChatServerOptions) {
    this.#limits = {
      maxLineLength: checkBytes("maxLineLength", options),
      maxQueuedBytes: checkBytes("maxQueuedBytes", options),
    };
    this.#drainTimeout = checkTimeout(
      options.drainTimeout ?? DEFAULTS.drainTimeout,
      "drainTimeout",
    );
    this.#onError = guard(options.onError ?? (() => {}));
    this.room = makeRoom(options);
    this.#listener = listen(options);
    try {
      this.#hub = new ChatHub(this.room, {
        relay: options.relay ?? new InProcessRelay(),
        origin: options.name,
        drainTimeout: this.#drainTimeout,
        onError: this.#onError,
      });
    } catch (error) {
      this.#listener.close();
      throw error;
    }
    this.finished = this.#serve();
    if (options.signal !== undefined) this.#stopOn(options.signal);
  }

  get addr(): Deno.NetAddr {
    return this.tcpAddr;
  }

  get tcpAddr(): Deno.NetAddr {
    return this.#listener.addr;
  }

  get connectionCount(): number {
    return this.#listener.connectionCount;
  }

  get droppedCount(): number {
    return this.#listener.droppedCount;
  }

  async shutdown(wait: WaitOptions = {}): Promise<number> {
    const timeout = checkTimeout(wait.timeout ?? this.#drainTimeout);
    checkDeadline(wait.deadline);
    this.#listener.close();
    this.#hub.shutdown();
    const cut = await this.#listener.shutdown({ ...wait, timeout });
    await this.finished;
    return cut;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #serve(): Promise<void> {
    try {
      await this.#listener.serve((conn) => {
        if (this.#hub.isStopping) return;
        return new LineUser(conn, this.#hub, this.#limits).run();
      }, { onError: this.#onError });
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#hub.close();
    }
  }

  #stopOn(signal: AbortSignal): void {
    const onAbort = () => void this.shutdown();
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort);
    this.finished.then(() => signal.removeEventListener("abort", onAbort));
  }
}

function makeRoom({ name, reservedNicknames }: ChatServerOptions): ChatRoom {
  return new ChatRoom({
    server: name === undefined ? undefined : checkName(name),
    reservedNicknames,
  });
}

function listen(options: ChatServerOptions): TcpListener {
  const { tcp = {}, maxConnections = DEFAULTS.maxConnections } = options;
  const { hostname = DEFAULTS.hostname, port = DEFAULTS.port } = tcp;
  checkCount("maxConnections", maxConnections);
  return listenTcp({ hostname, port }, { maxConnections, keepAlive: true });
}

function checkName(name: string): string {
  const isLine = name.trim() !== "" && cleanText(name) === name;
  if (!isLine || [...name].length > MAX_NAME_LENGTH) {
    throw new SyntaxError(
      `Cannot use name "${name}": expected one line of 1 to ${MAX_NAME_LENGTH} characters`,
    );
  }
  return name;
}

function checkBytes(
  name: "maxLineLength" | "maxQueuedBytes",
  options: ChatServerOptions,
): number {
  const bytes = options[name] ?? DEFAULTS[name];
  if (!Number.isSafeInteger(bytes) || bytes < 1) {
    throw new RangeError(
      `Cannot use ${name} ${bytes}: expected a positive integer`,
    );
  }
  return bytes;
}

/** Keeps the program's own faults from where they would do harm. */
function guard(onError: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    try {
      onError(error);
    } catch (fault) {
      reportError(fault);
    }
  };
}
