import { assertEquals, assertThrows } from "@std/assert";
import {
  checkUserHeader,
  readSignIn,
} from "../../../../chat/server/access/_trusted_header.ts";

const FIELD = "X-Forwarded-User";

/** Reads a field as a server gets it: one character for each byte. */
function read(...names: string[]): ReturnType<typeof readSignIn> {
  const headers = new Headers();
  for (const name of names) {
    const bytes = new TextEncoder().encode(name);
    headers.append(FIELD, String.fromCharCode(...bytes));
  }
  return readSignIn(headers, FIELD, true);
}

Deno.test("readSignIn() takes the nickname that a trusted proxy tells", () => {
  assertEquals(read("alice"), { nickname: "alice" });
  assertEquals(read(" alice@example.com "), { nickname: "alice@example.com" });
  assertEquals(read("李雷"), { nickname: "李雷" });
  assertEquals(read("José"), { nickname: "José" });
});

Deno.test("readSignIn() takes Latin-1 where a name is no UTF-8", () => {
  const headers = new Headers({ [FIELD]: "Jos\xe9" });
  assertEquals(readSignIn(headers, FIELD, true), { nickname: "José" });
});

Deno.test("readSignIn() believes nobody but a trusted proxy", () => {
  const headers = new Headers({ [FIELD]: "alice" });
  assertEquals(readSignIn(headers, FIELD, false), undefined);
});

Deno.test("readSignIn() finds nobody where the field is missing or empty", () => {
  assertEquals(read(), undefined);
  assertEquals(read(""), undefined);
});

Deno.test("readSignIn() refuses names that are no nicknames, and a field that was sent twice", () => {
  const wrong = [
    "two words",
    "a:b",
    "/root",
    "***",
    "x".repeat(33),
    "a\u202eb",
    // The mark of users who are not signed in, and a look-alike.
    "~alice",
    "\u223calice",
  ];
  for (const name of wrong) {
    assertEquals(read(name), { refused: name });
  }
  assertEquals(read("mallory", "alice"), { refused: "mallory, alice" });
});

Deno.test("checkUserHeader() takes header fields, but none that says something else", () => {
  for (
    const name of ["X-Forwarded-User", "remote-user", "X-Auth-Request-User"]
  ) {
    checkUserHeader(name, "userHeader");
  }
  const wrong = [
    "",
    "X User",
    "X-User:",
    "ü",
    "Host",
    "cookie",
    "Authorization",
  ];
  for (const name of [...wrong, "X-Forwarded-For", 7]) {
    assertThrows(() => checkUserHeader(name, "userHeader"), SyntaxError);
  }
});
