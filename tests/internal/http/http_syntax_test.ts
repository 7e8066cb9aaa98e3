import { assertEquals } from "@std/assert";
import {
  encodeLatin1,
  isFieldValue,
  isToken,
  listIncludes,
  splitList,
  trimBlanks,
} from "../../../internal/http/http_syntax.ts";
import { hex } from "../../websocket/support/_frames.ts";

Deno.test("isToken() takes the characters of RFC 9110 and no others", () => {
  let tokens = "";
  for (let code = 0; code < 0x180; code++) {
    const character = String.fromCharCode(code);
    if (isToken(character)) tokens += character;
  }
  assertEquals(
    tokens,
    "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~",
  );
  assertEquals(isToken(""), false);
  assertEquals(isToken("a\n"), false);
});

Deno.test("isFieldValue() takes no control characters but tabs", () => {
  assertEquals(isFieldValue("a\tb \x80\xff"), true);
  for (const text of ["\0", "\r", "\n", "\x1b", "\x7f", "\u0100"]) {
    assertEquals(isFieldValue(`a${text}b`), false);
  }
});

Deno.test("trimBlanks() removes spaces and tabs from both ends", () => {
  assertEquals(trimBlanks(" \t a b\t "), "a b");
  assertEquals(trimBlanks("   "), "");
  assertEquals(trimBlanks("\u00a0a"), "\u00a0a");
});

Deno.test("splitList() splits at commas and leaves empty elements out", () => {
  assertEquals(splitList(" a,b ,, c d,\t"), ["a", "b", "c d"]);
  assertEquals(splitList(""), []);
  assertEquals(splitList(" , ,"), []);
});

Deno.test("listIncludes() compares without regard to case", () => {
  assertEquals(listIncludes("keep-alive, UpGrade", "upgrade"), true);
  assertEquals(listIncludes("UPGRADE", "upgrade"), true);
  assertEquals(listIncludes("up, ade", "upgrade"), false);
  assertEquals(listIncludes("upgraded", "upgrade"), false);
  assertEquals(listIncludes("up grade", "upgrade"), false);
  assertEquals(listIncludes(undefined, "upgrade"), false);
});

Deno.test("splitList() and trimBlanks() take time in proportion to the length", () => {
  const long = 2 ** 20;
  // Quadratic readers would not come to the end of these.
  const inner = " ".repeat(long);
  assertEquals(splitList(" ,".repeat(long)), []);
  assertEquals(splitList(`b${inner}x`).length, 1);
  assertEquals(trimBlanks(`a${inner}b${inner}`).length, long + 2);
});

Deno.test("encodeLatin1() encodes a byte for each character", () => {
  assertEquals(hex(encodeLatin1("aé\xff")), "61e9ff");
});
