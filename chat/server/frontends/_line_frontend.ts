import type { ChatHub } from "../_chat_hub.ts";
import type { AccessControl } from "../access/_access_control.ts";
import { LineAccessConn } from "../access/_line_access_conn.ts";
import { OutgoingMessage } from "../outgoing/_outgoing_message.ts";
import { LineUser } from "../users/_line_user.ts";
import type { UserLimits } from "../users/_outlet.ts";
import { closeWithin } from "./_close_within.ts";
import type { Frontend } from "./_frontend.ts";

/** Milliseconds to tell a client why it is rejected. */
const TELL_TIMEOUT = 1000;

/** Lines of text or JSON over TCP. */
export function lineFrontend(
  hub: ChatHub,
  limits: UserLimits,
  access: AccessControl,
): Frontend {
  return {
    kind: "tcp",
    async serve(conn) {
      if (access.isOpen("tcp")) {
        return await new LineUser(conn, hub, limits).run();
      }
      const lines = new LineAccessConn(conn, limits.maxLineLength);
      const address = conn.remoteAddr;
      const client = { kind: "tcp", isJson: false, address } as const;
      const entered = await access.pass(lines, client);
      if (entered === undefined) return await closeWithin(conn, TELL_TIMEOUT);
      const user = new LineUser(conn, hub, limits, entered);
      await user.run(lines.rest(entered.first));
    },
    async reject(conn, reason) {
      const goodbye = { type: "goodbye", time: Date.now(), reason } as const;
      const { text } = new OutgoingMessage(goodbye, hub.style);
      await conn.write(text, { timeout: TELL_TIMEOUT });
      await closeWithin(conn, TELL_TIMEOUT);
    },
  };
}
