import { limited } from "../../internal/wait/limited.ts";
import { checkWait } from "../../internal/check_options.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { TlsCertificate } from "../../tcp/tls/tls_certificate.ts";
import { callHandler } from "../_handlers.ts";
import type { ChatRoom } from "../room/chat_room.ts";
import { RoomReplica } from "../room/_room_replica.ts";
import { readRules } from "../room/_room_rules.ts";
import { ClusterMember } from "../cluster/_cluster_member.ts";
import { CLUSTER_DEFAULTS } from "../cluster/_cluster_node.ts";
import type { ChatClusterOptions } from "../cluster/chat_cluster_options.ts";
import { ChatHub } from "./_chat_hub.ts";
import { readSettings, type ServerSettings } from "./_server_settings.ts";
import { AccessGate } from "./access/_access_gate.ts";
import { type Texts, textsFor } from "../text/_texts.ts";
import { AccessControl } from "./access/_access_control.ts";
import type { ChatAccessOptions } from "./access/chat_access_options.ts";
import { Admission } from "./admission/_admission.ts";
import type { ChatServer } from "./chat_server.ts";
import type { ChatServerOptions } from "./chat_server_options.ts";
import type { ChatStats } from "./chat_stats.ts";
import { FrontendListener } from "./frontends/_frontend_listener.ts";
import { lineFrontend } from "./frontends/_line_frontend.ts";
import { WebFrontend } from "./frontends/_web_frontend.ts";
import { describeHealth } from "./monitoring/_describe_health.ts";
import { Monitor } from "./monitoring/_monitor.ts";

const ignore = () => {};

/** The reasons of rejections that {@linkcode ChatServer.droppedCount} counts. */
const TOO_MANY = ["full", "too-many-connections", "too-many-attempts"];

/** A chat server: the room, and a listener for each frontend. */
export class RunningChatServer implements ChatServer {
  readonly #settings: ServerSettings;
  readonly #monitor: Monitor;
  readonly #hub: ChatHub;
  readonly #access: AccessControl;
  /** The server's part in its cluster. */
  readonly #member: ClusterMember<RoomReplica> | undefined;
  readonly #stopping = new AbortController();
  readonly #web: WebFrontend;
  readonly #tcp: FrontendListener | undefined;
  readonly #http: FrontendListener | undefined;
  readonly #onError: (error: unknown) => void;
  readonly room: ChatRoom;
  readonly finished: Promise<void>;

