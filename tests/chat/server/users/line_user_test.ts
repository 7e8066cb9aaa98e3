import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async";
import type { ChatServerEvent } from "../../../../chat/server/chat_server_event.ts";
import type { ChatServerOptions } from "../../../../chat/server/chat_server_options.ts";
import { serveChat } from "../../../../chat/server/serve_chat.ts";
import { Random } from "../../../property/_random.ts";
import { SocketUser } from "../../_socket_user.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

function serve(options: ChatServerOptions = {}) {
  return serveChat({ tcp: { port: 0 }, burst: Infinity, ...options });
}

/**
 * Connects without a read-ahead, so that what the server sends stays with the
 * system unless it is read here.
 */
async function dialRaw({ hostname, port }: Deno.NetAddr) {
  const conn = await Deno.connect({ hostname, port });
  let isOpen = true;
  const decoder = new TextDecoder();
  return {
    write: (text: string) => conn.write(utf8(text)),
    /** Reads some bytes, and no more. */
    async read(size = 1): Promise<string> {
      const buffer = new Uint8Array(size);
      const length = await conn.read(buffer) ?? 0;
      return decoder.decode(buffer.subarray(0, length), { stream: true });
    },
    /** Reads up to the end. */
    async rest(): Promise<string> {
      let text = "";
      const buffer = new Uint8Array(65_536);
      while (true) {
        const length = await conn.read(buffer);
        if (length === null) return text;
        text += decoder.decode(buffer.subarray(0, length), { stream: true });
      }
    },
    [Symbol.dispose]: () => {
      if (!isOpen) return;
      isOpen = false;
      conn.close();
    },
  };
}

Deno.test("A line that is split at any byte arrives whole over a socket", async () => {
  await using server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  await alice.next();

  const bytes = utf8("你好，🌍 café\r\n");
  for (let cut = 0; cut <= bytes.length; cut++) {
    await bob.conn.write(bytes.subarray(0, cut));
    await bob.conn.write(bytes.subarray(cut));
    assertEquals(await alice.next(), "bob: 你好，🌍 café");
  }
  for (const byte of bytes) await bob.conn.write(Uint8Array.of(byte));
  assertEquals(await alice.next(), "bob: 你好，🌍 café");
});

Deno.test("Lines end with LF, CR LF or CR NUL over a socket, many in one packet", async () => {
  await using server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using bob = await SocketUser.connect(server.tcpAddr);
  await bob.type("bob\r\none\ntwo\r\nthree\r\0\n \nfour\n");
  assertEquals(await alice.take(5), [
    "*** bob (user 2) has joined.",
    "bob: one",
    "bob: two",
    "bob: three",
    "bob: four",
  ]);
});

Deno.test("Telnet's negotiation is answered, and escape sequences are removed", async () => {
  await using server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  await alice.next();

  // DO SUPPRESS-GO-AHEAD, WILL NAWS and its size, then the line.
  await bob.conn.write(
    Uint8Array.of(
      ...[255, 253, 3, 255, 251, 31, 255, 250, 31, 0, 80, 0, 24, 255, 240],
      ...utf8("\x1b[31mred\x1b[0m \x07alert\r\n"),
    ),
  );
  assertEquals(await alice.next(), "bob: red alert");
  const answer = new Uint8Array(6);
  await bob.conn.readFull(answer);
  assertEquals(answer, Uint8Array.of(255, 252, 3, 255, 254, 31));
});

Deno.test("Telnet's requests are answered after the lines before them", async () => {
  await using server = serve();
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  await bob.conn.write(
    Uint8Array.of(...utf8("/list\n"), 255, 253, 6, ...utf8("/rooms\n")),
  );
  assertEquals(await bob.take(2), [
    "*** 1 person is in lobby:",
    "***   bob (user 1, here for less than a minute)",
  ]);
  const answer = new Uint8Array(3);
  await bob.conn.readFull(answer);
  assertEquals(answer, Uint8Array.of(255, 252, 6));
  assertEquals(await bob.next(), "***   lobby (1 person)");
});

Deno.test("Clients of other protocols are told and disconnected, and are never users", async () => {
  const events: ChatServerEvent[] = [];
  await using server = serve({ onEvent: (event) => events.push(event) });
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  const random = new Random(31);
  const starts = [
    ...Array.from({ length: 30 }, () => [
      ...[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3],
      ...Array.from({ length: 500 }, () => random.below(256)),
    ]),
    [...utf8("SSH-2.0-OpenSSH_9.6\r\n")],
    [...utf8("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")],
    [...utf8("GET / HTTP/1.1\r\nHost: x\r\n\r\nalice\n")],
    [...utf8("EHLO mail.example.com\r\n")],
    [...utf8("*1\r\n$4\r\nPING\r\n")],
  ];
  for (const start of starts) {
    using client = await SocketUser.connect(server.tcpAddr);
    await client.conn.write(Uint8Array.from(start));
    const told = await client.rest();
    assertEquals(told.length, 4, told.join("\n"));
    assertMatch(told[3], /^\*\*\* Goodbye: .*another protocol /);
  }
  assertEquals(server.stats.refused, { "wrong-protocol": starts.length });
  assertEquals(server.stats.users, 1);
  assertEquals(events.filter(({ type }) => type === "enter").length, 1);
  assertEquals(events.find(({ type }) => type === "refuse")?.type, "refuse");

  await alice.type("/list\n");
  assertEquals((await alice.take(2))[0], "*** 1 person is in lobby:");
});

