import type { StreamConn } from "../../../tcp/conn/stream_conn.ts";
import { utf8Length } from "../../../internal/bytes/utf8_length.ts";
import type { LeaveReason } from "../../room/leave_reason.ts";
import type { Admitted, ChatHub } from "../_chat_hub.ts";
import { isHello, maxRequestSize, takeRequest } from "../_client_request.ts";
import { ForeignProtocol, isForeignLine } from "../_foreign_protocol.ts";
import { LineDecoder, type LineEvent } from "../line_decoder.ts";
import type { OutgoingMessage } from "../outgoing/_outgoing_message.ts";
import { OutgoingQueue } from "../outgoing/_outgoing_queue.ts";
import type { Outlet, UserLimits } from "./_outlet.ts";

const LF = 10;

/** Bytes per read: small, as thousands of users may be idle. */
const READ_SIZE = 1024;

/**
 * A user on the TCP port: lines of text for `telnet`, `nc` and the like, or lines
 * of JSON for programs whose first line is a `hello`.
 */
export class LineUser implements Outlet {
  readonly #conn: StreamConn<Deno.NetAddr>;
  readonly #hub: ChatHub;
  readonly #queue: OutgoingQueue;
  readonly #maxLineLength: number;
  readonly #id: number;
  readonly #foreign = new ForeignProtocol();
  #decoder: LineDecoder;
  #isFirst = true;
  #isJson = false;
  /** A read that began before everything from the one before was handled. */
  #ahead: Promise<Uint8Array | null> | undefined;

  /** Joins the chat; {@linkcode LineUser.run} must be called next. */
  constructor(
    conn: StreamConn<Deno.NetAddr>,
    hub: ChatHub,
    limits: UserLimits,
    admitted: Admitted = {},
  ) {
    const { hostname, port } = conn.remoteAddr;
    this.#conn = conn;
    this.#hub = hub;
    this.#queue = new OutgoingQueue(conn, limits.maxQueuedBytes);
    this.#maxLineLength = limits.maxLineLength;
    this.#decoder = new LineDecoder({ maxLength: limits.maxLineLength });
    this.#id = hub.join(this, {
      ...admitted,
      kind: "tcp",
      hostname,
      port,
    });
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

  probe(): void {
    if (this.#ahead !== undefined) return;
    this.#ahead = this.#read(new Uint8Array(READ_SIZE));
    const leave = (reason: LeaveReason) => this.#leave(reason);
    this.#ahead.then((bytes) => bytes ?? leave("closed"), () => leave("lost"));
  }

  /**
   * Processes the user's lines, until the connection is closed.
   *
   * @param first Bytes of the user that were read before.
   */
  async run(first?: Uint8Array): Promise<void> {
    let reason: LeaveReason = "lost";
    this.#queue.ended.then(() => this.#hub.disconnect(this.#id));
    try {
      if (first !== undefined) await this.#take(first);
      reason = await this.#readAll();
    } finally {
      this.#leave(reason);
    }
    await this.#queue.ended;
  }

  /** Does nothing if the user has left before. */
  #leave(reason: LeaveReason): void {
    const isLost = reason === "lost" && !this.#queue.isEnding;
    if (isLost) this.#conn.terminate();
    this.#hub.leave(
      this.#id,
      this.#isJson && reason === "closed" ? "lost" : reason,
    );
    this.#queue.end(this.#hub.drainTimeout);
  }

  async #readAll(): Promise<LeaveReason> {
    const buffer = new Uint8Array(READ_SIZE);
    while (true) {
      let bytes: Uint8Array | null;
      try {
        const ahead = this.#ahead;
        bytes = await (ahead ?? this.#read(buffer));
        if (ahead !== undefined) this.#ahead = undefined;
      } catch {
        // Reset by the peer, or cut on this side.
        return "lost";
      }
      if (bytes === null) {
        await this.#handleAll(this.#decoder.end());
        return "closed";
      }
      await this.#take(bytes);
    }
  }

  async #read(buffer: Uint8Array): Promise<Uint8Array | null> {
    const length = await this.#conn.read(buffer);
    return length === null ? null : buffer.subarray(0, length);
  }

  async #take(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    if (this.#isFirst) {
      if (this.#foreign.isSeenIn(bytes)) {
        this.#hub.reject(this.#id, "wrong-protocol");
      }
      // The first line decides how the rest is decoded.
      const end = bytes.indexOf(LF) + 1;
      await this.#handleAll(this.#decoder.push(bytes.subarray(0, end)));
      rest = bytes.subarray(end);
    }
    await this.#handleAll(this.#decoder.push(rest));
  }

  async #handleAll(events: readonly LineEvent[]): Promise<void> {
    for (const event of events) {
      // After the goodbye, further input is ignored.
      if (this.#queue.isEnding) break;
      this.#handle(event);
      if (this.#queue.isCongested) await this.#queue.relieved();
      const turn = this.#hub.pace(this.#id);
      if (turn !== undefined) await turn;
    }
  }

  #handle(event: LineEvent): void {
    switch (event.type) {
      case "line":
        return this.#handleLine(event.text);
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

  #handleLine(text: string): void {
    if (this.#isFirst && isForeignLine(text)) {
      return this.#hub.reject(this.#id, "wrong-protocol");
    }
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

  /** A message in the format of this user. */
  #lineOf(message: OutgoingMessage): Uint8Array<ArrayBuffer> {
    return this.#isJson ? message.jsonLine : message.text;
  }
}
