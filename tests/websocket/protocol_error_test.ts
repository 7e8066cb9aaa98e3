import { assert, assertEquals } from "@std/assert";
import { ProtocolError } from "../../websocket/protocol_error.ts";

Deno.test("ProtocolError carries the close code, the message and the cause", () => {
  const cause = new Error("Broken");
  const error = new ProtocolError(1007, "Text is not UTF-8", { cause });
  assert(error instanceof Error);
  assertEquals(
    [error.name, error.closeCode, error.message, error.cause],
    ["ProtocolError", 1007, "Text is not UTF-8", cause],
  );
});
