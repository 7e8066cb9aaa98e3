import { assert, assertEquals, assertNotEquals } from "@std/assert";
import CONFUSABLES from "../../../../chat/room/names/confusables.txt" with {
  type: "text",
};
import {
  type Nickname,
  nicknameKey,
  parseNickname,
} from "../../../../chat/room/names/nickname.ts";

function fromHex(code: string): string {
  return String.fromCodePoint(
    ...code.split("+").map((part) => parseInt(part, 16)),
  );
}

function valid(text: string): Nickname {
  const nickname = parseNickname(text);
  assert(typeof nickname === "object", `${text}: ${nickname}`);
  return nickname;
}

function lookAlike(left: string, right: string): boolean {
  const { looks } = valid(right);
  return valid(left).looks.some((look) => looks.includes(look));
}

Deno.test("parseNickname() takes names of every language", () => {
  for (
    const text of [
      "a",
      "Alice",
      "李雷",
      "Владимир",
      "Ελένη",
      "مريم",
      "דנה",
      "สมชาย",
      "हिन्दी",
      "한국어",
      "Zoë",
      "O'Neil-Smith_3",
      "🙂",
      "a/b",
      "a*",
      "a#b",
      "c++",
      "[clan]bob",
      "-bob-",
      "\u{1f1e9}\u{1f1ea}",
      "\u0e17\u0e35\u0e48",
      "__proto__",
      "constructor",
    ]
  ) {
    assertEquals(valid(text).text, text);
  }
});

Deno.test("parseNickname() leaves out the white space around a name", () => {
  assertEquals(valid(" \t bob\u3000").text, "bob");
});

Deno.test("parseNickname() shows a name in NFKC", () => {
  assertEquals(valid("Ｂｏｂ").text, "Bob");
  assertEquals(valid("Zoe\u0308").text, "Zo\u00eb");
  assertEquals(valid("𝓑𝓸𝓫").text, "Bob");
});

Deno.test("parseNickname() refuses an empty name", () => {
  for (const text of ["", " ", "\t\u3000"]) {
    assertEquals(parseNickname(text), "nickname-empty");
  }
});

Deno.test("parseNickname() counts up to 32 code points after NFKC", () => {
  assertEquals(valid("x".repeat(32)).text.length, 32);
  assertEquals(parseNickname("x".repeat(33)), "nickname-too-long");
  assertEquals(valid("🙂".repeat(32)).text.length, 64);
  assertEquals(parseNickname("🙂".repeat(33)), "nickname-too-long");
  assertEquals(parseNickname(`${"x".repeat(40)}🙂`), "nickname-too-long");
  assertEquals(valid("e\u0301".repeat(32)).text.length, 32);
  // One ligature that NFKC makes 18 letters, with spaces among them.
  assertEquals(parseNickname("\ufb03".repeat(11)), "nickname-too-long");
  assertEquals(parseNickname("\ufdfa"), "nickname-space");
  assertEquals(parseNickname("x".repeat(100_000)), "nickname-too-long");
});

Deno.test("parseNickname() refuses white space within a name", () => {
  for (
    const space of [" ", "\t", "\n", "\u00a0", "\u2003", "\u3000", "\u2028"]
  ) {
    assertEquals(parseNickname(`a${space}b`), "nickname-space");
  }
});

Deno.test("parseNickname() refuses a colon, and what looks like one", () => {
  for (const colon of [":", "\uff1a", "\ufe55", "\u2236", "\ua789", "\u0589"]) {
    assertEquals(parseNickname(`a${colon}b`), "nickname-colon");
  }
});

Deno.test("parseNickname() refuses a slash at the start only", () => {
  assertEquals(parseNickname("/bob"), "nickname-slash");
  assertEquals(parseNickname("\uff0fbob"), "nickname-slash");
  assertEquals(valid("bob/").text, "bob/");
});

Deno.test("parseNickname() refuses a combining mark at the start only", () => {
  assertEquals(parseNickname("\u0301bob"), "nickname-mark");
  assertEquals(valid("bob\u0335").text, "bob\u0335");
});

