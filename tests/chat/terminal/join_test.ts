// The terminal program: in a pipe, and at a pseudo terminal.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseJoinArgs } from "../../../chat/terminal/_join_options.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { joinAddress } from "../../../internal/address/address.ts";
import { canRun } from "../_child.ts";
import { SocketUser } from "../_socket_user.ts";
import { DEAD_ADDR } from "../../tcp/support/_dead_addr.ts";
import { hasTerminal, start, Terminal } from "./_join_program.ts";

const ignore = !canRun();

const SERVER = {
  tcp: { port: 0 },
  http: { port: 0 },
  burst: 1000,
  rate: 1000,
} as const;

const NO_FILES = { password: undefined, invite: undefined, link: undefined };

Deno.test("parseJoinArgs() reads what to do, and says what is wrong", () => {
  assertEquals(parseJoinArgs([]), {
    ...{ type: "join", address: "ws://127.0.0.1:2021" },
    ...{ nickname: undefined, rooms: [], files: NO_FILES, asks: undefined },
    ...{ caFile: undefined, language: undefined },
  });
  assertEquals(
    parseJoinArgs(["--", "--nick", "bob", "--room=a", "--room", "b", "h:1"]),
    {
      ...{ type: "join", address: "h:1", nickname: "bob", rooms: ["a", "b"] },
      ...{ files: NO_FILES, asks: undefined },
      ...{ caFile: undefined, language: undefined },
    },
  );
  assertEquals(
    parseJoinArgs(["--link", "--password-file", "p", "h:1"]),
    {
      ...{ type: "join", address: "h:1", nickname: undefined, rooms: [] },
      ...{ files: { ...NO_FILES, password: "p" }, asks: "link" },
      ...{ caFile: undefined, language: undefined },
    },
  );
  for (const address of ["tls://h", "wss://h", "https://h"]) {
    const args = ["--tls-ca", "ca.pem", "--lang=zh", address];
    assertEquals(parseJoinArgs(args), {
      ...{
        type: "join",
        address,
        nickname: undefined,
        rooms: [],
        files: NO_FILES,
      },
      ...{ asks: undefined, caFile: "ca.pem", language: "zh" },
    });
  }
  assertEquals(parseJoinArgs(["-h"]), { type: "help", language: undefined });
  for (
    const args of [
      ...[["--nic", "bob"], ["a:1", "b:2"], ["a:b:c"], ["--nick", "two words"]],
      ...[["--nick", ""], ["--room"], ["--invite", "--link-file", "l"]],
      // It would not be encrypted.
      ...["h", "h:1", "ws://h", "http://h"].map((it) => ["--tls-ca", "f", it]),
      ...[["--tls-ca", "f"], ["--lang", "de"], ["--lang", "zh-TW"]],
    ]
  ) assertEquals(parseJoinArgs(args).type, "error", args.join(" "));
});

Deno.test("parseJoinArgs() takes no secret, and does not repeat it", () => {
  const token = "x".repeat(43);
  const link = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
  for (
    const args of [
      ...[["--link", link], ["h:1", link], ["--invite", token], [token]],
      ...[[`https://chat.example/#invite=${token}`], [
        `http://h/#link=${link}`,
      ]],
    ]
  ) {
    const invocation = parseJoinArgs(args);
    assert(invocation.type === "error");
    assertMatch(invocation.message, /^Cannot take a secret .*--link-file$/);
  }
});

for (const side of ["tcpAddr", "httpAddr"] as const) {
  Deno.test({
    name: `chat/join.ts in a pipe sends its lines and exits with 0 (${side})`,
    ignore,
    async fn() {
      await using server = serveChat(SERVER);
      using alice = await SocketUser.enter(server.tcpAddr, "alice");
      const { hostname, port } = server[side];
      const scheme = side === "httpAddr" ? "ws://" : "";
      await using child = start(
        ...["--nick", "bob", scheme + joinAddress(hostname, port)],
      );
      await child.type("hi\n\n你好\n//slash");
      await child.endInput();
      const { code, errors } = await child.end();
      assertEquals([code, errors], [0, ""]);
      assertEquals((await alice.take(5)).slice(1), [
        ...[
          "bob: hi",
          "bob: 你好",
          "bob: /slash",
          "*** bob (user 2) has left.",
        ],
      ]);
    },
  });
}

