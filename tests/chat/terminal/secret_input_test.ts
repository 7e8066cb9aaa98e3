import { assertEquals } from "@std/assert";
import { SecretInput } from "../../../chat/terminal/_secret_input.ts";

/** Types keys one after the other, and returns the last outcome. */
function type(...texts: readonly string[]) {
  const input = new SecretInput();
  return texts.map((text) => input.push(text)).at(-1);
}

Deno.test("SecretInput takes keys up to Enter, and gives the rest back", () => {
  assertEquals(type("correct horse"), undefined);
  assertEquals(type("cor", "rect\r/list\r"), {
    ...{ secret: "correct", rest: "/list\r" },
  });
  assertEquals(type(" 密码😀 \n"), { secret: "密码😀", rest: "" });
});

Deno.test("SecretInput removes characters, and passes over other keys", () => {
  assertEquals(type("a😀\x7fb\bc\r")?.secret, "ac");
  assertEquals(type("wrong\x15right\r")?.secret, "right");
  assertEquals(type("\x1b[Da\x1b[3~\tb\x1bOAc\x04\r")?.secret, "abc");
  assertEquals(type("\x7f\r")?.secret, "");
});

Deno.test("SecretInput ends on Ctrl+C, and on Ctrl+D as the first key", () => {
  assertEquals(type("abc\x03x"), { secret: undefined, rest: "x" });
  assertEquals(type("\x04"), { secret: undefined, rest: "" });
});

Deno.test("SecretInput takes no more than a secret may have", () => {
  assertEquals(type("x".repeat(5000), "\r")?.secret?.length, 4096);
});
