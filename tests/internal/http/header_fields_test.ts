import { assertEquals } from "@std/assert";
import {
  HeaderFields,
  PackedFields,
} from "../../../internal/http/header_fields.ts";

Deno.test("HeaderFields keeps repeated fields apart and joins them on demand", () => {
  const fields = new HeaderFields();
  fields.add("Accept", "a");
  fields.add("ACCEPT", "b");
  fields.add("host", "h");
  assertEquals(fields.size, 3);
  assertEquals(fields.count("accept"), 2);
  assertEquals(fields.get("accept"), "a, b");
  assertEquals(fields.single("accept"), undefined);
  assertEquals(fields.single("host"), "h");
  assertEquals(fields.get("missing"), undefined);
  assertEquals(fields.count("missing"), 0);
});

Deno.test("HeaderFields takes names that are special to objects", () => {
  const fields = new HeaderFields();
  assertEquals(fields.get("constructor"), undefined);
  fields.add("__proto__", "x");
  fields.add("constructor", "y");
  assertEquals(fields.get("__proto__"), "x");
  assertEquals(fields.get("constructor"), "y");
});

Deno.test("HeaderFields.toHeaders() has all fields", () => {
  const fields = new HeaderFields();
  fields.add("Set-Cookie", "a=1");
  fields.add("Set-Cookie", "b=2");
  fields.add("X", "\xe9");
  const headers = fields.toHeaders();
  assertEquals(headers.getSetCookie(), ["a=1", "b=2"]);
  assertEquals(headers.get("x"), "\xe9");
});

Deno.test("HeaderFields joins cookies by semicolons", () => {
  const fields = new HeaderFields();
  fields.add("Cookie", "a=1");
  fields.add("COOKIE", "b=2; c=3");
  fields.add("Accept", "d");
  fields.add("Accept", "e");
  assertEquals(fields.get("cookie"), "a=1; b=2; c=3");
  assertEquals(fields.toHeaders().get("cookie"), "a=1; b=2; c=3");
  assertEquals(fields.toHeaders().get("accept"), "d, e");
});

Deno.test("PackedFields gives back the same fields, as often as asked", () => {
  const fields = new HeaderFields();
  const packedBefore = new PackedFields(fields);
  fields.add("Host", "[::1]:80");
  fields.add("cookie", "a=1");
  fields.add("Cookie", "b: 2");
  fields.add("__proto__", "");
  const packed = new PackedFields(fields);
  fields.add("later", "x");
  for (let round = 0; round < 2; round++) {
    const unpacked = packed.unpack();
    assertEquals(unpacked.size, 4);
    assertEquals(unpacked.single("host"), "[::1]:80");
    assertEquals(unpacked.count("cookie"), 2);
    assertEquals(unpacked.get("cookie"), "a=1; b: 2");
    assertEquals(unpacked.single("__proto__"), "");
    assertEquals(packed.toHeaders().get("host"), "[::1]:80");
    assertEquals(packed.toHeaders().get("cookie"), "a=1; b: 2");
  }
  assertEquals(packedBefore.unpack().size, 0);
});
