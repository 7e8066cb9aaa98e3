import { assert, assertEquals } from "@std/assert";
import { readRules } from "../../../chat/room/_room_rules.ts";
import {
  type ConnectOptions,
  RoomReplica,
} from "../../../chat/room/_room_replica.ts";
import type { ChatCommand } from "../../../chat/room/chat_command.ts";
import type { ChatMessage, Delivery } from "../../../chat/room/chat_message.ts";
import type { ChatRoomOptions } from "../../../chat/room/chat_room_options.ts";
import type { ChatEntry } from "../../../chat/room/log/_chat_entry.ts";

/** Servers with one log, whose entries are applied when a test says so. */
export class Servers {
  readonly entries: { readonly origin: string; readonly entry: ChatEntry }[] =
    [];
  now = 1_000;
  readonly #options: ChatRoomOptions;

  constructor(options: ChatRoomOptions = {}) {
    this.#options = { flood: { burst: Infinity }, ...options };
  }

  /** Starts a server. */
  start(origin: string): Server {
    return new Server(this, origin, this.#options);
  }
}

/** One server, and what its connections have got. */
export class Server {
  readonly replica: RoomReplica;
  readonly origin: string;
  isFull = false;
  position = 0;
  readonly #servers: Servers;
  readonly #inboxes = new Map<number, ChatMessage[]>();

  constructor(servers: Servers, origin: string, options: ChatRoomOptions) {
    this.#servers = servers;
    this.origin = origin;
    const isFull = () => this.isFull;
    this.replica = new RoomReplica(readRules(options), {
      origin,
      epoch: "first",
      get isFull(): boolean {
        return isFull();
      },
      propose: (entry) => {
        // As JSON, as the log has it.
        servers.entries.push(JSON.parse(JSON.stringify({ origin, entry })));
        return [];
      },
      sessionKey: (token) => `key of ${token}`,
    });
  }

  connect(address = "192.0.2.1:1", addressKey = address): number {
    return this.#join(address, { addressKey });
  }

  /** Connects a user whom a proxy has signed in. */
  connectAccount(account: string | undefined, addressKey?: string): number {
    return this.#join("192.0.2.1:1", { account, addressKey });
  }

  /** Connects a user who is not signed in where others are. */
  connectMarked(): number {
    return this.#join("192.0.2.1:1", { isMarked: true });
  }

  /** Connects a client that may do nothing but join a user. */
  connectToJoin(): number {
    return this.#join("192.0.2.1:1", { joinsOnly: true });
  }

  #join(address: string, details: ConnectOptions): number {
    const { now } = this.#servers;
    const options = { ...details, expectHello: true };
    const { id, deliveries } = this.replica.join(address, now, options);
    this.#inboxes.set(id, []);
    this.#take(deliveries);
    return id;
  }

  /** Connects somebody with a session, and gives its secret. */
  enter(nickname: string, addressKey?: string): readonly [number, string] {
    const id = this.connect(addressKey);
    this.ask(id, { type: "hello", version: 1, nickname });
    this.catchUp();
    const [welcome] = this.read(id).filter(({ type }) => type === "welcome");
    assert(welcome?.type === "welcome" && welcome.session !== undefined);
    return [id, welcome.session];
  }

  ask(id: number, command: ChatCommand): void {
    this.#take(this.replica.command(id, command, this.#servers.now));
  }

  leave(id: number, reason: "lost" | "quit"): void {
    this.#take(this.replica.leave(id, reason, this.#servers.now));
  }

  /** Applies all entries up to now. */
  catchUp(end: number = this.#servers.entries.length): void {
    while (this.position < end) {
      const { origin, entry } = this.#servers.entries[this.position++];
      const place = { origin, id: this.position, now: this.#servers.now };
      this.#take(this.replica.apply(entry, place));
    }
  }

  /** Takes over the state of another server. */
  restore({ replica, position }: Server): void {
    // As JSON, as the cluster stores it.
    const state = JSON.parse(JSON.stringify(replica.save()));
    this.replica.restore(state, this.#servers.now);
    this.position = position;
  }

  tick(): void {
    this.#take(this.replica.tick(this.#servers.now));
  }

  /** What a connection got since the last call. */
  read(id: number): ChatMessage[] {
    return this.#inboxes.get(id)?.splice(0) ?? [];
  }

  types(id: number): string[] {
    return this.read(id).map(({ type }) => type);
  }

  #take(deliveries: readonly Delivery[]): void {
    for (const { to, message } of deliveries) {
      for (const id of to) this.#inboxes.get(id)?.push(message);
    }
  }
}

/** Two servers of one chat. */
export function both(
  options?: ChatRoomOptions,
): readonly [Servers, Server, Server] {
  const servers = new Servers(options);
  return [servers, servers.start("east"), servers.start("west")];
}

/** Applies all entries on all servers. */
export function catchUp(...all: readonly Server[]): void {
  for (const server of all) server.catchUp();
}

/** Asserts that all servers have the same state. */
export function assertSame(...all: readonly Server[]): void {
  // As JSON, as the cluster stores it.
  const [first, ...others] = all.map(({ replica }) =>
    JSON.parse(JSON.stringify(replica.save()))
  );
  for (const other of others) assertEquals(other, first);
}
