import { assertEquals, assertStrictEquals } from "@std/assert";
import { decisionResponse } from "../../../websocket/handshake/_server_upgrade.ts";

Deno.test("decisionResponse() makes the response of each refusal", async () => {
  const own = new Response("Own", { status: 402 });
  assertStrictEquals(decisionResponse(own), own);
  for (const [decision, status] of [[false, 403], [429, 429]] as const) {
    const response = decisionResponse(decision);
    assertEquals([response.status, await response.text()], [
      status,
      "Refused\n",
    ]);
  }
  for (const status of [204, 205, 304]) {
    assertEquals(decisionResponse(status).body, null);
  }
});

Deno.test("decisionResponse() names the protocol to upgrade to in a 426", () => {
  const { headers } = decisionResponse(426);
  assertEquals(headers.get("connection"), "upgrade");
  assertEquals(headers.get("upgrade"), "websocket");
  assertEquals(headers.get("sec-websocket-version"), "13");
});
