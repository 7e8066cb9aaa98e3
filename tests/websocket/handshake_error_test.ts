import { assert, assertEquals } from "@std/assert";
import { HandshakeError } from "../../websocket/handshake_error.ts";

Deno.test("HandshakeError carries the status and the headers of the answer", () => {
  const headers = new Headers({ location: "/elsewhere" });
  const error = new HandshakeError("Refused", { status: 302, headers });
  assert(error instanceof Error);
  assertEquals([error.name, error.status], ["HandshakeError", 302]);
  assertEquals(error.headers.get("location"), "/elsewhere");
});

Deno.test("HandshakeError carries the body of the answer", () => {
  assertEquals(new HandshakeError("Refused", { body: "why" }).body, "why");
  assertEquals(new HandshakeError("Refused").body, undefined);
});

Deno.test("HandshakeError without an answer has no status and empty headers", () => {
  const cause = new Error("Reset");
  const error = new HandshakeError("No answer", { cause });
  assertEquals(error.status, undefined);
  assertEquals([...error.headers], []);
  assertEquals(error.cause, cause);
});
