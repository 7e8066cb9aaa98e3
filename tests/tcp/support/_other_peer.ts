import { TcpConn } from "../../../tcp/tcp_conn.ts";

/** Milliseconds that a handler is busy: above the budget, so a poll is due after it. */
const BUSY = 6;
/** How often: the message and its echo each need a poll. */
const BUSY_TIMES = 4;
/** It is busy with the first parts, and then at times. */
const PARTS = [16, 32, 48, 1000, 2000, 3000];

/**
 * Another peer of the same process, whose echo has to come before the end of a
 * flood: what happens is noted in order.
 */
export class OtherPeer {
  readonly #client: Deno.TcpConn;
  readonly #server: TcpConn;
  readonly #serving: Promise<void>;
  /** Resolves when the echo has come. */
  readonly answered: Promise<void>;
  /** What has happened, in order. */
  readonly events: string[] = [];
  #parts = 0;

  private constructor(client: Deno.TcpConn, server: TcpConn) {
    this.#client = client;
    this.#server = server;
    this.#serving = this.#echo();
    this.answered = this.#listen();
  }

  /** Connects it. Its server waits for the message. */
  static async connect(): Promise<OtherPeer> {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const client = await Deno.connect({ hostname: "127.0.0.1", port });
    return new OtherPeer(client, new TcpConn(await listener.accept()));
  }

  /**
   * Handles a part of the flood: with the first one the other peer sends its
   * message. At times that takes long.
   */
  handlePart(): void {
    const part = this.#parts++;
    if (part === 0) this.#client.write(new Uint8Array([1])).catch(() => {});
    if (part >= BUSY_TIMES && !PARTS.includes(part)) return;
    const end = performance.now() + BUSY;
    while (performance.now() < end) { /* It computes. */ }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.#serving;
    await this.answered;
  }

  async #echo(): Promise<void> {
    await this.#server.readable.pipeTo(this.#server.writable).catch(() => {});
  }

  async #listen(): Promise<void> {
    try {
      await this.#client.read(new Uint8Array(1));
      this.events.push("echo");
    } catch { /* It was closed before. */ }
  }
}
