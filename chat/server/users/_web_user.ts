import { utf8Length } from "../../../internal/bytes/utf8_length.ts";
import type { PreparedMessage } from "../../../websocket/prepared_message.ts";
import { ProtocolError } from "../../../websocket/protocol_error.ts";
import { State } from "../../../websocket/state.ts";
import type { WebSocketConn } from "../../../websocket/websocket_conn.ts";
import type { LeaveReason } from "../../room/leave_reason.ts";
import { stripControls } from "../../room/text/_clean_text.ts";
import type { Admitted, ChatHub } from "../_chat_hub.ts";
import { isHello, takeRequest } from "../_client_request.ts";
import type { ClientAddress } from "../monitoring/_describe_address.ts";
import type { OutgoingMessage } from "../outgoing/_outgoing_message.ts";
import { UnreadBound } from "../outgoing/_unread_bound.ts";
import type { Outlet, UserLimits } from "./_outlet.ts";

/** The close code for a message that was too long (RFC 6455 section 7.4.1). */
const TOO_BIG = 1009;

/**
 * A user with a WebSocket. Clients that ask for the subprotocol speak JSON; others
 * send and get lines of text, unless they begin with a `hello`.
 */
export class WebUser implements Outlet {
  readonly #socket: WebSocketConn;
  readonly #hub: ChatHub;
  readonly #limits: UserLimits;
  readonly #bound: UnreadBound;
  readonly #id: number;
  #isJson: boolean;
  #isFirst = true;
  #isEnding = false;

  /** Joins the chat; {@linkcode WebUser.run} must be called next. */
  constructor(
    { hostname, port }: ClientAddress,
    socket: WebSocketConn,
    hub: ChatHub,
    limits: UserLimits,
    admitted: Admitted = {},
  ) {
    this.#socket = socket;
    this.#hub = hub;
    this.#limits = limits;
    this.#bound = new UnreadBound(
      limits.maxQueuedBytes,
      () => socket.bufferedBytes,
    );
    this.#isJson = socket.protocol !== "";
    this.#id = hub.join(this, {
      ...admitted,
      kind: "websocket",
      hostname,
      port,
      expectHello: this.#isJson,
    });
  }

  get queuedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  get isCongested(): boolean {
    return !this.#isEnding && this.#socket.state !== State.closed &&
      this.queuedBytes > this.#limits.maxQueuedBytes / 4;
  }

  send(message: OutgoingMessage): boolean {
    if (this.#isEnding) return true;
    const frame = this.#frameOf(message);
    if (frame === undefined) return true;
    if (!this.#bound.admits(frame.byteLength)) return false;
    this.#socket.send(frame);
    return true;
  }

  end(last: OutgoingMessage, timeout: number): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const frame = this.#frameOf(last);
    if (frame !== undefined) this.#socket.send(frame);
    this.#close(timeout, closeCodeOf(last.message));
  }

  /**
   * Processes the user's messages, until the connection is closed.
   *
   * @param first A message of the user that was read before.
   */
  async run(first?: string): Promise<void> {
    let reason: LeaveReason = "lost";
    this.#socket.closed.then(() => this.#hub.disconnect(this.#id));
    try {
      if (first !== undefined) await this.#take(first);
      reason = await this.#readAll();
    } finally {
      // Neither does anything if the user has left before.
      this.#hub.leave(
        this.#id,
        this.#isJson && reason === "closed" ? "lost" : reason,
      );
      this.#isEnding = true;
      this.#close(this.#hub.drainTimeout);
    }
    await this.#socket.closed;
  }

  async #readAll(): Promise<LeaveReason> {
    while (true) {
      let data: string | Uint8Array | null;
      try {
        data = await this.#socket.read();
      } catch (error) {
        const isTooBig = error instanceof ProtocolError &&
          error.closeCode === TOO_BIG;
        return isTooBig ? "line-too-long" : "lost";
      }
      if (data === null) return "closed";
      // After the goodbye, further input is ignored.
      if (!this.#isEnding) await this.#take(data);
    }
  }

  async #take(data: string | Uint8Array): Promise<void> {
    const isRequest = this.#isRequest(data);
    const parts = typeof data !== "string" || isRequest
      ? [data]
      : linesOf(data);
    for (const part of parts) {
      this.#handle(part, isRequest);
      if (this.#isEnding) break;
      while (this.isCongested) await this.#socket.flushed();
      const turn = this.#hub.pace(this.#id);
      if (turn !== undefined) await turn;
    }
  }

  /** Whether a message is a request in JSON, such as a `hello` that comes first. */
  #isRequest(data: string | Uint8Array): boolean {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (typeof data !== "string") return false;
    if (isFirst && !this.#isJson) this.#isJson = isHello(data);
    return this.#isJson && data.startsWith("{");
  }

  #handle(part: string | Uint8Array, isRequest: boolean): void {
    const { maxLineLength } = this.#limits;
    if (typeof part !== "string") {
      this.#hub.refuse(this.#id, "not-text");
    } else if (!isRequest && utf8Length(part) > maxLineLength) {
      this.#hub.refuse(this.#id, "line-too-long");
    } else if (isRequest) {
      takeRequest(this.#hub, this.#id, part, maxLineLength);
    } else this.#hub.line(this.#id, stripControls(part));
  }

  /** The frame for this user; `undefined` if the message has no text form. */
  #frameOf(message: OutgoingMessage): PreparedMessage | undefined {
    if (this.#isJson) return message.jsonFrame;
    return message.text.length === 0 ? undefined : message.textFrame;
  }

  #close(timeout: number, code = 1000): void {
    this.#socket.close(code, "", { timeout }).catch(() => {});
  }
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.length > 1 && lines.at(-1) === "") lines.pop();
  return lines;
}

/** The close code for a goodbye (RFC 6455 section 7.4.1). */
function closeCodeOf(message: OutgoingMessage["message"]): number {
  if (message.type !== "goodbye" || message.reason === "quit") return 1000;
  return message.reason === "shutdown" ? 1001 : 1008;
}
