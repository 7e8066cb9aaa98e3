import type { ChatHub } from "../_chat_hub.ts";
import type { FrontHandler, NetConn } from "./_frontend.ts";
import { closeWithin } from "./_close_within.ts";
import { OutgoingMessage } from "../outgoing/_outgoing_message.ts";
import type { ReceptionFault } from "../admission/_admission.ts";
import { LineUser, type LineUserLimits } from "../users/_line_user.ts";

/** Milliseconds to tell somebody why they may not come in. */
const TELL_TIMEOUT = 1000;

/** Takes in those who come with lines of text. */
export class LineDesk implements FrontHandler {
  readonly kind = "tcp";
  readonly #hub: ChatHub;
  readonly #limits: LineUserLimits;

  constructor(hub: ChatHub, limits: LineUserLimits) {
    this.#hub = hub;
    this.#limits = limits;
  }

  async serve(conn: NetConn): Promise<void> {
    await new LineUser(conn, this.#hub, this.#limits).run();
  }

  async turnAway(conn: NetConn, reason: ReceptionFault): Promise<void> {
    const time = Date.now();
    const { text } = new OutgoingMessage(
      { type: "goodbye", time, reason },
      this.#hub.style,
    );
    await conn.write(text, { timeout: TELL_TIMEOUT });
    await closeWithin(conn, TELL_TIMEOUT);
  }
}
