import { assertEquals, assertThrows } from "@std/assert";
import { parseChatAddress } from "../../../chat/client/_chat_address.ts";

const URLS: readonly (readonly [address: string, url: string])[] = [
  ["example.com", "ws://example.com:2021/chat"],
  ["192.0.2.1", "ws://192.0.2.1:2021/chat"],
  ["::1", "ws://[::1]:2021/chat"],
  ["[::1]", "ws://[::1]:2021/chat"],
  ["ws://example.com", "ws://example.com/chat"],
  ["http://example.com:8080/", "ws://example.com:8080/chat"],
  ["https://example.com", "wss://example.com/chat"],
  ["wss://u:p@example.com/room?x=1", "wss://u:p@example.com/room?x=1"],
];

Deno.test("parseChatAddress() maps hosts and web addresses to a WebSocket", () => {
  for (const [address, url] of URLS) {
    const parsed = parseChatAddress(address);
    assertEquals(parsed.kind === "websocket" && parsed.url, url);
  }
});

Deno.test("parseChatAddress() never names a password", () => {
  assertEquals(
    parseChatAddress("wss://u:secret@example.com").name,
    "wss://example.com",
  );
  for (
    const address of [
      ...["ws://u:secret@", "ws://u:secret@h:99999", "wss://u:secret@[::1"],
      ...["ftp://u:secret@h", "u:secret@h:1", "tcp://u:secret@h:1"],
      ...["tls://u:secret@h", "//u:secret@h:1", "ws:u:secret@h", "u:secret@h"],
      "ws://u:sec/secret@h x",
    ]
  ) {
    const error = assertThrows(() => parseChatAddress(address), SyntaxError);
    assertEquals(error.message.includes("secret"), false, error.message);
  }
});

Deno.test("parseChatAddress() takes host:port, tcp: and tls: for TCP", () => {
  const parts = (address: string) => {
    const parsed = parseChatAddress(address);
    return parsed.kind === "tcp" &&
      [parsed.hostname, parsed.port, parsed.isTls];
  };
  assertEquals(parts("127.0.0.1:2020"), ["127.0.0.1", 2020, false]);
  assertEquals(parts("[::1]:2020"), ["::1", 2020, false]);
  assertEquals(parts(":2020"), ["", 2020, false]);
  assertEquals(parts("tcp://example.com"), ["example.com", 2020, false]);
  assertEquals(parts("tls://example.com:7000/"), ["example.com", 7000, true]);
});

Deno.test("parseChatAddress() refuses all else", () => {
  for (
    const address of [
      ...["", " ", "ftp://example.com", "host:0", "host:x", "ws://", "tcp://"],
      ...["[x]:1", "[]", "a b:1"],
    ]
  ) assertThrows(() => parseChatAddress(address), SyntaxError);
  assertThrows(() => parseChatAddress("host:70000"), RangeError);
});
