import { assertEquals } from "@std/assert";
import { State } from "../../websocket/state.ts";

Deno.test("State has V's names and the platform's numbers", () => {
  assertEquals(State, {
    connecting: WebSocket.CONNECTING,
    open: WebSocket.OPEN,
    closing: WebSocket.CLOSING,
    closed: WebSocket.CLOSED,
  });
});
