import { assert, assertEquals, assertMatch } from "@std/assert";
import { ENGLISH } from "../../../chat/text/_texts.ts";
import { pageFiles } from "../../../chat/page/page.ts";

const FILES = pageFiles({ signsIn: true });
const { body = "", headers = {} } = FILES["/"] ?? {};

/** The text of the only element with a tag. */
function textOf(tag: string): string {
  const [, text = "", ...others] = body.split(
    new RegExp(`</?${tag}(?: [^>]*)?>`),
  );
  assertEquals(others.length, 1, tag);
  return text;
}

Deno.test("The page's policy allows its own script and style, and no others", async () => {
  const policy = headers["content-security-policy"] ?? "";
  for (const tag of ["script", "style"]) {
    const bytes = new TextEncoder().encode(textOf(tag));
    const hash = await crypto.subtle.digest("SHA-256", bytes);
    const source = `'sha256-${new Uint8Array(hash).toBase64()}'`;
    assert(policy.includes(`${tag}-src ${source};`), tag);
  }
  assertMatch(policy, /^default-src 'none';/);
  assertEquals(/unsafe|https?:|data:|\*/.test(policy), false);
});

Deno.test("The page loads its icon and nothing else, and makes no markup of text", () => {
  const loaded = [...body.matchAll(/\s(?:href|src)="([^#"][^"]*)"/g)]
    .map(([, path]) => `/${path}`);

  assertEquals(loaded, Object.keys(FILES).filter((path) => path !== "/"));
  assertEquals(body.match(/\s(?:on[a-z]+|style)="/g), null);
  assertEquals(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/.test(body),
    false,
  );
});

Deno.test("The page's script has all modules, and no imports or exports", () => {
  const script = textOf("script");

  assertEquals(script.match(/(?:^|[;}\n])(?:import|export)[ {*].*/g), null);
  assertEquals(script.match(/\bundefined\b.*from "/g), null);
});

Deno.test("The page has all its texts from the catalogue", () => {
  const html = body.replaceAll(/<(script|style|noscript)[^]*?<\/\1>/g, "");
  const keys = [
    ...html.matchAll(/\sdata-(?:text|label|title|heading)="([^"]*)"/g),
  ];
  assert(keys.length > 40);
  for (const [, key] of keys) assert(ENGLISH.has(`page.${key}`), key);
  const texts = html.replaceAll(/<title>.*<\/title>|<[^>]*>/g, "").trim();
  assertEquals(texts, "");
  assertEquals(html.match(/\s(?:aria-label|title|placeholder)="/g), null);
});

Deno.test("The page stays below 160,000 bytes", () => {
  const bodies = Object.values(FILES).map(({ body }) => body).join("");

  assert(new TextEncoder().encode(bodies).length < 160_000);
});
