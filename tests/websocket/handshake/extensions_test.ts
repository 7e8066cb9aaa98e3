import { assertEquals } from "@std/assert";
import {
  type Extension,
  formatExtensions,
  parseExtensions,
} from "../../../websocket/handshake/_extensions.ts";
import { withSeeds } from "../../property/_random.ts";

Deno.test("parseExtensions() reads names, flags, values and quoted values", () => {
  assertEquals(parseExtensions("permessage-deflate"), [
    { name: "permessage-deflate", params: [] },
  ]);
  assertEquals(
    parseExtensions(
      ' a ; flag;  value = token ; quoted = "to\\ken" ,\tb;x=1;x=2 ',
    ),
    [
      {
        name: "a",
        params: [
          { name: "flag", value: undefined },
          { name: "value", value: "token" },
          { name: "quoted", value: "token" },
        ],
      },
      {
        name: "b",
        params: [{ name: "x", value: "1" }, { name: "x", value: "2" }],
      },
    ],
  );
});

Deno.test("parseExtensions() passes over empty elements", () => {
  const expected = [{ name: "a", params: [] }, { name: "b", params: [] }];
  for (const value of [",a,b", "a,,b", " , a , , b , "]) {
    assertEquals(parseExtensions(value), expected);
  }
});

Deno.test("parseExtensions() returns undefined for everything else", () => {
  const malformed = [
    "",
    " ",
    ",",
    ";",
    "a;",
    "a;;b",
    "a,;b",
    ",;a,b",
    "a b",
    "a;b c",
    "a;b=",
    "a;=b",
    "a=b",
    'a;b="',
    'a;b="c',
    'a;b="c\\',
    'a;b=""',
    'a;b="c d"',
    'a;b="c";d "',
    'a;b="c"d',
    "a;b=c=d",
    "ä",
    "a;ä=1",
    "a;b=\xff",
    "a\0",
    "(a)",
    "a/b",
  ];
  for (const value of malformed) {
    assertEquals(parseExtensions(value), undefined, JSON.stringify(value));
  }
});

Deno.test("parseExtensions() knows no name that is special to objects", () => {
  const value = "__proto__; constructor; hasOwnProperty=toString";
  assertEquals(parseExtensions(value), [{
    name: "__proto__",
    params: [
      { name: "constructor", value: undefined },
      { name: "hasOwnProperty", value: "toString" },
    ],
  }]);
});

Deno.test("parseExtensions() reads back what formatExtensions() writes", () => {
  withSeeds(300, (random) => {
    const token = () => {
      const marks = "!#$%&'*+-.^_`|~09azAZ";
      let token = "";
      for (let count = random.int(1, 8); count > 0; count--) {
        token += random.pick([...marks]);
      }
      return token;
    };
    const extensions: Extension[] = [];
    for (let count = random.int(1, 4); count > 0; count--) {
      const params = [];
      for (let more = random.int(0, 4); more > 0; more--) {
        const value = random.chance(0.5) ? token() : undefined;
        params.push({ name: token(), value });
      }
      extensions.push({ name: token(), params });
    }
    const text = formatExtensions(extensions);
    assertEquals(parseExtensions(text), extensions);
    const spaced = text.replaceAll(/[;,=]/g, (mark) => {
      const blanks = () => random.pick(["", " ", "\t", "  "]);
      return blanks() + mark + blanks();
    });
    assertEquals(parseExtensions(spaced), extensions);
  });
});

Deno.test("parseExtensions() never throws", () => {
  withSeeds(2000, (random) => {
    const characters = [...'ab;=," \\\t\0é'];
    let value = "";
    for (let count = random.int(0, 30); count > 0; count--) {
      value += random.pick(characters);
    }
    const parsed = parseExtensions(value);
    if (parsed === undefined) return;
    assertEquals(parseExtensions(formatExtensions(parsed)), parsed);
  });
});

Deno.test("parseExtensions() takes time in proportion to the length", () => {
  // A quadratic reader would not come to the end of these.
  const long = 2 ** 20;
  const values = [
    "a" + " ".repeat(long) + "b",
    "a;" + " ".repeat(long) + ",",
    ",".repeat(long),
    "a;b=" + '"' + "\\".repeat(long),
    "a;b=" + '"' + " ".repeat(long) + '"',
    "a,".repeat(long / 2),
    "a;b ".repeat(long / 4),
  ];
  assertEquals(values.map((value) => parseExtensions(value)?.length), [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    long / 2,
    undefined,
  ]);
});