for (const side of ["tcpAddr", "httpAddr"] as const) {
  Deno.test({
    name: `chat/join.ts in a pipe talks in the last room of --room (${side})`,
    ignore,
    async fn() {
      await using server = serveChat(SERVER);
      using alice = await SocketUser.enter(server.tcpAddr, "alice");
      await alice.type("/join b\n");
      await alice.next();
      const { hostname, port } = server[side];
      const scheme = side === "httpAddr" ? "ws" : "tcp";
      const address = `${scheme}://${joinAddress(hostname, port)}`;
      await using child = start(
        ...["--nick", "bob", "--room", "a", "--room", "b", address],
      );
      await child.type("hi\n");
      await child.endInput();
      const { code, errors } = await child.end();
      assertEquals([code, errors], [0, ""]);
      assertEquals(await alice.take(5), [
        "*** bob (user 2) has joined.",
        "*** bob (user 2) has joined #b.",
        "#b bob: hi",
        "*** bob (user 2) has left.",
        "*** bob (user 2) has left #b.",
      ]);
    },
  });
}

for (const side of ["tcpAddr", "httpAddr"] as const) {
  Deno.test({
    name:
      `chat/join.ts in a pipe says nothing if it can't enter a room (${side})`,
    ignore,
    async fn() {
      await using server = serveChat(SERVER);
      using alice = await SocketUser.enter(server.tcpAddr, "alice");
      const { hostname, port } = server[side];
      const scheme = side === "httpAddr" ? "ws" : "tcp";
      const address = `${scheme}://${joinAddress(hostname, port)}`;
      await using child = start("--nick", "bob", "--room", "a:b", address);
      await child.type("hi\n");
      await child.endInput();
      const { code, errors } = await child.end();
      assertEquals(code, 1);
      assertMatch(errors, /^! .*colon.*\n$/);
      assertEquals(await alice.take(2), [
        ...["*** bob (user 2) has joined.", "*** bob (user 2) has left."],
      ]);
    },
  });
}

Deno.test({
  name:
    "chat/join.ts in a pipe ends with the client, though its input does not",
  ignore,
  async fn() {
    const token = "open sesame, twice";
    await using server = serveChat({ ...SERVER, operatorToken: token });
    using alice = await SocketUser.enter(server.tcpAddr, "alice");
    const { port } = server.tcpAddr;
    await using child = start("--nick", "bob", `tcp://127.0.0.1:${port}`);
    await child.type("hi\n");
    await alice.until("bob: hi");
    await alice.type(`/operator ${token}\n/kick bob\n`);
    const { code } = await child.end();
    assertEquals(code, 1);
  },
});

Deno.test({
  name: "chat/join.ts exits with 2 for a nickname that no server takes",
  ignore,
  async fn() {
    await using child = start("--nick", "a:b", "127.0.0.1:1");
    const { code, errors } = await child.end();
    assertEquals(code, 2);
    assertMatch(errors, /^Cannot use nickname "a:b": .*colon.*--help.*\n$/);
  },
});

Deno.test({
  name: "chat/join.ts in a pipe exits with 1 when it is refused",
  ignore,
  async fn() {
    await using server = serveChat(SERVER);
    using _alice = await SocketUser.enter(server.tcpAddr, "alice");
    const address = `ws://127.0.0.1:${server.httpAddr.port}`;

    await using taken = start("--nick", "alice", address);
    const outcome = await taken.end();
    assertEquals(outcome.code, 1);
    assertMatch(outcome.lines.join("\n"), /alice is taken/);

    await using wrong = start("--nick", "bob", address);
    await wrong.type("/msg nobody psst\nhello\n");
    await wrong.endInput();
    const { code, errors } = await wrong.end();
    assertEquals(code, 1);
    assertMatch(errors, /^! .*nobody.*\n$/);
  },
});

Deno.test({
  name: "chat/join.ts says in one line why it could not connect, or start",
  ignore,
  async fn() {
    const { hostname, port } = DEAD_ADDR;
    await using refused = start("--nick", "bob", `${hostname}:${port}`);
    const failure = await refused.end();
    assertEquals([failure.code, failure.lines], [1, []]);
    assertMatch(failure.errors, /^Cannot connect to .*: connection refused\n$/);

    await using nameless = start(`127.0.0.1:${port}`);
    const usage = await nameless.end();
    assertEquals(usage.code, 2);
    assertMatch(usage.errors, /^Cannot ask for a nickname.*--nick.*\n$/);

    for (const [language, nick] of [["en", "NAME"], ["zh", "昵称"]]) {
      await using help = start("--help", "--lang", language);
      const { code, lines, errors } = await help.end();
      assertEquals([code, errors], [0, ""]);
      assert(lines.some((line) => line.includes(`--nick ${nick}`)));
    }
  },
});

