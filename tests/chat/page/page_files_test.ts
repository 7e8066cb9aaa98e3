import { assert, assertEquals, assertMatch } from "@std/assert";
import { pageFiles } from "../../../chat/page/page.ts";

const FILES = pageFiles();

/** Where a reference in a file leads, as a browser resolves it. */
function resolve(reference: string, path: string): string {
  return new URL(reference, `http://chat.example${path}`).pathname;
}

/** What the files refer to: by href and src in HTML, by imports in scripts. */
function references(path: string): string[] {
  const body = FILES[path]?.body ?? "";
  const pattern = path === "/"
    ? /\s(?:href|src)="([^#"][^"]*)"/g
    : /^(?:import|export) [^;]*? from "([^"]+)";/gm;
  return [...body.matchAll(pattern)].map(([, found = ""]) =>
    resolve(found, path)
  );
}

Deno.test("pageFiles() has every file that another one refers to, and no others", () => {
  const found = new Set(["/"]);
  for (const path of found) {
    for (const reference of references(path)) found.add(reference);
  }

  assertEquals([...found].sort(), Object.keys(FILES).sort());
});

Deno.test("pageFiles() gives the page a policy for its own files alone", () => {
  const policy = FILES["/"]?.headers?.["content-security-policy"] ?? "";

  assertMatch(policy, /^default-src 'none';/);
  assertEquals(/unsafe|https?:|data:|\*/.test(policy), false);
  assertMatch(policy, /require-trusted-types-for 'script'/);
});

Deno.test("pageFiles() has no inline script or style, and makes no markup of text", () => {
  const { body = "" } = FILES["/"] ?? {};

  assertEquals(body.match(/<style|<script(?! type="module" src=)/g), null);
  assertEquals(body.match(/\s(?:on[a-z]+|style)="/g), null);
  for (const [path, { body }] of Object.entries(FILES)) {
    assert(
      !/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/
        .test(body),
      path,
    );
  }
});
