import { assertEquals, assertThrows } from "@std/assert";
import { delay } from "@std/async";
import {
  checkPassword,
  Password,
} from "../../../../chat/server/access/_password.ts";

Deno.test("Password tells whether a text is the password, before and after it was first given", async () => {
  const password = new Password("correct horse");
  for (let round = 0; round < 2; round++) {
    for (
      const wrong of ["", "correct hors", "correct horse ", "Correct horse"]
    ) {
      assertEquals(await password.verify(wrong), false);
    }
    assertEquals(await password.verify("correct horse"), true);
  }
});

Deno.test("Password knows an answer without a hash once somebody has given the right one", async () => {
  const password = new Password("correct horse");
  assertEquals(password.recall("correct horse"), undefined);
  await password.verify("wrong horse");
  assertEquals(password.recall("wrong horse"), undefined);
  await password.verify("correct horse");
  assertEquals(password.recall("correct horse"), true);
  assertEquals(password.recall("wrong horse"), false);
});

Deno.test("Password is the same however its characters are composed", async () => {
  const password = new Password("Gru\u0308\u00dfe aus K\u00f6ln");
  assertEquals(await password.verify("Gr\u00fc\u00dfe aus Ko\u0308ln"), true);
});

Deno.test("Password hashes no text that is longer than a password can be", () => {
  const password = new Password("x".repeat(1024));
  assertEquals(password.recall("x".repeat(1024)), undefined);
  assertEquals(password.recall("x".repeat(1025)), false);
});

Deno.test("Password leaves no text of it among its properties", async () => {
  const password = new Password("correct horse");
  await password.verify("correct horse");
  const shown = Deno.inspect(password, { depth: 9, showHidden: true });
  assertEquals(shown.includes("correct"), false);
});

Deno.test("Password checks in a thread, while timers go on", async () => {
  const password = new Password("correct horse");
  let isVerified = false;
  const verified = password.verify("correct horse").then(() => {
    isVerified = true;
  });
  let turns = 0;
  // Each turn of the event loop runs one, which a blocked loop would not.
  while (!isVerified) {
    await delay(0);
    turns++;
  }
  await verified;
  assertEquals(turns > 2, true, `${turns} turns`);
});

Deno.test("checkPassword() refuses short and long passwords, and does not show them", () => {
  checkPassword("12345678");
  checkPassword("好".repeat(8));
  checkPassword("x".repeat(1024));
  for (const text of ["", "1234567", "好".repeat(7), "x".repeat(1025)]) {
    const { message } = assertThrows(() => checkPassword(text), RangeError);
    assertEquals(text !== "" && message.includes(text), false);
  }
});
