import { checkWait, type WaitOptions } from "../../internal/wait_options.ts";
import { callHandler } from "../_handlers.ts";
import { printError } from "../../internal/print_error.ts";
import { ChatHub } from "./_chat_hub.ts";
import { Front } from "./frontends/_frontend.ts";
import { LineDesk } from "./frontends/_line_frontend.ts";
import { Monitor } from "./monitoring/_monitor.ts";
import { Reception } from "./admission/_admission.ts";
import { readSettings, type ServerSettings } from "./_server_settings.ts";
import { WebDesk } from "./frontends/_web_frontend.ts";
import { ChatRoom } from "../room/chat_room.ts";
import type { ChatServer } from "./chat_server.ts";
import type { ChatStats } from "./chat_stats.ts";
import { InProcessRelay } from "../room/relay.ts";
import type { ChatServerOptions } from "./serve_chat.ts";

/** Why somebody is turned away because of too many others. */
const TOO_MANY = ["full", "too-many-connections", "too-many-attempts"];

/** Runs a chat: listens on its sides, and gives each connection to its desk. */
export class RunningChatServer implements ChatServer {
  readonly #settings: ServerSettings;
  readonly #monitor: Monitor;
  readonly #reception: Reception;
  readonly #hub: ChatHub;
  readonly #web: WebDesk;
  readonly #tcp: Front | undefined;
  readonly #http: Front | undefined;
  readonly #onError: (error: unknown) => void;
  readonly room: ChatRoom;
  readonly finished: Promise<void>;

  constructor(options: ChatServerOptions) {
    const settings = readSettings(options);
    this.#settings = settings;
    this.#monitor = new Monitor(options.onEvent);
    this.#onError = (error) => {
      this.#monitor.tell({ type: "error", error });
      if (options.onError !== undefined) {
        callHandler("onError of serveChat()", options.onError, error);
      }
    };
    const onFault = (error: unknown) => {
      this.#onError(error);
      if (options.onError === undefined && !this.#monitor.isWatched) {
        printError("Uncaught error in the relay of serveChat()", error);
      }
    };
    this.room = new ChatRoom(settings.room);
    this.#hub = new ChatHub(this.room, {
      relay: options.relay ?? new InProcessRelay(),
      origin: options.name,
      drainTimeout: settings.drainTimeout,
      nicknameTimeout: settings.nicknameTimeout,
      maxLineLength: settings.maxLineLength,
      monitor: this.#monitor,
      onError: onFault,
    });
    this.#reception = new Reception(settings, this.#monitor, this.#hub);
    this.#web = new WebDesk(this.#hub, this.#reception, settings);
    try {
      const { tcp, http } = settings;
      const lines = new LineDesk(this.#hub, settings);
      this.#tcp = tcp && new Front(tcp, this.#reception, lines);
      this.#http = http && new Front(http, this.#reception, this.#web);
    } catch (error) {
      this.#tcp?.close();
      this.#hub.close();
      throw error;
    }
    this.finished = this.#serve();
    if (options.signal !== undefined) this.#stopOn(options.signal);
  }

  get addr(): Deno.NetAddr {
    return this.#tcp === undefined ? this.httpAddr : this.tcpAddr;
  }

  get tcpAddr(): Deno.NetAddr {
    return addrOf(this.#tcp, "lines over TCP");
  }

  get httpAddr(): Deno.NetAddr {
    return addrOf(this.#http, "HTTP");
  }

  get connectionCount(): number {
    return sum(this.#fronts.map((front) => front.connectionCount));
  }

  get droppedCount(): number {
    const refused = this.#monitor.refused.toRecord();
    return sum(TOO_MANY.map((reason) => refused[reason] ?? 0));
  }

  get stats(): ChatStats {
    const connections = this.#fronts.flatMap((front) => [...front.connections]);
    const websocket = this.#web.openCount;
    const http = this.#http?.connectionCount ?? 0;
    return {
      uptime: this.#monitor.uptime,
      connections: {
        tcp: this.#tcp?.connectionCount ?? 0,
        websocket,
        http: http - websocket,
      },
      accepted: this.#monitor.accepted,
      refused: this.#monitor.refused.toRecord(),
      users: this.room.online,
      rooms: this.room.roomCount,
      messages: this.#monitor.messages.toRecord(),
      deliveries: this.#monitor.deliveries,
      left: this.#monitor.left.toRecord(),
      errors: this.#monitor.errors.toRecord(),
      bytesReceived: this.#reception.bytesReceived +
        sum(connections.map((conn) => conn.bytesRead)),
      bytesSent: this.#reception.bytesSent +
        sum(connections.map((conn) => conn.bytesWritten)),
      queuedBytes: this.#hub.queuedBytes,
    };
  }

  notify(text: string): void {
    this.#hub.notify(text);
  }

  async shutdown(wait: WaitOptions = {}): Promise<number> {
    checkWait(wait);
    const { timeout = this.#settings.drainTimeout } = wait;
    for (const front of this.#fronts) front.close();
    this.#hub.shutdown();
    this.#web.stop();
    const cut = await Promise.all(
      this.#fronts.map((front) => front.shutdown({ ...wait, timeout })),
    );
    await this.finished;
    return sum(cut);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  get #fronts(): Front[] {
    return [this.#tcp, this.#http].filter((front) => front !== undefined);
  }

  async #serve(): Promise<void> {
    this.#monitor.tell({
      type: "start",
      tcp: this.#tcp?.addr,
      http: this.#http?.addr,
    });
    await Promise.all(this.#fronts.map(async (front) => {
      try {
        await front.serve(this.#onError);
      } catch (error) {
        this.#onError(error);
      }
    }));
    this.#hub.close();
    this.#monitor.tell({ type: "stop" });
  }

  #stopOn(signal: AbortSignal): void {
    const onAbort = () => void this.shutdown();
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort);
    this.finished.then(() => signal.removeEventListener("abort", onAbort));
  }
}

function addrOf(front: Front | undefined, side: string): Deno.NetAddr {
  if (front !== undefined) return front.addr;
  throw new TypeError(
    `Cannot tell the address for ${side}: the server has none`,
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
