import { assertEquals } from "@std/assert";
import { redact } from "../../../internal/address/redact.ts";

Deno.test("redact() removes what may be a password, and nothing else", () => {
  const cases: [url: string, expected: string][] = [
    ["ws://host/path", "ws://host/path"],
    ["ws://me:secret@host/path", "ws://host/path"],
    ["ws://me:x@secret@host", "ws://host"],
    ["me:secret@host", "host"],
    ["me@host", "me@host"],
    ["ws://secret@host", "ws://host"],
    ["", ""],
  ];
  for (const [url, expected] of cases) assertEquals(redact(url), expected);
});
