import { ClosedError } from "../../internal/errors/closed_error.ts";
import type { Broadcast } from "../frame/_broadcast.ts";
import { State } from "../state.ts";
import type { MessageSender } from "./_message_engine.ts";

/**
 * Queues one copy of a message for many connections, and returns whether it did:
 * not on a connection that is not open, and not over the limit on unread bytes,
 * where the sender drops the copy or cuts the connection.
 */
export function sendCopy(
  state: State,
  sender: MessageSender,
  message: Broadcast,
): boolean {
  if (state !== State.open) return false;
  if (sender.isOverLimit) {
    sender.refuseCopy();
    return false;
  }
  if (sender.takesFrames) sender.sendFrame(message.frame);
  else sender.send(message.opcode, message.payload);
  return true;
}

/** The error of a connection that is cut instead. */
export function overflowError(bufferedBytes: number): ClosedError {
  return new ClosedError(
    `Cannot send a broadcast: ${bufferedBytes} bytes wait already`,
  );
}
