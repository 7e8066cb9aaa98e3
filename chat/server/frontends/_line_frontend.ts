import type { ChatHub } from "../_chat_hub.ts";
import type { Rejection } from "../admission/_admission.ts";
import { OutgoingMessage } from "../outgoing/_outgoing_message.ts";
import { LineUser } from "../users/_line_user.ts";
import type { UserLimits } from "../users/_outlet.ts";
import { closeWithin } from "./_close_within.ts";
import type { Frontend, NetConn } from "./_frontend.ts";

/** Milliseconds to tell a client why it is rejected. */
const TELL_TIMEOUT = 1000;

/** Lines of text over TCP. */
export class LineFrontend implements Frontend {
  readonly kind = "tcp";
  readonly #hub: ChatHub;
  readonly #limits: UserLimits;

  constructor(hub: ChatHub, limits: UserLimits) {
    this.#hub = hub;
    this.#limits = limits;
  }

  async serve(conn: NetConn): Promise<void> {
    await new LineUser(conn, this.#hub, this.#limits).run();
  }

  async reject(conn: NetConn, reason: Rejection): Promise<void> {
    const goodbye = { type: "goodbye", time: Date.now(), reason } as const;
    const { text } = new OutgoingMessage(goodbye, this.#hub.style);
    await conn.write(text, { timeout: TELL_TIMEOUT });
    await closeWithin(conn, TELL_TIMEOUT);
  }
}
