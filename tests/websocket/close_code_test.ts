import { assertEquals } from "@std/assert";
import { CloseCode, isWireCloseCode } from "../../websocket/close_code.ts";

Deno.test("isWireCloseCode() takes 1000-1003, 1007-1014 and 3000-4999 only", () => {
  const taken: number[] = [];
  for (let code = -1; code <= 70000; code++) {
    if (isWireCloseCode(code)) taken.push(code);
  }
  const expected: number[] = [];
  for (let code = 1000; code <= 1003; code++) expected.push(code);
  for (let code = 1007; code <= 1014; code++) expected.push(code);
  for (let code = 3000; code <= 4999; code++) expected.push(code);
  assertEquals(taken, expected);
});

Deno.test("isWireCloseCode() refuses what is no whole number", () => {
  for (const code of [NaN, Infinity, 1000.5, 3000.1]) {
    assertEquals(isWireCloseCode(code), false);
  }
});

Deno.test("CloseCode names the codes that are never sent", () => {
  const unsendable = Object.values(CloseCode)
    .filter((code) => !isWireCloseCode(code));
  assertEquals(unsendable, [1005, 1006, 1015]);
});
