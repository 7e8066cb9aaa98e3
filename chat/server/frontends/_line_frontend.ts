import type { ChatHub } from "../_chat_hub.ts";
import type { Entrances } from "../access/_entrances.ts";
import { LineEntrance } from "../access/_line_entrance.ts";
import { OutgoingMessage } from "../outgoing/_outgoing_message.ts";
import { LineUser } from "../users/_line_user.ts";
import type { UserLimits } from "../users/_outlet.ts";
import { closeWithin } from "./_close_within.ts";
import type { Frontend, NetConn } from "./_frontend.ts";

/** Milliseconds to tell a client why it is rejected. */
const TELL_TIMEOUT = 1000;

/** Lines of text or JSON over TCP. */
export function lineFrontend(
  hub: ChatHub,
  limits: UserLimits,
  entrances: Entrances,
): Frontend {
  return {
    kind: "tcp",
    async serve(conn) {
      if (entrances.isOpen("tcp")) {
        return await new LineUser(conn, hub, limits).run();
      }
      const first = await enter(conn, entrances, limits);
      if (first === undefined) return await closeWithin(conn, TELL_TIMEOUT);
      await new LineUser(conn, hub, limits).run(first);
    },
    async reject(conn, reason) {
      const goodbye = { type: "goodbye", time: Date.now(), reason } as const;
      const { text } = new OutgoingMessage(goodbye, hub.style);
      await conn.write(text, { timeout: TELL_TIMEOUT });
      await closeWithin(conn, TELL_TIMEOUT);
    },
  };
}

/** Lets a client in; `undefined` if its connection is to be closed. */
async function enter(
  conn: NetConn,
  entrances: Entrances,
  { maxLineLength }: UserLimits,
): Promise<Uint8Array | undefined> {
  const lines = new LineEntrance(conn, maxLineLength);
  const address = conn.remoteAddr;
  const arrival = { kind: "tcp", isJson: false, address } as const;
  const entered = await entrances.pass(lines, arrival);
  return entered && lines.rest(entered.first);
}