Deno.test("A line that is not UTF-8 gets a notice, and the user stays", async () => {
  await using server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  await alice.next();
  await bob.conn.write(Uint8Array.of(0x61, 0xc3, 0x28, 10, 0x62, 10));
  assertEquals(
    await bob.next(),
    "*** The line is not valid UTF-8, and was not sent.",
  );
  assertEquals(await alice.next(), "bob: b");
});

Deno.test("A line that is too long gets a notice, and the user is disconnected", async () => {
  await using server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  await bob.type(`${"x".repeat(4096)}\n${"y".repeat(4097)}`);
  await bob.type("\nnot heard\n");
  assertEquals(await bob.rest(), [
    "*** The line is too long, and was not sent.",
    "*** Goodbye: your line was too long.",
  ]);
  bob.close();
  assertEquals(await alice.take(3), [
    "*** bob (user 2) has joined.",
    `bob: ${"x".repeat(4096)}`,
    "*** bob (user 2) has left: line too long.",
  ]);
});

Deno.test("A user who sends 10 MiB without a newline gets the whole notice", async () => {
  await using server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  const sending = bob.conn.write(new Uint8Array(10 * 1024 * 1024).fill(0x78));
  assertEquals(await bob.rest(), [
    "*** The line is too long, and was not sent.",
    "*** Goodbye: your line was too long.",
  ]);
  await sending;
  bob.close();
  assertEquals((await alice.take(2))[1]?.includes("too long"), true);
});

Deno.test("maxLineLength sets the longest line", async () => {
  await using server = serve({ maxLineLength: 8 });
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  await bob.type("12345678\n123456789\n");
  assertEquals(await bob.rest(), [
    "*** The line is too long, and was not sent.",
    "*** Goodbye: your line was too long.",
  ]);
});

Deno.test("A user who half-closes after the last line gets all answers, and then leaves", async () => {
  await using server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using bob = await SocketUser.connect(server.tcpAddr);
  await bob.type("bob\nhello\nl\nlast words");
  await bob.conn.closeWrite();

  assertEquals((await bob.rest()).slice(3), [
    "*** Welcome, bob! You are user 2.",
    "*** Type a line to talk, /help to list the commands, byebye to leave.",
    "*** 2 people are in lobby:",
    "***   alice (user 1, here for less than a minute)",
    "***   bob (user 2, here for less than a minute)",
  ]);
  assertEquals(await alice.take(4), [
    "*** bob (user 2) has joined.",
    "bob: hello",
    "bob: last words",
    "*** bob (user 2) has left.",
  ]);
});

Deno.test("A user who half-closes gets answers that are larger than a queue", async () => {
  // Each answer is nearly 600 bytes: what they cause waits with them.
  await using server = serve({ maxQueuedBytes: 8192 });
  using bob = await SocketUser.connect(server.tcpAddr);
  await bob.type(`bob\n${"/help\n".repeat(500)}`);
  await bob.conn.closeWrite();
  const lines = await bob.rest();
  assertEquals(
    lines.filter((line) => line.startsWith("***   /quit")).length,
    500,
  );
});

Deno.test("A user whose connection is reset leaves like any other", async () => {
  await using server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  {
    using bob = await dialRaw(server.tcpAddr);
    await bob.write("bob\n");
    // Closing with the greeting unread resets the connection.
    await bob.read(1);
  }
  assertEquals(await alice.next(), "*** bob (user 2) has joined.");
  assertMatch(
    await alice.next() ?? "",
    /^\*\*\* bob \(user 2\) has left(: the connection was lost)?\.$/,
  );
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  await bob.type("back\n");
  assertEquals((await alice.take(2))[1], "bob: back");
});

Deno.test("A user who vanishes during a broadcast does not affect the others", async () => {
  await using server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using carol = await SocketUser.enter(server.tcpAddr, "carol");
  await alice.next();
  for (let round = 0; round < 20; round++) {
    const bob = await dialRaw(server.tcpAddr);
    await bob.write("bob\n");
    await bob.read(1);
    const joined = await alice.next();
    await Promise.all([
      alice.type(`round ${round}\n`),
      bob[Symbol.dispose](),
    ]);
    const lines = await carol.take(3);
    assertEquals(lines[0], joined);
    assert(lines.includes(`alice: round ${round}`));
    assertMatch(await alice.next() ?? "", /has left/);
  }
});

