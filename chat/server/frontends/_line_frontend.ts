import type { ChatHub } from "../_chat_hub.ts";
import { OutgoingMessage } from "../outgoing/_outgoing_message.ts";
import { LineUser } from "../users/_line_user.ts";
import type { UserLimits } from "../users/_outlet.ts";
import { closeWithin } from "./_close_within.ts";
import type { Frontend } from "./_frontend.ts";

/** Milliseconds to tell a client why it is rejected. */
const TELL_TIMEOUT = 1000;

/** Lines of text or JSON over TCP. */
export function lineFrontend(hub: ChatHub, limits: UserLimits): Frontend {
  return {
    kind: "tcp",
    serve: (conn) => new LineUser(conn, hub, limits).run(),
    async reject(conn, reason) {
      const goodbye = { type: "goodbye", time: Date.now(), reason } as const;
      const { text } = new OutgoingMessage(goodbye, hub.style);
      await conn.write(text, { timeout: TELL_TIMEOUT });
      await closeWithin(conn, TELL_TIMEOUT);
    },
  };
}
