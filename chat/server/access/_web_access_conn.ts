import type { WaitOptions } from "../../../internal/wait/wait_options.ts";
import type { WebSocketConn } from "../../../websocket/websocket_conn.ts";
import { stripControls } from "../../room/text/_clean_text.ts";
import type { AccessConn, AccessInput } from "./_access_control.ts";

/** The WebSocket of a client that is not a user yet. */
export class WebAccessConn implements AccessConn {
  readonly #socket: WebSocketConn;

  constructor(socket: WebSocketConn) {
    this.#socket = socket;
  }

  async read(wait: WaitOptions): Promise<AccessInput | null> {
    const data = await this.#socket.read(wait);
    if (data === null) return null;
    if (typeof data !== "string") return { fault: "not-text" };
    return { text: data.startsWith("{") ? data : stripControls(data) };
  }

  async send(
    lines: readonly string[],
    _isJson: boolean,
    wait: WaitOptions,
  ): Promise<void> {
    for (const line of lines) await this.#socket.write(line, wait);
  }
}