Deno.test("A user who never reads is dropped with a reason, and the others get everything", async () => {
  await using server = serve();
  using speaker = await SocketUser.enter(server.tcpAddr, "speaker");
  using reader = await SocketUser.enter(server.tcpAddr, "reader");
  using sloth = await dialRaw(server.tcpAddr);
  await sloth.write("sloth\n");
  await reader.until("*** sloth (user 3) has joined.");

  let isDropped = false;
  const speaking = (async () => {
    let count = 0;
    while (!isDropped) {
      await speaker.type(`${count} ${"x".repeat(4000)}\n`);
      count++;
    }
    await speaker.type("end\n");
    return count;
  })();
  const heard: number[] = [];
  for await (const line of reader.conn.lines()) {
    if (line === "*** sloth (user 3) has left: reads too slowly.") {
      isDropped = true;
    } else if (line === "speaker: end") break;
    else heard.push(parseInt(line.slice("speaker: ".length)));
  }
  const count = await speaking;
  assertEquals(heard, Array.from({ length: count }, (_, index) => index));
  assert(count * 4000 > 256 * 1024);

  // What the system held for the slow one is whole, then comes the reason.
  const lines = (await sloth.rest()).split("\r\n");
  assertEquals(lines.at(-1), "");
  assertEquals(
    lines.at(-2),
    "*** Goodbye: you read too slowly.",
  );
  for (const [index, line] of lines.slice(5, -2).entries()) {
    assertEquals(line, `speaker: ${index} ${"x".repeat(4000)}`);
  }
});

Deno.test("Queued messages are still sent when the server stops", async () => {
  const server = serve({ maxQueuedBytes: 64 * 1024 * 1024 });
  using speaker = await SocketUser.enter(server.tcpAddr, "speaker");
  using reader = await SocketUser.enter(server.tcpAddr, "reader");
  using sloth = await dialRaw(server.tcpAddr);
  await sloth.write("sloth\n");
  await reader.until("*** sloth (user 3) has joined.");

  // More than the system holds for somebody who does not read.
  const line = `${"x".repeat(4000)}\n`;
  await Promise.all([
    speaker.type(`${line.repeat(3000)}end\n`),
    reader.until("speaker: end"),
  ]);
  const stopped = server.shutdown();
  const lines = (await sloth.rest()).split("\r\n");
  assertEquals(
    lines.filter((line) => line === `speaker: ${"x".repeat(4000)}`).length,
    3000,
  );
  assertEquals(lines.slice(-3), [
    "speaker: end",
    "*** Goodbye: the server is shutting down.",
    "",
  ]);
  for (const user of [speaker, reader, sloth]) user[Symbol.dispose]();
  assertEquals(await stopped, 0);
});

Deno.test("Users who read are not dropped when one pastes much more than a queue holds", async () => {
  await using server = serve({ maxQueuedBytes: 128 * 1024 });
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  const readers = await Promise.all(
    ["r1", "r2", "r3"].map((name) => SocketUser.enter(server.tcpAddr, name)),
  );
  const text = Array.from({ length: 50_000 }, (_, index) => `${index}\n`);
  const counts = await Promise.all([
    ...readers.map(async (reader) => {
      let count = 0;
      for await (const line of reader.conn.lines()) {
        if (line === `alice: ${count}`) count++;
        if (count === text.length) break;
      }
      return count;
    }),
    alice.type(text.join("")),
  ]);
  assertEquals(counts.slice(0, 3), [50_000, 50_000, 50_000]);
  for (const reader of readers) reader.close();
});

Deno.test("1,000 users who come and go leave nothing behind", async () => {
  await using server = serve();
  using watcher = await SocketUser.enter(server.tcpAddr, "watcher");
  const gone = (async () => {
    let count = 0;
    for await (const line of watcher.conn.lines()) {
      if (/has left/.test(line) && ++count === 740) return;
    }
  })();
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        if (index % 4 === 0) {
          // Some reset their connection before they have a nickname.
          using user = await dialRaw(server.tcpAddr);
          await user.read(1);
          return;
        }
        using user = await SocketUser.enter(
          server.tcpAddr,
          `user${round}x${index}`,
        );
        if (index % 4 === 1) await user.type("byebye\n");
        if (index % 4 === 2) await user.conn.closeWrite();
      }),
    );
  }
  await gone;
  while (server.room.connected > 1) {
    // The last ones never had a nickname: nobody is told of their end.
    using probe = await SocketUser.connect(server.tcpAddr);
    await probe.type("byebye\n");
    await probe.rest();
  }
  assertEquals(server.room.online, 1);
  // Those who had no nickname are not users who left.
  const { closed = 0, lost = 0 } = server.stats.left;
  assertEquals(closed + lost, 20 * 24);
});

