import { assert, assertEquals } from "@std/assert";
import { HttpConnectHandshake } from "../../../tcp/proxy/_http_connect.ts";
import { toBytes } from "./support/_test_proxy.ts";

const TARGET = { hostname: "a.test", port: 443 };

function begin(): HttpConnectHandshake {
  return new HttpConnectHandshake(TARGET, undefined);
}

/** The handshake after an answer, and how much of it was taken. */
function answered(text: string): [HttpConnectHandshake, number] {
  const handshake = begin();
  return [handshake, handshake.push(toBytes(text))];
}

Deno.test("HttpConnectHandshake asks for a tunnel, with credentials if there are some", () => {
  const text = (handshake: HttpConnectHandshake) => {
    const output = handshake.takeOutput();
    assertEquals(handshake.takeOutput(), undefined);
    return new TextDecoder().decode(output);
  };
  assertEquals(
    text(begin()),
    "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n",
  );
  const credentials = { username: "me", password: "sé:c" };
  assertEquals(
    text(
      new HttpConnectHandshake({ hostname: "::1", port: 81 }, credentials),
    ),
    "CONNECT [::1]:81 HTTP/1.1\r\nHost: [::1]:81\r\n" +
      `Proxy-Authorization: Basic ${toBytes("me:sé:c").toBase64()}\r\n\r\n`,
  );
});

Deno.test("HttpConnectHandshake takes every 2xx, and nothing behind its head", () => {
  for (
    const head of [
      "HTTP/1.1 200 Connection established\r\n\r\n",
      "HTTP/1.0 200\r\n\r\n",
      "HTTP/1.1 204 x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ]
  ) {
    const [handshake, length] = answered(`${head}hello`);
    assertEquals(length, head.length);
    assertEquals([handshake.isDone, handshake.failure], [true, undefined]);

    // Cut off at every byte, it is not done.
    const bytes = toBytes(head);
    const cut = begin();
    for (const byte of bytes) {
      assertEquals(cut.isDone, false);
      assertEquals(cut.push(Uint8Array.of(byte)), 1);
    }
    assertEquals(cut.isDone, true);
  }
});

Deno.test("HttpConnectHandshake tells the status of a refusal", () => {
  for (const status of [101, 300, 302, 403, 407, 502, 504]) {
    const head = `HTTP/1.1 ${status} No\r\n\r\n`;
    const [handshake, length] = answered(`${head}body`);
    assertEquals(length, head.length);
    assertEquals(handshake.isDone, true);
    assertEquals(handshake.failure, { reason: `answered ${status}`, status });
    assertEquals(handshake.head?.start.status, status);
  }
});

Deno.test("HttpConnectHandshake gives up proxies that break HTTP", () => {
  const reason = (text: string) => {
    const [handshake] = answered(text);
    assertEquals(handshake.isDone, handshake.failure !== undefined);
    assertEquals(handshake.failure?.status, undefined);
    return handshake.failure?.reason;
  };
  assertEquals(reason("\x05\x00"), "broke HTTP: control character in the head");
  assertEquals(
    reason("SSH-2.0-x\r\n"),
    "broke HTTP: malformed status line",
  );
  assertEquals(
    reason("HTTP/1.1 200 OK\r\nno field\r\n"),
    "broke HTTP: malformed header field",
  );
  const long = `HTTP/1.1 200 OK\r\nX: ${"x".repeat(16384)}\r\n\r\n`;
  assertEquals(reason(long), "broke HTTP: header fields too large");
  const interim = `HTTP/1.1 103 x\r\nX: ${"x".repeat(2000)}\r\n\r\n`.repeat(9);
  assert(reason(interim)?.startsWith("broke HTTP"));
});
