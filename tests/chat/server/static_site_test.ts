import { assert, assertEquals, assertMatch } from "@std/assert";
import { StaticSite } from "../../../chat/server/_static_site.ts";

const page = {
  body: "<p>你好",
  contentType: "text/html; charset=utf-8",
  headers: { "content-security-policy": "default-src 'none'" },
};
const site = new StaticSite(new Map([["/", page]]));

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

const text = {
  body: "你好 ".repeat(500),
  contentType: "text/plain; charset=utf-8",
};
const large = new StaticSite(new Map([["/", text]]));

async function encodingFor(accepted?: string): Promise<string | null> {
  const headers = new Headers();
  if (accepted !== undefined) headers.set("accept-encoding", accepted);
  const response = await large.answer({ method: "GET", path: "/", headers });
  await response.body?.cancel();
  assertEquals(response.headers.get("vary"), "accept-encoding");
  return response.headers.get("content-encoding");
}

Deno.test("StaticSite compresses where gzip is accepted", async () => {
  for (
    const accepted of [
      ...["gzip", "gzip, deflate, br, zstd", "br;q=1.0, GZip;q=0.8, *;q=0.1"],
      ...["*", "x-gzip", "deflate , gzip ; q=0.001", "identity;q=0.5, gzip"],
      ...["identity;q=0, *", "gzip;q=1.000,identity"],
    ]
  ) assertEquals(await encodingFor(accepted), "gzip", accepted);
  for (
    const accepted of [
      ...[undefined, "", "br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzipped"],
      ...["gzip;q=0, *", "identity, gzip;q=0.5", "gzip;q=1.5", "gzip;q=x"],
      ...["gzip;q=-1", "gzip;q=", "notgzip, agzip"],
    ]
  ) assertEquals(await encodingFor(accepted), null, accepted);
});

Deno.test("StaticSite sends the same text in all codings, by other tags", async () => {
  const ask = (headers: HeadersInit) =>
    large.answer({ method: "GET", path: "/", headers: new Headers(headers) });
  const zipped = await ask({ "accept-encoding": "gzip" });
  const plain = await ask({});
  const bytes = new Uint8Array(await zipped.arrayBuffer());
  const text = await new Response(
    new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")),
  ).text();
  assertEquals(text, await plain.text());
  assert(bytes.length < text.length);
  const tags = [zipped, plain].map(({ headers }) => headers.get("etag") ?? "");
  assert(tags[0] !== tags[1]);
  for (const [at, encoding] of ["gzip", "identity"].entries()) {
    const statuses = await Promise.all(tags.map(async (tag) => {
      const headers = { "accept-encoding": encoding, "if-none-match": tag };
      const response = await ask(headers);
      await response.body?.cancel();
      return [response.status, response.headers.get("vary")];
    }));
    assertEquals(statuses[at], [304, "accept-encoding"]);
    assertEquals(statuses[1 - at], [200, "accept-encoding"]);
  }
});
