import type { Broadcast } from "../frame/_broadcast.ts";
import { State } from "../state.ts";
import type { MessageEngine } from "./_message_engine.ts";

/**
 * Queues one copy of a message for many connections, and returns whether it did:
 * not on a connection that is not open, and not over the limit on unread bytes,
 * where the sender drops the copy or cuts the connection.
 */
export function sendCopy(engine: MessageEngine, message: Broadcast): boolean {
  if (engine.state !== State.open) return false;
  const { sender } = engine;
  if (sender.isOverLimit) {
    sender.refuseCopy();
    return false;
  }
  if (sender.takesFrames) sender.sendFrame(message.frame);
  else sender.send(message.opcode, message.payload);
  return true;
}
