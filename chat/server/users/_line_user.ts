import type { StreamConn } from "../../../tcp/stream_conn.ts";
import type { ChatHub } from "../_chat_hub.ts";
import type { OutgoingMessage } from "../outgoing/_outgoing_message.ts";
import { OutgoingQueue } from "../outgoing/_outgoing_queue.ts";
import type { Outlet } from "./_outlet.ts";
import type { LeaveReason } from "../../room/chat_message.ts";
import { LineDecoder, type LineEvent } from "../line_decoder.ts";

/** How many bytes are read at once. Thousands of users may be idle. */
const READ_SIZE = 1024;

/** Limits of one user. */
export interface LineUserLimits {
  /** The most bytes that a line may have. */
  readonly maxLineLength: number;
  /** The most bytes that may wait to go out. */
  readonly maxQueuedBytes: number;
}

/** Somebody with `telnet`, `nc` or the like: lines of text both ways. */
export class LineUser implements Outlet {
  readonly #conn: StreamConn<Deno.NetAddr>;
  readonly #hub: ChatHub;
  readonly #queue: OutgoingQueue;
  readonly #decoder: LineDecoder;
  readonly #id: number;

  /** Lets a user in, whose {@linkcode LineUser.run} has to be called then. */
  constructor(
    conn: StreamConn<Deno.NetAddr>,
    hub: ChatHub,
    limits: LineUserLimits,
  ) {
    const { hostname, port } = conn.remoteAddr;
    this.#conn = conn;
    this.#hub = hub;
    this.#queue = new OutgoingQueue(conn, limits.maxQueuedBytes);
    this.#decoder = new LineDecoder({ maxLength: limits.maxLineLength });
    this.#id = hub.join(this, { kind: "tcp", hostname, port });
  }

  get queuedBytes(): number {
    return this.#queue.byteLength;
  }

  get isCongested(): boolean {
    return this.#queue.isCongested;
  }

  send(message: OutgoingMessage): boolean {
    const { text } = message;
    return text.length === 0 || this.#queue.add(text);
  }

  end(last: OutgoingMessage, timeout: number): void {
    this.#queue.end(timeout, last.text);
  }

  /** Takes what the user sends, until the connection is closed. */
  async run(): Promise<void> {
    let reason: LeaveReason = "lost";
    try {
      reason = await this.#listen();
    } finally {
      const isLost = reason === "lost" && !this.#queue.isEnding;
      if (isLost) this.#conn.terminate();
      // Neither does anything if the user has left before.
      this.#hub.leave(this.#id, reason);
      this.#queue.end(this.#hub.drainTimeout);
    }
    await this.#queue.ended;
  }

  async #listen(): Promise<LeaveReason> {
    const buffer = new Uint8Array(READ_SIZE);
    while (true) {
      const length = await this.#read(buffer);
      if (length === undefined) return "lost";
      const events = length === null
        ? this.#decoder.end()
        : this.#decoder.push(buffer.subarray(0, length));
      for (const event of events) {
        // After the goodbye, what still arrives is not heard.
        if (this.#queue.isEnding) break;
        this.#take(event);
        if (this.#queue.isCongested) await this.#queue.relieved();
        const turn = this.#hub.pace(this.#id);
        if (turn !== undefined) await turn;
      }
      if (length === null) return "closed";
    }
  }

  /** Reads some bytes; `undefined` if the link is lost. */
  async #read(buffer: Uint8Array): Promise<number | null | undefined> {
    try {
      return await this.#conn.read(buffer);
    } catch {
      // Reset by the peer, or cut on this side.
      return undefined;
    }
  }

  #take(event: LineEvent): void {
    switch (event.type) {
      case "line":
        this.#hub.line(this.#id, event.text);
        return;
      case "error":
        this.#hub.refuse(this.#id, event.code);
        if (event.code === "line-too-long") {
          this.#hub.leave(this.#id, event.code);
        }
        return;
      case "reply":
        if (!this.#queue.add(event.bytes)) this.#hub.leave(this.#id, "slow");
    }
  }
}