Deno.test("parseNickname() refuses every character that can't be seen", () => {
  const invisible = [
    ...["\u0000", "\u0007", "\u001b", "\u007f", "\u009b"],
    ...["\u202a", "\u202e", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c"],
    ...["\u200b", "\u200c", "\u200d", "\u2060", "\u00ad", "\u180e"],
    ...["\ud800", "\udc00", "\ue000", "\uffff", "\u{e0041}", "\u{e0100}"],
    ...["\u034f", "\u115f", "\u3164", "\uffa0", "\ufe0f", "\u2800", "\ufeff"],
  ];
  for (const character of invisible) {
    assertEquals(
      parseNickname(`a${character}b`),
      "nickname-invisible",
      character.codePointAt(0)?.toString(16),
    );
  }
});

Deno.test("parseNickname() refuses every character that draws nothing, alone too", () => {
  const blank = [
    ...["\u2800", "\u3164", "\uffa0", "\u115f", "\u1160", "\ufffc"],
    ...["\u{1d159}", "\u{1d173}", "\u{16fe4}", "\u{13441}", "\u{13442}"],
    ...["\u17b4", "\u17b5", "\u{e0020}", "\u2061", "\u206a", "\ufff9"],
  ];
  for (const character of blank) {
    for (const text of [character, character + character, `a${character}`]) {
      assertEquals(
        parseNickname(text),
        "nickname-invisible",
        character.codePointAt(0)?.toString(16),
      );
    }
  }
  for (const text of ["\u0301", "\u0301\u0302", "\u20dd", "\u093e"]) {
    assertEquals(parseNickname(text), "nickname-mark");
  }
});

Deno.test("parseNickname() refuses a pile of combining marks", () => {
  assertEquals(valid(`x${"\u0325".repeat(4)}`).text.length, 5);
  assertEquals(parseNickname(`x${"\u0325".repeat(5)}`), "nickname-mark");
});

Deno.test("parseNickname() refuses names that look like the server's marks", () => {
  const marks = [
    ...["*", "**", "***", "***bob", "*bob", "\uff0a\uff0a\uff0a", "#"],
    ...["\u2217\u2217\u2217", "\u204e", "\u066d", "\u2731\u2731\u2731bob"],
    ...["\u2733\u2733", "--", "!", "...", "[]", "\u2014", "\u203c", "\u00b7"],
    ...[
      "[private]",
      "[Private",
      "[priv\u0430te]",
      "_",
      "'",
      ">",
      "=>",
      "\u2500\u2500",
    ],
  ];
  for (const text of marks) {
    assertEquals(parseNickname(text), "nickname-server-mark", text);
  }
});

Deno.test("parseNickname() refuses a zero-width character at the end of a name", () => {
  for (const text of ["bob\u200b", "\ufeffbob", "bob\ufeff", "\u200b"]) {
    assertEquals(parseNickname(text), "nickname-invisible");
  }
});

Deno.test("nicknameKey() is the same for all ways to write a name", () => {
  for (
    const [left, right] of [
      ["Bob", "bOB"],
      ["Bob", "ＢＯＢ"],
      ["Zo\u00eb", "ZOE\u0308"],
      ["Straße", "STRASSE"],
      ["STRA\u1e9eE", "strasse"],
      ["\u0130", "i\u0307"],
      ["ΟΔΟΣ", "οδος"],
      ["οδοσ", "οδος"],
      ["\u212a", "k"],
      ["МИР", "мир"],
      ["\u01c5", "\u01c6"],
    ]
  ) {
    assertEquals(nicknameKey(left), nicknameKey(right), `${left} ${right}`);
  }
  assertNotEquals(nicknameKey("Zoe"), nicknameKey("Zo\u00eb"));
  assertNotEquals(nicknameKey("李"), nicknameKey("季"));
});

Deno.test("parseNickname() gives look-alikes a look in common", () => {
  for (
    const [left, right] of [
      ["alice", "\u0430lice"],
      ["alice", "\u0430l\u0456\u0441\u0435"],
      ["Bob", "\u0412ob"],
      ["bob", "\u0412\u041e\u0412"],
      ["BOB", "\u0432\u043e\u0432"],
      ["paypal", "\u0440\u0430\u0443\u0440\u0430\u04cf"],
      ["Nikos", "\u039dikos"],
      ["nikos", "nik\u03bfs"],
      ["TOM", "\u03a4\u039f\u039c"],
      ["ΤΟΜ", "\u0422\u041e\u041c"],
      ["scope", "\u0455\u0441\u043e\u0440\u0435"],
      ["b\u0131ll", "bill"],
      ["bi\u0307ll", "bill"],
      ["Alice", "AIice"],
      ["Alice", "A1ice"],
      ["bill", "bi||"],
      ["BOB", "B0B"],
      ["\u00e1nna", "\u0430\u0301nna"],
      ["alice", "\ua4eelice"],
      ["alice", "\u2c81lice"],
      ["alice", "al\u026ace"],
      ["ALICE", "\u1d00\u029f\u026a\u1d04\u1d07"],
      ["Ivan", "\ua4f2van"],
      ["IVAN", "\ua4f2van"],
      ["ivan", "\u0406VAN"],
      ["modern", "modem"],
      ["MODEM", "m\u043edem"],
    ]
  ) {
    assert(lookAlike(left, right), `${left} ${right}`);
    assert(lookAlike(right, left), `${right} ${left}`);
  }
});

Deno.test("parseNickname() finds every single character that looks like ASCII", () => {
  let count = 0;
  const entries = CONFUSABLES.replace(/^#.*$/gm, "").trim().split(/\s+/);
  for (const entry of entries) {
    const [prototype, sources] = entry.split("=");
    const look = fromHex(prototype);
    if (!/^[A-Za-z0-9]$/.test(look)) continue;
    for (const source of sources.split(",")) {
      const other = fromHex(source);
      const [left, right] = [`x${look}y`, `x${other}y`];
      assert(lookAlike(left, right), `${left} ${right}: ${source}`);
      count++;
    }
  }
  assert(count > 400, `${count}`);
});

Deno.test("parseNickname() gives different names no look in common", () => {
  for (
    const [left, right] of [
      ["alice", "alicia"],
      ["Ian", "Lan"],
      ["user1", "user11"],
      ["bob0", "bobo"],
      ["Jorg", "J\u00f6rg"],
      ["Анна", "Anna"],
      ["Иван", "Ivan"],
      ["李雷", "韩梅梅"],
      ["modem", "model"],
    ]
  ) {
    assert(!lookAlike(left, right), `${left} ${right}`);
  }
});
