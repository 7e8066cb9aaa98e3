import { assertEquals } from "@std/assert";
import { Socks5Handshake } from "../../../tcp/proxy/_socks5.ts";
import { toBytes } from "./support/_test_proxy.ts";

const TARGET = { hostname: "a.test", port: 0x1234 };
const CREDENTIALS = { username: "me", password: "sé" };
const REQUEST = toBytes([5, 1, 0, 3, 6], "a.test", [0x12, 0x34]);
/** An answer to the greeting, and a reply. */
const GRANTED = [5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80];

/** Lets a handshake have bytes one by one; returns all that it sent. */
function feed(handshake: Socks5Handshake, bytes: readonly number[]): number[] {
  const sent = [...handshake.takeOutput() ?? []];
  for (const byte of bytes) {
    assertEquals(handshake.push(Uint8Array.of(byte)), 1);
    sent.push(...handshake.takeOutput() ?? []);
  }
  return sent;
}

/** Why a proxy that sends these bytes is given up. */
function failureOf(bytes: readonly number[], credentials = false) {
  const handshake = new Socks5Handshake(
    TARGET,
    credentials ? CREDENTIALS : undefined,
  );
  feed(handshake, bytes);
  assertEquals(handshake.isDone, handshake.failure !== undefined);
  return handshake.failure;
}

Deno.test("Socks5Handshake asks for a name without looking it up", () => {
  const handshake = new Socks5Handshake(TARGET, undefined);
  const sent = feed(handshake, GRANTED);
  assertEquals(sent, [5, 1, 0, ...REQUEST]);
  assertEquals(handshake.isDone, true);
  assertEquals(handshake.failure, undefined);
});

Deno.test("Socks5Handshake sends user name and password only if asked", () => {
  const offered = [5, 2, 0, 2];
  const asked = new Socks5Handshake(TARGET, CREDENTIALS);
  assertEquals(
    feed(asked, [5, 2, 1, 0, ...GRANTED.slice(2)]),
    [...offered, ...toBytes([1, 2], "me", [3], "sé"), ...REQUEST],
  );
  assertEquals([asked.isDone, asked.failure], [true, undefined]);

  const unasked = new Socks5Handshake(TARGET, CREDENTIALS);
  assertEquals(feed(unasked, GRANTED), [...offered, ...REQUEST]);
  assertEquals([unasked.isDone, unasked.failure], [true, undefined]);

  const empty = new Socks5Handshake(TARGET, { username: "", password: "" });
  assertEquals(feed(empty, [5, 2]), [...offered, 1, 0, 0]);
});

Deno.test("Socks5Handshake encodes addresses as what they are", () => {
  const request = (hostname: string) => {
    const handshake = new Socks5Handshake({ hostname, port: 80 }, undefined);
    return feed(handshake, [5, 0]).slice(3);
  };
  assertEquals(request("192.0.2.7"), [5, 1, 0, 1, 192, 0, 2, 7, 0, 80]);
  assertEquals(
    request("2001:db8::1"),
    [5, 1, 0, 4, 0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1, 0, 80],
  );
  const longest = "a".repeat(255);
  assertEquals(
    request(longest),
    [...toBytes([5, 1, 0, 3, 255], longest, [0, 80])],
  );
});

for (
  const [kind, address] of [
    ["an IPv4 address", [1, 1, 2, 3, 4]],
    ["an IPv6 address", [4, ...Array(16).fill(7)]],
    ["a name", [3, 6, ...toBytes("a.test")]],
    ["an empty name", [3, 0]],
    ["the longest name", [3, 255, ...Array(255).fill(97)]],
  ] as const
) {
  Deno.test(`Socks5Handshake ends exactly behind a reply with ${kind}`, () => {
    const bytes = [5, 0, 5, 0, 0, ...address, 0, 80];
    // Split at every byte.
    for (let split = 0; split <= bytes.length; split++) {
      const handshake = new Socks5Handshake(TARGET, undefined);
      handshake.takeOutput();
      for (
        let rest = Uint8Array.from(bytes.slice(0, split));
        rest.length > 0;
        handshake.takeOutput()
      ) rest = rest.subarray(handshake.push(rest));
      assertEquals(handshake.isDone, split === bytes.length);
      if (handshake.isDone) break;

      let rest = Uint8Array.from([...bytes.slice(split), 1, 2, 3]);
      while (!handshake.isDone) {
        rest = rest.subarray(handshake.push(rest));
        handshake.takeOutput();
      }
      assertEquals([...rest], [1, 2, 3]);
      assertEquals(handshake.push(rest), 0);
      assertEquals(handshake.failure, undefined);
    }
  });
}

Deno.test("Socks5Handshake sends its answer before it reads on", () => {
  const handshake = new Socks5Handshake(TARGET, CREDENTIALS);
  handshake.takeOutput();
  const eager = Uint8Array.from([5, 2, 1, 0, ...GRANTED.slice(2)]);
  assertEquals(handshake.push(eager), 2);
  assertEquals(handshake.takeOutput()?.[0], 1);
  assertEquals(handshake.push(eager.subarray(2)), 2);
});

Deno.test("Socks5Handshake tells every reply code, without what follows it", () => {
  const expected: readonly (readonly [string, string?])[] = [
    ["general failure"],
    ["not allowed by its rules"],
    ["network unreachable", "ENETUNREACH"],
    ["host unreachable", "EHOSTUNREACH"],
    ["connection refused", "ECONNREFUSED"],
    ["TTL expired"],
    ["command not supported"],
    ["address type not supported"],
    ["unknown reason"],
  ];
  expected.forEach(([reason, code], index) => {
    const reply = index + 1;
    assertEquals(failureOf([5, 0, 5, reply]), {
      reason: `refused: ${reason} (reply ${reply})`,
      reply,
      ...(code === undefined ? {} : { code }),
    });
  });
  assertEquals(failureOf([5, 0, 5, 255])?.reply, 255);
});

Deno.test("Socks5Handshake gives up proxies that break the protocol", () => {
  const reason = (bytes: readonly number[], credentials = false) =>
    failureOf(bytes, credentials)?.reason;
  assertEquals(reason([4]), "does not speak SOCKS5");
  assertEquals(reason([...toBytes("H")]), "does not speak SOCKS5");
  assertEquals(reason([5, 0xff]), "demands authentication");
  assertEquals(
    reason([5, 0xff], true),
    "accepts neither no authentication nor user name and password",
  );
  assertEquals(
    reason([5, 2]),
    "chose authentication 2, which was not offered",
  );
  assertEquals(
    reason([5, 1], true),
    "chose authentication 1, which was not offered",
  );
  assertEquals(reason([5, 2, 1, 9], true), "refused the user name or password");
  assertEquals(
    reason([5, 2, 3], true),
    "sent a malformed answer to the password",
  );
  assertEquals(reason([5, 0, 4]), "sent a malformed reply");
  assertEquals(reason([5, 0, 5, 0, 0, 2]), "sent a reply with address type 2");
});
