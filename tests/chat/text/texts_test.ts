import { assert, assertEquals } from "@std/assert";
import { CATALOGS } from "../../../chat/text/_catalogs.ts";
import { ENGLISH, Texts, textsFor } from "../../../chat/text/_texts.ts";

/** The names of the values in a text, in alphabetical order. */
function valuesOf(text: string): string[] {
  return [...new Set(text.match(/\{\w+\}/g))].sort();
}

Deno.test("all catalogues have the same texts, with the same values", () => {
  const { en, ...others } = CATALOGS;
  for (const [language, catalog] of Object.entries(others)) {
    assertEquals(Object.keys(catalog).sort(), Object.keys(en).sort());
    for (const [key, text] of Object.entries(catalog)) {
      const expected = valuesOf(en[key as keyof typeof en]);
      // The form for one may say "1" or leave the number to the value.
      const counted = key.endsWith(".one") ? ["{count}"] : [];
      const values = valuesOf(text).filter((value) =>
        !counted.includes(value) || expected.includes(value)
      );
      assertEquals(values, expected, `${language}: ${key}`);
    }
  }
});

Deno.test("all texts are lines without control characters, but for the help", () => {
  for (const catalog of Object.values(CATALOGS)) {
    for (const [key, text] of Object.entries(catalog)) {
      assert(text.trim() !== "", key);
      // deno-lint-ignore no-control-regex
      if (key !== "term.help") assertEquals(text.match(/[\x00-\x1f]/), null);
    }
  }
});

Deno.test("texts that depend on a number have both forms", () => {
  const keys = Object.keys(CATALOGS.en);
  for (const key of keys) {
    const other = key.replace(/\.one$/, ".other");
    assert(keys.includes(other), key);
  }
});

Deno.test("Texts puts values in their places, and replaces nothing in them", () => {
  assertEquals(
    ENGLISH.get("record.renamed", { user: "{previous}", previous: "$&" }),
    "$& is now called {previous}",
  );
  assertEquals(ENGLISH.parts("record.joined", { user: { id: 1 } }), [
    ...["", { id: 1 }, " joined"],
  ]);
});

Deno.test("Texts has a form for one and one for other numbers", () => {
  const chinese = new Texts("zh");

  assertEquals(
    [0, 1, 2].map((count) => ENGLISH.count("people", count)),
    ["0 people", "1 person", "2 people"],
  );
  assertEquals(chinese.count("people", 1), "1 人");
});

Deno.test("textsFor() takes the first language that it has", () => {
  const languages: [string[], string][] = [
    [["zh-CN"], "zh-Hans"],
    [["zh"], "zh-Hans"],
    [["zh_CN.UTF-8"], "zh-Hans"],
    [["zh-Hans-TW"], "zh-Hans"],
    [["zh-TW", "zh-CN"], "zh-Hans"],
    [["zh-Hant"], "en"],
    [["de-DE", "zh-SG", "en"], "zh-Hans"],
    [["en-GB", "zh-CN"], "en"],
    [["en_US.UTF-8"], "en"],
    [["zho", "und", "C"], "en"],
    [[], "en"],
  ];
  for (const [tags, language] of languages) {
    assertEquals(textsFor(tags).language, language, `${tags}`);
  }
});
