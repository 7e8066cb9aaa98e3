import { assertEquals } from "@std/assert";
import {
  giveBuffer,
  hasWasmBuffer,
  LARGE_BUFFER,
  takeWasmBuffer,
} from "../../internal/bytes/buffer_pool.ts";

/** How many large buffers in memory of WebAssembly nobody uses. */
export function countFreeWasm(): number {
  const taken: Uint8Array<ArrayBuffer>[] = [];
  while (hasWasmBuffer(LARGE_BUFFER)) taken.push(takeWasmBuffer(LARGE_BUFFER));
  assertEquals(new Set(taken).size, taken.length, "one is there twice");
  taken.forEach(giveBuffer);
  return taken.length;
}
