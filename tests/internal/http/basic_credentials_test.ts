import { assertEquals } from "@std/assert";
import {
  credentialsOf,
  formatBasic,
} from "../../../internal/http/basic_credentials.ts";

Deno.test("Basic credentials are UTF-8, and take what is not percent-encoded", () => {
  const read = (url: string) => {
    const credentials = credentialsOf(new URL(url));
    return credentials && formatBasic(credentials);
  };
  assertEquals(read("http://a/"), undefined);
  assertEquals(read("http://u@a/"), `Basic ${btoa("u:")}`);
  assertEquals(read("http://:p@a/"), `Basic ${btoa(":p")}`);
  assertEquals(read("http://%C3%BC:p@a/"), `Basic ${btoa("\xc3\xbc:p")}`);
  assertEquals(read("http://100%:p@a/"), `Basic ${btoa("100%:p")}`);
});
