import { assertEquals, assertStrictEquals } from "@std/assert";
import { Message, OPCode } from "@vnet/net/websocket";

const encoder = new TextEncoder();

Deno.test("Message.text() decodes what was encoded, of any length", () => {
  for (const length of [0, 1, 7, 8, 9, 127, 128, 129, 5000]) {
    for (const unit of ["a", "é", "漢", "😀"]) {
      const text = "x".repeat(length) + unit;
      const message = new Message(OPCode.textFrame, encoder.encode(text));
      assertStrictEquals(message.text(), text);
    }
  }
});

Deno.test("Message.text() keeps a byte order mark", () => {
  const payload = encoder.encode("\ufeffhello");
  assertEquals(new Message(OPCode.textFrame, payload).text(), "\ufeffhello");
});

Deno.test("Message.text() puts U+FFFD for what is not UTF-8", () => {
  const payload = new Uint8Array([0x61, 0xff]);
  assertEquals(new Message(OPCode.binaryFrame, payload).text(), "a\ufffd");
});

Deno.test("Message.text() reads the payload of the moment", () => {
  const message = new Message(OPCode.binaryFrame, new Uint8Array([0x61]));
  assertEquals(message.text(), "a");
  message.payload[0] = 0x62;
  assertEquals(message.text(), "b");
});

Deno.test("Message takes the payload over without a copy", () => {
  const payload = new Uint8Array(3);
  assertStrictEquals(new Message(OPCode.pong, payload).payload, payload);
});
