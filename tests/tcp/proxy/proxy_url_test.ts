import { assertEquals, assertThrows } from "@std/assert";
import { isProxyHost, parseProxyUrl } from "../../../tcp/proxy/_proxy_url.ts";

Deno.test("parseProxyUrl() takes the kinds of proxies with their usual ports", () => {
  const parse = (url: string | URL) => {
    const { kind, hostname, port, name } = parseProxyUrl(url, "proxy");
    return [kind, hostname, port, name];
  };
  assertEquals(parse("http://p"), ["http", "p", 80, "p:80"]);
  assertEquals(parse("https://p/"), ["https", "p", 443, "p:443"]);
  assertEquals(parse("socks5://p"), ["socks5", "p", 1080, "p:1080"]);
  assertEquals(parse("socks5h://p:1"), ["socks5", "p", 1, "p:1"]);
  assertEquals(
    parse(new URL("socks5://[::1]:9/path")),
    ["socks5", "::1", 9, "[::1]:9"],
  );
  assertEquals(parse("HTTP://[2001:db8::1]"), [
    "http",
    "2001:db8::1",
    80,
    "[2001:db8::1]:80",
  ]);
});

Deno.test("parseProxyUrl() decodes user name and password", () => {
  const read = (url: string) => parseProxyUrl(url, "proxy").credentials;
  assertEquals(read("http://p"), undefined);
  assertEquals(read("socks5://me@p"), { username: "me", password: "" });
  assertEquals(read("http://me:a%40b%3A%2F@p"), {
    username: "me",
    password: "a@b:/",
  });
  assertEquals(read("http://me:100%@p"), { username: "me", password: "100%" });
});

Deno.test("parseProxyUrl() refuses all else, and shows nothing of it", () => {
  for (
    const url of [
      "http://user:secret@proxy:99999",
      "http://user:secret@pro xy",
      "http://user:secret@proxy:0",
      "socks5://user:secret@",
      "socks5:user:secret",
      "socks5://user:secret@b\u00fccher",
      "socks4://user:secret@proxy",
      "ftp://user:secret@proxy",
      "user:secret@proxy:3128",
      "secret",
      "",
      `socks5://secret:${"x".repeat(256)}@proxy`,
      `socks5://${"%C3%A9".repeat(128)}:secret@proxy`,
    ]
  ) {
    const error = assertThrows(
      () => parseProxyUrl(url, "the option"),
      SyntaxError,
      "Cannot use the option: expected ",
    );
    assertEquals(Deno.inspect(error).includes("secret"), false);
    assertEquals(error.cause, undefined);
  }
});

Deno.test("isProxyHost() takes nothing that could end a line or a field", () => {
  const good = [
    "a",
    "A-b_c.example.",
    "a~b",
    "192.0.2.1",
    "::1",
    "2001:db8::1",
  ];
  assertEquals(good.filter(isProxyHost), good);
  const bad = [
    "",
    "a b",
    "a\r\nX: y",
    "a:b",
    "a/b",
    "a@b",
    "a%b",
    "a\0b",
    "a\tb",
    "b\u00fccher",
    "fe80::1%eth0",
    "[::1]",
    "a".repeat(256),
  ];
  assertEquals(bad.filter(isProxyHost), []);
});
