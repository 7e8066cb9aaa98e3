import type { StreamConn } from "../../../tcp/stream_conn.ts";
import type { ChatHub } from "../_chat_hub.ts";
import type { OutgoingMessage } from "../outgoing/_outgoing_message.ts";
import { OutgoingQueue } from "../outgoing/_outgoing_queue.ts";
import type { Outlet } from "./_outlet.ts";
import type { LeaveReason } from "../../room/chat_message.ts";
import { isHello, maxRequestSize, takeRequest } from "../_client_request.ts";
import { LineDecoder, type LineEvent } from "../line_decoder.ts";
import { utf8Length } from "../../../internal/utf8_length.ts";

const LF = 10;

/** How many bytes are read at once. Thousands of users may be idle. */
const READ_SIZE = 1024;

/** Limits of one user. */
export interface LineUserLimits {
  /** The most bytes that a line may have. */
  readonly maxLineLength: number;
  /** The most bytes that may wait to go out. */
  readonly maxQueuedBytes: number;
}

/**
 * Somebody on the TCP port: with `telnet`, `nc` or the like, lines of text both
 * ways; a program whose first line is a `hello` in JSON gets JSON from then on.
 */
export class LineUser implements Outlet {
  readonly #conn: StreamConn<Deno.NetAddr>;
  readonly #hub: ChatHub;
  readonly #queue: OutgoingQueue;
  readonly #maxLineLength: number;
  readonly #id: number;
  #decoder: LineDecoder;
  #isFirst = true;
  #isJson = false;

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
    this.#maxLineLength = limits.maxLineLength;
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
    const line = this.#lineOf(message);
    return line.length === 0 || this.#queue.add(line);
  }

  end(last: OutgoingMessage, timeout: number): void {
    this.#queue.end(timeout, this.#lineOf(last));
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
      this.#hub.leave(
        this.#id,
        this.#isJson && reason === "closed" ? "lost" : reason,
      );
      this.#queue.end(this.#hub.drainTimeout);
    }
    await this.#queue.ended;
  }

  async #listen(): Promise<LeaveReason> {
    const buffer = new Uint8Array(READ_SIZE);
    while (true) {
      const length = await this.#read(buffer);
      if (length === undefined) return "lost";
      const parts = length === null
        ? [undefined]
        : this.#split(buffer.subarray(0, length));
      for (const part of parts) await this.#takeBytes(part);
      if (length === null) return "closed";
    }
  }

  /** The first line decides how what follows it is read. */
  #split(bytes: Uint8Array): Uint8Array[] {
    const end = this.#isFirst ? bytes.indexOf(LF) + 1 : 0;
    return end === 0 ? [bytes] : [bytes.subarray(0, end), bytes.subarray(end)];
  }

  /** Takes some bytes, or the end of them. */
  async #takeBytes(bytes: Uint8Array | undefined): Promise<void> {
    const events = bytes === undefined
      ? this.#decoder.end()
      : this.#decoder.push(bytes);
    for (const event of events) {
      // After the goodbye, what still arrives is not heard.
      if (this.#queue.isEnding) break;
      this.#take(event);
      if (this.#queue.isCongested) await this.#queue.relieved();
      const turn = this.#hub.pace(this.#id);
      if (turn !== undefined) await turn;
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
        return this.#takeLine(event.text);
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

  #takeLine(text: string): void {
    if (this.#isFirst && isHello(text)) {
      this.#isJson = true;
      const maxLength = maxRequestSize(this.#maxLineLength);
      this.#decoder = new LineDecoder({ maxLength });
    }
    this.#isFirst = false;
    if (this.#isJson && text.startsWith("{")) {
      takeRequest(this.#hub, this.#id, text, this.#maxLineLength);
    } else if (this.#isJson && utf8Length(text) > this.#maxLineLength) {
      this.#hub.refuse(this.#id, "line-too-long");
    } else this.#hub.line(this.#id, text);
  }

  /** The form that the user gets a message in. */
  #lineOf(message: OutgoingMessage): Uint8Array<ArrayBuffer> {
    return this.#isJson ? message.jsonLine : message.text;
  }
}
