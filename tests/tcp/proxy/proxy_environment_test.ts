import { assertEquals, assertThrows } from "@std/assert";
import { proxyFromEnvironment } from "../../../tcp/proxy/_proxy_environment.ts";

type Environment = Readonly<Record<string, string>>;

/** The proxy for an address, `undefined` for none. */
function choose(
  environment: Environment,
  hostname = "a.test",
  options: { port?: number; isSecure?: boolean } = {},
): string | undefined {
  const { port = 80, isSecure = false } = options;
  const read = (name: string) => environment[name];
  return proxyFromEnvironment({ hostname, port }, isSecure, read)?.name;
}

Deno.test("proxyFromEnvironment() reads HTTPS_PROXY for TLS, and ALL_PROXY", () => {
  const both = { HTTPS_PROXY: "http://s:1", ALL_PROXY: "socks5://a:2" };
  assertEquals(choose(both), "a:2");
  assertEquals(choose(both, "a.test", { isSecure: true }), "s:1");
  const all = { ALL_PROXY: "socks5://a:2", HTTPS_PROXY: "" };
  assertEquals(choose(all, "a.test", { isSecure: true }), "a:2");
  assertEquals(choose({ HTTPS_PROXY: "http://s:1" }), undefined);
  assertEquals(
    choose({ HTTP_PROXY: "http://h:1", http_proxy: "h:1" }),
    undefined,
  );
  assertEquals(choose({}), undefined);
});

Deno.test("proxyFromEnvironment() takes upper before lower case", () => {
  assertEquals(choose({ all_proxy: "http://l:1" }), "l:1");
  assertEquals(
    choose({ all_proxy: "http://l:1", ALL_PROXY: "http://u:1" }),
    "u:1",
  );
  const secure = { https_proxy: "http://l:1", ALL_PROXY: "http://u:1" };
  assertEquals(choose(secure, "a.test", { isSecure: true }), "l:1");
  assertEquals(
    choose({ ALL_PROXY: "http://p", no_proxy: "a.test" }),
    undefined,
  );
});

Deno.test("proxyFromEnvironment() takes addresses without a scheme as HTTP proxies", () => {
  const read = () => " me:secret@p.test:3128 ";
  const target = { hostname: "192.0.2.1", port: 80 };
  const proxy = proxyFromEnvironment(
    target,
    false,
    (name) => name === "ALL_PROXY" ? read() : undefined,
  );
  assertEquals([proxy?.kind, proxy?.name], ["http", "p.test:3128"]);
  assertEquals(proxy?.credentials, { username: "me", password: "secret" });
});

Deno.test("proxyFromEnvironment() names the variable that can't be used, not its value", () => {
  for (
    const value of ["ftp://me:secret@p", "http://me:secret@p:x", "secret@"]
  ) {
    const error = assertThrows(
      () => choose({ ALL_PROXY: value }),
      SyntaxError,
      "the environment variable ALL_PROXY",
    );
    assertEquals(Deno.inspect(error).includes("secret"), false);
  }
});

Deno.test("proxyFromEnvironment() never sends this machine's addresses to a proxy", () => {
  const read = () => {
    throw new Error("It was read");
  };
  for (
    const hostname of [
      "localhost",
      "LocalHost",
      "localhost.",
      "127.0.0.1",
      "127.9.9.9",
      "::1",
      "::ffff:127.0.0.1",
    ]
  ) {
    const target = { hostname, port: 80 };
    assertEquals(proxyFromEnvironment(target, true, read), undefined);
  }
  const all = { ALL_PROXY: "http://p" };
  for (const hostname of ["127.example.com", "notlocalhost", "10.0.0.1"]) {
    assertEquals(choose(all, hostname), "p:80");
  }
});

/** NO_PROXY, then what it names, then what it does not. */
const EXCLUDED:
  readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["*", ["a.test", "192.0.2.1", "2001:db8::1"], []],
    ["x, *", ["a.test"], []],
    ["a.test", ["a.test", "A.Test", "a.test.", "b.a.test"], [
      "ba.test",
      "test",
    ]],
    [".a.test", ["b.a.test", "c.b.a.test"], ["a.test", "ba.test"]],
    ["*.a.test", ["b.a.test"], ["a.test"]],
    ["A.TEST", ["a.test"], []],
    ["other.test,a.test", ["a.test", "other.test"], ["c.test"]],
    ["other.test  a.test", ["a.test"], []],
    ["a.test:80", ["a.test", "b.a.test"], []],
    ["a.test:81", [], ["a.test"]],
    ["192.0.2.1", ["192.0.2.1", "::ffff:192.0.2.1"], [
      "192.0.2.10",
      "192.0.2.2",
    ]],
    ["192.0.2.1:80", ["192.0.2.1"], []],
    ["192.0.2.1:81", [], ["192.0.2.1"]],
    ["10.0.0.0/8", ["10.1.2.3"], ["11.0.0.1", "10.test"]],
    ["10.9.9.9/8", ["10.1.2.3"], ["11.0.0.1"]],
    ["10.0.0.0/99,a.test", ["a.test"], ["10.0.0.0"]],
    ["2001:db8::1", ["2001:db8::1", "2001:DB8:0::1"], ["2001:db8::2"]],
    ["[2001:db8::1]", ["2001:db8::1"], ["2001:db8::2"]],
    ["[2001:db8::1]:80", ["2001:db8::1"], []],
    ["[2001:db8::1]:81", [], ["2001:db8::1"]],
    ["2001:db8::/32", ["2001:db8:1::"], ["2001:db9::"]],
    ["", [], ["a.test"]],
    [" , ,", [], ["a.test", "192.0.2.1"]],
    [".", [], ["a.test"]],
  ];

for (const [list, named, others] of EXCLUDED) {
  Deno.test(`NO_PROXY "${list}" names what it should`, () => {
    const environment = { ALL_PROXY: "http://p", NO_PROXY: list };
    for (const host of named) {
      assertEquals(choose(environment, host), undefined);
    }
    for (const host of others) assertEquals(choose(environment, host), "p:80");
  });
}

Deno.test({
  name: "proxyFromEnvironment() says which variables it may not read",
  permissions: { env: false },
  fn() {
    assertThrows(
      () => proxyFromEnvironment({ hostname: "a.test", port: 1 }, false),
      Deno.errors.NotCapable,
      "HTTPS_PROXY, ALL_PROXY and NO_PROXY",
    );
  },
});
