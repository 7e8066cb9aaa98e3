import { assertEquals } from "@std/assert";
import { splitLinks } from "../../../../chat/client/core/_links.ts";

Deno.test("splitLinks() looks at each character of an address a few times only", () => {
  const length = 200_000;
  for (const tail of [")", "].", "(", "())", "!", ".)"]) {
    const text = `https://a.example/x${tail.repeat(length)}`;
    const pieces = splitLinks(text);
    assertEquals(pieces.map((piece) => piece.text).join("") === text, true);
  }
  const many = splitLinks("https://a.example/) ".repeat(length / 20));
  assertEquals(many.filter(({ href }) => href !== undefined).length, 10_000);
});

Deno.test("splitLinks() makes links of web addresses alone", () => {
  const links = (text: string) => {
    const pieces = splitLinks(text);
    assertEquals(pieces.map((piece) => piece.text).join(""), text);
    return pieces.flatMap(({ href }) => href ?? []);
  };
  assertEquals(links("see http://a.example, ok"), ["http://a.example/"]);
  assertEquals(links("(https://a.example/b_(c))."), [
    "https://a.example/b_(c)",
  ]);
  assertEquals(links("https://a.example/?q=1&r=2#s!"), [
    "https://a.example/?q=1&r=2#s",
  ]);
  assertEquals(links('<a href="https://a.example">'), ["https://a.example/"]);
  assertEquals(links("HTTPS://A.EXAMPLE http://b.example"), [
    "https://a.example/",
    "http://b.example/",
  ]);
  for (
    const text of [
      "javascript:alert(1)",
      "data:text/html,x",
      "ftp://a.example",
      "https://user:secret@a.example/",
      "https://bank.example@b.example/",
      "xhttps://a.example",
      "http://",
      "https://[",
      "",
    ]
  ) {
    assertEquals(links(text), [], text);
  }
});