  constructor(options: ChatServerOptions) {
    const settings = readSettings(options);
    const monitor = new Monitor(options.onEvent);
    this.#settings = settings;
    this.#monitor = monitor;
    this.#onError = (error) => {
      monitor.tell({ type: "error", error });
      if (options.onError !== undefined) {
        callHandler("onError of serveChat()", options.onError, error);
      }
    };
    this.#member = options.cluster && this.#joinCluster(options.cluster);
    const replica = this.#member?.replica ??
      new RoomReplica(readRules(settings.room));
    const isTicked = this.#member !== undefined;
    const texts = textsFor([options.language ?? "en"]);
    this.#hub = new ChatHub(replica, {
      ...settings,
      monitor,
      invite: () => this.#access.invite(),
      isTicked,
      texts,
      signsIn: options.access?.userHeader !== undefined,
    });
    this.room = this.#hub.room;
    const admission = new Admission(settings, monitor, this.#hub);
    const context = { admission, monitor, telling: 0 };
    const access = this.#makeAccess(texts, options.access);
    this.#access = access;
    const health = () => describeHealth(this.#member?.stats);
    this.#web = new WebFrontend(this.#hub, context, settings, {
      access,
      health,
    });
    try {
      const { tcp, http } = settings;
      const lines = lineFrontend(this.#hub, settings, access);
      this.#tcp = tcp && new FrontendListener(tcp, lines, context);
      this.#http = http && new FrontendListener(http, this.#web, context);
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
    return sum(this.#listeners.map((listener) => listener.connectionCount));
  }

  get droppedCount(): number {
    const refused = this.#monitor.refused.toRecord();
    return sum(TOO_MANY.map((reason) => refused[reason] ?? 0));
  }

  get stats(): ChatStats {
    const monitor = this.#monitor;
    const counters = this.#listeners.map((listener) => listener.stats);
    const websocket = this.#web.openCount;
    return {
      uptime: monitor.uptime,
      connections: {
        tcp: this.#tcp?.connectionCount ?? 0,
        websocket,
        // A user may still be leaving whose connection has ended.
        http: Math.max(0, (this.#http?.connectionCount ?? 0) - websocket),
      },
      accepted: monitor.accepted,
      refused: monitor.refused.toRecord(),
      users: this.room.online,
      rooms: this.room.roomCount,
      messages: monitor.messages.toRecord(),
      deliveries: monitor.deliveries,
      left: monitor.left.toRecord(),
      errors: monitor.errors.toRecord(),
      bytesReceived: sum(counters.map(({ bytesRead }) => bytesRead)),
      bytesSent: sum(counters.map(({ bytesWritten }) => bytesWritten)),
      queuedBytes: this.#hub.queuedBytes,
      ...this.#member === undefined ? {} : { cluster: this.#member.stats },
    };
  }

  notify(text: string): void {
    this.#hub.notify(text);
  }

  setCertificate(certificate: TlsCertificate): void {
    const listeners = this.#listeners.filter(({ isTls }) => isTls);
    for (const listener of listeners) listener.setCertificate(certificate);
    if (listeners.length > 0) return;
    throw new Deno.errors.NotSupported(
      "Cannot set the certificate of a chat: it does not listen by TLS",
    );
  }

  async shutdown(wait: WaitOptions = {}): Promise<number> {
    checkWait(wait);
    const { timeout = this.#settings.drainTimeout } = wait;
    const limits = { ...wait, timeout };
    const lines = this.#tcp?.shutdown(limits);
    this.#hub.shutdown();
    this.#stopping.abort();
    this.#access.stop();
    this.#web.stop();
    // While users are leaving, health checks get 503.
    const end = performance.now() + timeout;
    const drained = () => Promise.all([lines, this.#web.drained()]);
    await limited("Cannot drain a chat", limits, drained, ignore).catch(ignore);
    const left = Math.max(0, end - performance.now());
    const pages = this.#http?.shutdown({ ...wait, timeout: left });
    const cut = await Promise.all([lines ?? 0, pages ?? 0]);
    await this.finished;
    return sum(cut);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  get #listeners(): FrontendListener[] {
    return [this.#tcp, this.#http].filter((listener) => listener !== undefined);
  }

  async #serve(): Promise<void> {
    const tcp = this.#tcp?.addr;
    const http = this.#http?.addr;
    const member = this.#member;
    if (member !== undefined) await this.#enterCluster(member);
    this.#monitor.tell({ type: "start", tcp, http });
    await Promise.all(this.#listeners.map(async (listener) => {
      try {
        await listener.serve(this.#onError);
      } catch (error) {
        this.#onError(error);
      }
    }));
    this.#hub.close();
    await member?.close();
    this.#monitor.tell({ type: "stop" });
  }

  #makeAccess(texts: Texts, access: ChatAccessOptions = {}): AccessControl {
    const gate = new AccessGate(access, {
      onError: this.#onError,
      knows: (secrets) => this.#hub.knows(secrets),
    });
    const timeout = this.#settings.nicknameTimeout;
    return new AccessControl(gate, this.#monitor, { timeout, texts });
  }

  #joinCluster(
    { log, name, skip }: ChatClusterOptions,
  ): ClusterMember<RoomReplica> {
    const rules = readRules(this.#settings.room);
    return new ClusterMember({
      log,
      name,
      skip,
      makeReplica: (log) => new RoomReplica(rules, log),
      deliver: (deliveries, isOwn) => this.#hub.take(deliveries, isOwn),
      position: rules.store.position,
      onApplied: (sequence) => rules.store.advance?.(sequence),
      // Earlier acts of operators were told then, by this server or another one.
      onCaughtUp: () => this.#hub.watchOperators(),
      limits: {
        snapshotInterval: Math.max(
          CLUSTER_DEFAULTS.snapshotInterval,
          rules.sessionTimeout + 30_000,
        ),
      },
    });
  }

  /** Waits until this server is up to date; without its cluster, it stops. */
  async #enterCluster(member: ClusterMember<RoomReplica>): Promise<void> {
    member.left.then((error) => {
      if (error === undefined || this.#hub.isStopping) return;
      this.#onError(error);
      void this.shutdown();
    });
    // An error is told by `left`.
    await member.start(this.#stopping.signal).catch(ignore);
  }

  #stopOn(signal: AbortSignal): void {
    const onAbort = () => void this.shutdown();
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort);
    this.finished.then(() => signal.removeEventListener("abort", onAbort));
  }
}

function addrOf(
  listener: FrontendListener | undefined,
  side: string,
): Deno.NetAddr {
  if (listener !== undefined) return listener.addr;
  throw new TypeError(
    `Cannot get the address for ${side}: the server does not listen for it`,
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