Deno.test({
  name: "chat/join.ts at a terminal keeps what is typed apart from what comes",
  ignore: !hasTerminal,
  async fn() {
    await using server = serveChat(SERVER);
    using alice = await SocketUser.enter(server.tcpAddr, "alice");
    await using bob = new Terminal(
      { NO_COLOR: "1" },
      `ws://127.0.0.1:${server.httpAddr.port}`,
    );
    await bob.until("Please type a nickname");
    await bob.until("Nickname: ");
    await bob.type("alice\r");
    await bob.until("alice is taken");
    await bob.until("Nickname: ");
    await bob.type("bob\r");
    await bob.until("[lobby] ");
    assertEquals(await alice.next(), "*** bob (user 2) has joined.");

    await bob.type("helo日");
    await bob.until("helo日");
    await alice.type("an evil \x1b[31mtext\n");
    await bob.until("alice: an evil text\r");
    await bob.until("[lobby] helo日");
    await bob.type("\x7f\x1b[Dl\x1b[F, al");
    // What comes in one piece is a paste, in which a tab completes nothing.
    await bob.until(", al");
    await bob.type("\t");
    await bob.until("ice ");
    await bob.type("\r");
    assertEquals((await alice.next())?.trimEnd(), "bob: hello, alice");
    await bob.until("bob: hello, alice");

    // A line of two rows stays below what comes, too.
    await bob.type("x".repeat(70));
    await bob.until("xx");
    await alice.type("again\n");
    await bob.until("alice: again\r");
    await bob.until(`[lobby] ${"x".repeat(70)}`);
    await bob.type("\x15");

    await bob.type("\x1b[200~one\n two\n\x1b[201~\r/msg alice psst\r");
    assertEquals(await alice.take(3), [
      ...["bob: one", "  |  two", "[private] bob to alice: psst"],
    ]);
    await bob.until("bob: one\r");
    await bob.until("      |  two\r");
    await bob.until("[private to alice] psst");
    await bob.type("/quit\r");
    assertEquals(await alice.next(), "*** bob (user 2) has left.");
    assertEquals(await bob.end(), 0);
    assert(bob.output.includes("\x1b[?2004l"));
  },
});

Deno.test({
  name: "chat/join.ts at a terminal asks for a nickname before it dials",
  ignore: !hasTerminal,
  async fn() {
    await using server = serveChat(SERVER);
    const { port } = server.httpAddr;
    const env = { NO_COLOR: "1" };
    await using bob = new Terminal(env, `ws://127.0.0.1:${port}`);
    await bob.until("Nickname: ");
    assertEquals(server.stats.accepted, 0);
    await bob.type("two words\r");
    await bob.until("! ");
    await bob.until("Nickname: ");
    assertEquals(server.stats.accepted, 0);
    await bob.type("bob\r");
    await bob.until("[lobby] ");
    await bob.type("/quit\r");
    assertEquals(await bob.end(), 0);

    await using carol = new Terminal(env, `ws://127.0.0.1:${port}`);
    await carol.until("Nickname: ");
    await carol.type("\x03");
    assertEquals(await carol.end(), 0);
    assertEquals(server.stats.accepted, 1);
  },
});

Deno.test({
  name:
    "chat/join.ts at a terminal connects again after the time for a nickname",
  ignore: !hasTerminal,
  async fn() {
    await using server = serveChat({ ...SERVER, nicknameTimeout: 1500 });
    using _alice = await SocketUser.enter(server.tcpAddr, "alice");
    await using bob = new Terminal(
      { NO_COLOR: "1" },
      ...["--nick", "alice", `ws://127.0.0.1:${server.httpAddr.port}`],
    );
    await bob.until("alice is taken");
    await bob.until("Please type a nickname");
    // Nobody types.
    await bob.until("Please type a nickname");
    await bob.until("Nickname: ");
    await bob.type("bob\r");
    await bob.until("[lobby] ");
    await bob.type("/quit\r");
    assertEquals(await bob.end(), 0);
  },
});

Deno.test({
  name: "chat/join.ts at a terminal has colours, and ends on Ctrl+C",
  ignore: !hasTerminal,
  async fn() {
    await using server = serveChat(SERVER);
    using alice = await SocketUser.enter(server.tcpAddr, "alice");
    await using bob = new Terminal(
      { NO_COLOR: "" },
      ...["--nick", "bob", `127.0.0.1:${server.tcpAddr.port}`],
    );
    await bob.until("You are bob.");
    await alice.next();
    await alice.type("hello\n");
    await bob.until("alice\x1b[0m: hello");
    await bob.type("unfinished\x03");
    assertEquals(await alice.next(), "*** bob (user 2) has left.");
    assertEquals(await bob.end(), 0);
  },
});
