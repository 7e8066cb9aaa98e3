import { Child } from "../chat/_child.ts";
import { NatsServer } from "../_nats_server.ts";
import type { SavedState } from "../../chat/room/_saved_state.ts";

const PROGRAM = new URL("_chat_program.ts", import.meta.url).href;
/** Milliseconds in which a server must end by itself. */
const END_TIMEOUT = 20_000;

/** The state of a server after a batch. */
export interface ServerState {
  readonly position: number;
  readonly state: SavedState;
}

/** A broker and chat servers, each a process of its own. */
export class ChaosCluster implements AsyncDisposable {
  readonly broker = new NatsServer({ jetStream: true });
  readonly #names: readonly string[];
  readonly #children: (Child | undefined)[] = [];
  #isOver = false;

  /** The ports of the servers, which stay the same. */
  readonly ports: number[] = [];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** The indices of the servers. */
  get servers(): readonly number[] {
    return [...this.#names.keys()];
  }

  /** Starts everything. */
  async start(): Promise<void> {
    await this.startBroker();
    for (const index of this.servers) await this.startServer(index);
  }

  /** Starts the broker. */
  async startBroker(): Promise<void> {
    this.#checkOver();
    await this.broker.start();
  }

  /** Starts a server. */
  async startServer(index: number): Promise<void> {
    this.#checkOver();
    const child = new Child(Deno.execPath(), [
      ...["run", "-A", "--no-lock", PROGRAM],
      this.#names[index],
      `${this.ports[index] ?? 0}`,
      `${this.broker.port}`,
    ]);
    this.#children[index] = child;
    const line = await child.until(/^port \d+$/);
    this.ports[index] = Number(line.slice("port ".length));
  }

  /** Sends a signal to a server. */
  signal(index: number, signal: Deno.Signal): void {
    this.#child(index).process.kill(signal);
  }

  /**
   * Waits until a server has ended.
   *
   * @returns Its code, and what it has printed.
   */
  async ended(index: number): Promise<{ code: number; errors: string }> {
    const child = this.#child(index);
    const timer = setTimeout(() => this.signal(index, "SIGKILL"), END_TIMEOUT);
    const { code, errors } = await child.end();
    clearTimeout(timer);
    this.#children[index] = undefined;
    return { code, errors };
  }

  /** Kills a server. */
  async killServer(index: number): Promise<void> {
    this.signal(index, "SIGKILL");
    await this.ended(index);
  }

  /** The state of a server. */
  async state(index: number): Promise<ServerState> {
    const child = this.#child(index);
    await child.type("state\n");
    return JSON.parse(await child.until(/^\{/));
  }

  /** Kills everything that runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const child of this.#children) await child?.[Symbol.asyncDispose]();
    await this.broker[Symbol.asyncDispose]();
  }

  /** A run that was interrupted starts nothing more. */
  #checkOver(): void {
    if (this.#isOver) throw new Error("Cannot start: the run is over");
  }

  #child(index: number): Child {
    const child = this.#children[index];
    if (child !== undefined) return child;
    throw new Error(`Cannot use server "${this.#names[index]}": it has ended`);
  }
}
