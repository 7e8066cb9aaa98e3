import { assertEquals, assertMatch } from "@std/assert";
import { StaticSite } from "../../../chat/server/_static_site.ts";

const site = new StaticSite({
  "/": {
    body: "<p>你好",
    contentType: "text/html; charset=utf-8",
    headers: { "content-security-policy": "default-src 'none'" },
  },
});

function ask(path: string, method = "GET", headers: HeadersInit = {}) {
  return site.answer({ method, path, headers: new Headers(headers) });
}

Deno.test("StaticSite serves a resource with the headers that keep browsers strict", async () => {
  const response = await ask("/");
  assertEquals(response.status, 200);
  const headers = Object.fromEntries(response.headers);
  assertMatch(headers["etag"] ?? "", /^"[0-9a-f]{32}"$/);
  delete headers["etag"];
  assertEquals(headers, {
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'none'",
    "content-type": "text/html; charset=utf-8",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  });
  assertEquals(await response.text(), "<p>你好");
});

Deno.test("StaticSite answers 304 to those who have the resource", async () => {
  const etag = (await ask("/")).headers.get("etag") ?? "";
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const response = await ask("/", "GET", { "if-none-match": known });
    assertEquals([response.status, await response.text()], [304, ""]);
  }
  const other = await ask("/", "GET", { "if-none-match": '"other"' });
  assertEquals(other.status, 200);
});

Deno.test("StaticSite knows no other path, however it is written", async () => {
  for (
    const path of [
      "/index.html",
      "/../",
      "/./",
      "//",
      "/..%2f",
      "/%2e%2e/etc/passwd",
      "/chat/../",
      "/../../etc/passwd",
      "*",
      "",
      "/__proto__",
      "__proto__",
      "constructor",
    ]
  ) {
    const response = await ask(path);
    assertEquals([response.status, await response.text()], [
      404,
      "Not found\n",
    ], path);
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
  }
});

Deno.test("StaticSite allows GET and HEAD", async () => {
  assertEquals((await ask("/", "HEAD")).status, 200);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "get", "X"]) {
    const response = await ask("/", method);
    assertEquals(response.status, 405);
    assertEquals(response.headers.get("allow"), "GET, HEAD");
  }
});