Deno.test("A user who sends while leaving still gets all messages, though it reads late", async () => {
  await using server = serve({ maxQueuedBytes: 8 * 1024 * 1024 });
  using alice = await dialRaw(server.tcpAddr);
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  await alice.write("alice\n");
  await bob.until("*** alice (user 1) has joined.");
  const count = 900;
  await bob.type(`${"x".repeat(4000)}\n`.repeat(count));
  while (server.stats.messages["said"] !== count) {
    await delay(0);
  }
  await alice.write("/quit\n");
  // Longer than any connection was left to end by itself before.
  for (let n = 0; n < 60; n++) {
    await delay(20);
    await alice.write("still here\n");
  }
  const lines = (await alice.rest()).split("\r\n");
  assertEquals(lines.filter((line) => line.startsWith("bob: ")).length, count);
  assertEquals(lines.slice(-2), ["*** Goodbye!", ""]);
});

Deno.test("A burst of much more than a queue holds, in one turn, disconnects no user who reads", async () => {
  await using server = serve({ maxQueuedBytes: 4096 });
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  const text = "x".repeat(500);
  for (let n = 0; n < 1000; n++) server.notify(`${n} ${text}`);
  server.notify("end");
  const lines = await alice.until("*** Notice: end");
  assertEquals(lines.length, 1000);
  assertEquals(server.stats.left["slow"], undefined);
});

/** Reads the next message in JSON. */
async function nextJson(user: SocketUser) {
  return JSON.parse(await user.next() ?? "null");
}

Deno.test("A TCP user whose first line is a hello in JSON gets JSON from then on", async () => {
  await using server = serve();
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  using alice = await SocketUser.connect(server.tcpAddr);
  await alice.take(3);
  const texts = ["x".repeat(4096), "y".repeat(4097)];
  await alice.type(
    [
      { type: "hello", version: 1, nickname: "alice" },
      ...texts.map((text, n) => ({ type: "say", text, ref: String(n) })),
      { type: "ping", ref: "end" },
    ].map((message) => `${JSON.stringify(message)}\n`).join(""),
  );

  const types: string[] = [];
  for (let n = 0; n < 6; n++) types.push((await nextJson(alice)).type);
  assertEquals(types, [
    ...["greeting", "welcome", "entered", "ack", "error", "pong"],
  ]);
  assertEquals(await bob.take(2), [
    ...["*** alice (user 2) has joined.", `alice: ${texts[0]}`],
  ]);
  // A line that is not JSON is read as text.
  await alice.type("/list\n");
  assertEquals((await nextJson(alice)).type, "users");
  await alice.type("z".repeat(4097) + "\n");
  assertEquals((await nextJson(alice)).code, "line-too-long");
});

Deno.test("A TCP user who speaks JSON keeps the session after a lost connection", async () => {
  await using server = serve();
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  const alice = await SocketUser.connect(server.tcpAddr);
  await alice.take(3);
  const hello = { type: "hello", version: 1, nickname: "alice" };
  await alice.type(`${JSON.stringify(hello)}\n`);
  const { epoch } = await nextJson(alice);
  const { session } = await nextJson(alice);
  alice.close();
  assertEquals(await bob.take(2), [
    "*** alice (user 2) has joined.",
    "*** alice (user 2) has left: connection lost.",
  ]);

  using again = await SocketUser.connect(server.tcpAddr);
  await again.take(3);
  const resume = { ...hello, session, epoch, after: 0 };
  await again.type(`${JSON.stringify(resume)}\n`);
  await nextJson(again);
  const { resumed, user } = await nextJson(again);
  assertEquals([resumed, user.id], [true, 2]);
});

Deno.test("A hello in JSON that is not the first line is a line like any other", async () => {
  await using server = serve();
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  await bob.next();
  await alice.type('{"type":"hello","version":1}\n');
  assertEquals(await bob.next(), 'alice: {"type":"hello","version":1}');
});

Deno.test("A user whose connection is reset leaves at once, though delayed for sending too fast", async () => {
  await using server = serve({ burst: 2, rate: 0.001 });
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  await bob.type("a\nb\nc\n");
  assertEquals(await alice.take(2), [
    "*** bob (user 2) has joined.",
    "bob: a",
  ]);
  bob.conn.terminate();
  let line: string | null = "";
  // The system tells of the reset when the server writes.
  for (let n = 0; n < 1000 && !line?.includes("has left"); n++) {
    server.notify("ping");
    line = await alice.next();
  }
  assertEquals(line, "*** bob (user 2) has left: connection lost.");
  assertEquals(server.room.online, 1);
});
