import { assertEquals } from "@std/assert";
import {
  type AllowedOrigins,
  isAllowedOrigin,
} from "../../websocket/_origin.ts";

function check(
  origin: string | undefined,
  host: string,
  isSecure = false,
  allowed: AllowedOrigins = [],
): boolean {
  return isAllowedOrigin(origin, { host, isSecure }, allowed);
}

Deno.test("isAllowedOrigin() lets requests without an origin pass", () => {
  assertEquals(check(undefined, "example.org"), true);
  assertEquals(check(undefined, "example.org", true, []), true);
});

Deno.test("isAllowedOrigin() lets the same origin pass, by scheme, host and port", () => {
  const same: [string, string, boolean][] = [
    ["http://example.org", "example.org", false],
    ["http://example.org", "EXAMPLE.org:80", false],
    ["HTTP://Example.ORG:80", "example.org", false],
    ["https://example.org", "example.org", true],
    ["https://example.org", "example.org:443", true],
    ["http://example.org:8080", "example.org:8080", false],
    ["http://[::1]:8080", "[::1]:8080", false],
    ["http://127.0.0.1", "127.0.0.1", false],
  ];
  for (const [origin, host, isSecure] of same) {
    assertEquals(check(origin, host, isSecure), true, origin);
  }
  const others: [string, string, boolean][] = [
    ["https://evil.example", "example.org", false],
    ["https://example.org", "example.org", false],
    ["http://example.org", "example.org", true],
    ["http://example.org:8080", "example.org", false],
    ["http://example.org", "example.org:8080", false],
    ["http://sub.example.org", "example.org", false],
    ["http://example.org.evil.example", "example.org", false],
    ["null", "null", false],
    ["", "example.org", false],
    ["example.org", "example.org", false],
    ["http://user@example.org", "example.org", false],
    ["http://evil.example@example.org", "example.org", false],
    ["http://example.org/path", "example.org", false],
    ["http://example.org?", "example.org", false],
    ["http://example.org#", "example.org", false],
    ["http://example.org\\@evil.example", "example.org", false],
    ["http://example.org, http://example.org", "example.org", false],
    [" http://example.org", "example.org", false],
    ["http://exa\tmple.org", "example.org", false],
    ["file://", "", false],
  ];
  for (const [origin, host, isSecure] of others) {
    assertEquals(check(origin, host, isSecure), false, origin);
  }
});

Deno.test("isAllowedOrigin() widens to strings, patterns and any", () => {
  const host = "api.example";
  const allowed = [
    "https://App.example:443",
    /^https:\/\/\w+\.test$/gy,
    "null",
  ];
  assertEquals(check("https://app.example", host, true, allowed), true);
  assertEquals(check("http://app.example", host, true, allowed), false);
  // A pattern with state gives the same answer each time.
  for (let count = 0; count < 3; count++) {
    assertEquals(check("https://a.test", host, true, allowed), true);
    assertEquals(check("https://a.test.evil", host, true, allowed), false);
  }
  assertEquals(check("null", host, true, allowed), true);
  assertEquals(check("https://api.example", host, true, allowed), true);
  assertEquals(check("https://evil.example", host, true, allowed), false);
  assertEquals(check("https://evil.example", host, true, "*"), true);
  assertEquals(check("https://evil.example", host, true, ["*"]), true);
});
