import { assert, assertEquals } from "@std/assert";
import {
  indexWords,
  matchExpression,
} from "../../../chat/store/_search_words.ts";

Deno.test("indexWords() cuts scripts with spaces into words, and others into pairs", () => {
  const cases = [
    ["Hello, wörld v1.2", "HELLO WÖRLD V1 2"],
    ["今天天气", "今天 天天 天气 气"],
    ["deno很好用", "DENO 很好 好用 用"],
    ["コーヒー「です」", "コー ーヒ ヒー ー です す"],
    ["tea 🍵🍰", "TEA 🍵🍰 🍰"],
    ["a_b-c", "A B C"],
    ["…!! \"' *", ""],
    ["", ""],
  ];
  for (const [text = "", words] of cases) assertEquals(indexWords(text), words);
});

Deno.test("indexWords() folds case and width", () => {
  assertEquals(indexWords("ＡＢＣ ｶﾌｪ"), indexWords("abc カフェ"));
  assertEquals(indexWords("Straße ΣΊΣΥΦΟΣ"), indexWords("STRASSE σίσυφος"));
  assertEquals(indexWords("cafe\u0301"), indexWords("CAFÉ"));
});

Deno.test("indexWords() cuts long words", () => {
  assertEquals(indexWords("x".repeat(50_000)).length, 64);
});

Deno.test("matchExpression() asks for all terms, quoted ones in a row", () => {
  const cases = [
    ["hello wor", '"HELLO" * AND "WOR" *'],
    ['"hello world" x', '"HELLO WORLD" AND "X"'],
    ["to tea 茶", '"TO" AND "TEA" * AND "茶" *'],
    ["foo-bar", '"FOO BAR" *'],
    ["你", '"你" *'],
    ["你好", '"你好"'],
    ["你好吗", '"你好 好吗"'],
    ["deno很好", '"DENO 很好"'],
    ['"很好 yes"', '"很好 好 YES"'],
    ["“smart quotes”", '"SMART QUOTES"'],
    ['"not closed', '"NOT CLOSED"'],
  ];
  for (const [query = "", expression] of cases) {
    assertEquals(matchExpression(query), expression);
  }
});

Deno.test("matchExpression() gives none for a query without words", () => {
  for (const query of ["", "  ", '"', '""', "* ^ -", "!!!", "\0"]) {
    assertEquals(matchExpression(query), undefined);
  }
});

Deno.test("matchExpression() lets no syntax of FTS5 through", () => {
  const syntax = [
    'NEAR(a b, 3) OR * ^x text:y {place}: z "" ) (',
    "a AND b NOT c + d",
    'x" OR place:"r1',
    "';--",
  ];
  for (const query of syntax) {
    const expression = matchExpression(query) ?? "";
    const outside = expression.replaceAll(/"[^"]*"/g, "").trim();
    assert(/^(\*|AND|\s)*$/.test(outside), outside);
    for (const [, phrase = ""] of expression.matchAll(/"([^"]*)"/g)) {
      assert(/^[\p{L}\p{N} ]+$/u.test(phrase), phrase);
    }
  }
});

Deno.test("matchExpression() cuts long queries", () => {
  const expression = matchExpression("ab ".repeat(10_000)) ?? "";
  assertEquals(expression.split(" AND ").length, 67);
});
