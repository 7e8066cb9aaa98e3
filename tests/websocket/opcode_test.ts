import { assertEquals } from "@std/assert";
import { OPCode } from "../../websocket/opcode.ts";

Deno.test("OPCode has V's names and numbers", () => {
  assertEquals(OPCode, {
    continuation: 0,
    textFrame: 1,
    binaryFrame: 2,
    close: 8,
    ping: 9,
    pong: 10,
  });
});
