import { utf8Length } from "../../internal/bytes/utf8_length.ts";
import { readClientMessage } from "../protocol/_client_messages.ts";
import type { ChatHub } from "./_chat_hub.ts";

/** The most bytes of a message in JSON: room for the escapes of programs. */
export function maxRequestSize(maxLineLength: number): number {
  return 4 * maxLineLength + 1024;
}

/** Carries out a message in JSON, or refuses it. */
export function takeRequest(
  hub: ChatHub,
  id: number,
  data: string,
  maxTextLength: number,
): void {
  const { message, fault } = readClientMessage(data);
  if (fault !== undefined) return hub.refuse(id, fault.code, fault);
  if ("text" in message && utf8Length(message.text) > maxTextLength) {
    return hub.refuse(id, "text-too-long", { ref: message.ref });
  }
  hub.command(id, message);
}

/** Whether the first message of a user is a `hello` in JSON. */
export function isHello(data: string): boolean {
  return data.startsWith("{") &&
    readClientMessage(data).message?.type === "hello";
}
