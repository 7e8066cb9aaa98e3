import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { canRun, Child } from "./_child.ts";
import { SocketUser } from "./_socket_user.ts";

const ROOT = new URL("../../", import.meta.url);
const MAIN = new URL("chat/main.ts", ROOT);

const ignore = !canRun();
const ignoreSignals = ignore || Deno.build.os === "windows";
const ignoreRemote = ignore ||
  (["read", "write"] as const).some((name) =>
    Deno.permissions.querySync({ name }).state !== "granted"
  );

/** Starts the program as a user would, with nothing but the network. */
function start(...args: string[]): Child {
  return startWith(["--allow-net"], ...args);
}

/** Starts the program on ports that are free, with some permissions. */
function startWith(permissions: readonly string[], ...args: string[]): Child {
  return new Child(Deno.execPath(), [
    ...["run", "--no-prompt", ...permissions, MAIN.href],
    ...["--port", "0", "--http-port", "0", ...args],
  ]);
}

/** Reads where the program says it listens for browsers. */
async function readUrl(child: Child): Promise<string> {
  return (await child.until(/^ +http:\/\/.*\/$/)).trim();
}

/** Reads where the program says it listens for lines. */
async function readAddr(child: Child): Promise<Deno.NetAddr> {
  const line = await child.until(/^ +nc /);
  const [, hostname = "", port = ""] = line.trim().split(" ");
  return { transport: "tcp", hostname, port: Number(port) };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name:
      `chat/main.ts says how to connect, serves, and ends well on ${signal}`,
    ignore: ignoreSignals,
    async fn() {
      await using child = start("--name", "The Kitchen");
      assertMatch(
        await child.next() ?? "",
        /^The chat is open on 127\.0\.0\.1:\d+ and 127\.0\.0\.1:\d+\.$/,
      );
      const page = await fetch(await readUrl(child));
      assertMatch(await page.text(), /<title>/);
      const addr = await readAddr(child);
      await child.until(
        new RegExp(`^ +telnet ${addr.hostname} ${addr.port}$`),
      );
      await child.until(/^Press Ctrl\+C to stop the server\.$/);

      using alice = await SocketUser.enter(addr, "alice");
      using bob = await SocketUser.connect(addr);
      assertEquals(
        await bob.next(),
        "*** Welcome to The Kitchen! 2 people are online, including you.",
      );
      await bob.type("bob\nhello\n");
      assertEquals(await alice.take(2), [
        "*** bob (user 2) has joined.",
        "bob: hello",
      ]);

      child.process.kill(signal);
      assertEquals(await alice.rest(), [
        "*** Goodbye: the server is shutting down.",
      ]);
      assertEquals(
        (await bob.rest()).at(-1),
        "*** Goodbye: the server is shutting down.",
      );
      alice.close();
      bob.close();
      const { code, lines, errors } = await child.end();
      assertEquals([code, errors], [0, ""]);
      assertEquals(lines.at(-1), "Stopped.");
    },
  });
}

Deno.test({
  name: "chat/main.ts ends at once on a second signal",
  ignore: ignoreSignals,
  async fn() {
    await using child = start("--drain", "600");
    const addr = await readAddr(child);
    // Somebody who is told, but neither reads nor closes.
    using alice = await SocketUser.enter(addr, "alice");
    child.process.kill("SIGINT");
    assertEquals(
      await alice.next(),
      "*** Goodbye: the server is shutting down.",
    );
    child.process.kill("SIGINT");
    assertEquals((await child.end()).code, 130);
  },
});

Deno.test({
  name:
    "chat/main.ts says in one line that the port is in use, and exits with 1",
  ignore,
  async fn() {
    using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = other.addr;
    for (const option of ["--port", "--http-port", "--metrics"]) {
      await using child = start(option, String(port));
      const { code, lines, errors } = await child.end();
      assertEquals([code, lines], [1, []]);
      assertMatch(
        errors,
        /^Cannot listen on 127\.0\.0\.1:\d+: .* in use.*--port.*\n$/,
      );
      assertStringIncludes(errors, `:${port}:`);
    }
  },
});

Deno.test({
  name:
    "chat/main.ts says in one line what is wrong with an option, and exits with 2",
  ignore,
  async fn() {
    for (const args of [["--prot", "0"], ["--name", "two\nlines"]]) {
      await using child = start(...args);
      const { code, lines, errors } = await child.end();
      assertEquals([code, lines], [2, []]);
      assertMatch(errors, /^[A-Z].*(--prot|two)/);
    }
  },
});

Deno.test({
  name: "chat/main.ts shows its options on --help, and exits with 0",
  ignore,
  async fn() {
    await using child = start("--help");
    const { code, lines, errors } = await child.end();
    assertEquals([code, errors], [0, ""]);
    assertStringIncludes(lines.join("\n"), "--port PORT");
  },
});

Deno.test({
  name: "chat/main.ts says that it may not listen, and asks for nothing else",
  ignore,
  async fn() {
    await using child = new Child(Deno.execPath(), [
      ...["run", "--no-prompt", MAIN.href, "--port", "0", "--no-http"],
    ]);
    const { code, errors } = await child.end();
    assertEquals(code, 1);
    assertMatch(errors, /^Cannot listen on 127\.0\.0\.1:0: .*--allow-net.*\n$/);
  },
});

Deno.test({
  name: "chat/main.ts says in one line which permission a file needs",
  ignore,
  async fn() {
    for (
      const [args, permission] of [
        [["--data", "chat.db"], "--allow-write"],
        [["--tls-cert", "a", "--tls-key", "b"], "--allow-read"],
        [["--operator-token-file", "a"], "--allow-read"],
      ] as const
    ) {
      await using child = start(...args);
      const { code, lines, errors } = await child.end();
      assertEquals([code, lines], [1, []]);
      assertMatch(errors, new RegExp(`^Cannot [^\n]*${permission}[^\n]*\n$`));
    }
  },
});

Deno.test({
  name:
    "chat/main.ts writes a log of JSON lines, without addresses and what is said",
  ignore: ignoreSignals,
  async fn() {
    await using child = start("--log", "json");
    const addr = await readAddr(child);
    using alice = await SocketUser.enter(addr, "alice");
    using bob = await SocketUser.enter(addr, "bob");
    await bob.type("a very secret thing\nbyebye\n");
    await bob.rest();
    bob.close();
    await alice.until("*** bob (user 2) has left.");
    child.process.kill("SIGTERM");
    await alice.rest();
    alice.close();
    const { code, errors } = await child.end();
    assertEquals(code, 0);
    const events = errors.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(
      events.map(({ event, nickname, reason }) =>
        [event, nickname, reason].filter((part) => part !== undefined).join(" ")
      ),
      [
        "start",
        "connect",
        "enter alice",
        "connect",
        "enter bob",
        "leave bob quit",
        "leave alice shutdown",
        "stop",
      ],
    );
    assertEquals(/secret|address/.test(errors), false);
    assertEquals(errors.includes(String(alice.conn.localAddr.port)), false);
  },
});

Deno.test({
  name: "chat/main.ts serves metrics on this machine, and nothing else there",
  ignore,
  async fn() {
    await using child = start("--metrics", "0");
    const addr = await readAddr(child);
    const line = await child.until(/^Metrics are at /);
    const url = line.slice("Metrics are at ".length, -1);
    using alice = await SocketUser.enter(addr, "alice");
    await alice.type("hello\n/nope\n");
    await alice.next();
    const response = await fetch(url);
    assertMatch(
      response.headers.get("content-type") ?? "",
      /^text\/plain; version=0\.0\.4/,
    );
    const metrics = (await response.text()).split("\n");
    for (
      const sample of [
        'chat_connections{kind="tcp"} 1',
        "chat_users 1",
        "chat_rooms 1",
        'chat_messages_total{type="said"} 1',
        'chat_errors_total{code="unknown-command"} 1',
      ]
    ) assertEquals(metrics.includes(sample), true, sample);
    const bytes = metrics.find((line) => line.startsWith("chat_sent_bytes"));
    assertMatch(bytes ?? "", / [1-9]\d*$/);
    for (
      const [path, method, status] of [
        ["/", "GET", 404],
        ["/metrics", "POST", 405],
      ] as const
    ) {
      const other = await fetch(new URL(path, url), { method });
      assertEquals(other.status, status);
      await other.body?.cancel();
    }
  },
});

Deno.test({
  name: "chat/main.ts runs from a URL, in an empty folder",
  ignore: ignoreRemote || Deno.build.os === "windows",
  async fn() {
    await using files = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const { pathname } = new URL(request.url);
        try {
          const text = await Deno.readTextFile(new URL(`.${pathname}`, ROOT));
          return new Response(text, {
            headers: { "content-type": "application/typescript" },
          });
        } catch {
          return new Response("Not found", { status: 404 });
        }
      },
    );
    const folder = await Deno.makeTempDir();
    try {
      const host = `127.0.0.1:${files.addr.port}`;
      await using child = new Child(Deno.execPath(), [
        ...["run", "--no-prompt", "--allow-net", `--allow-import=${host}`],
        ...[`http://${host}/chat/main.ts`, "--port", "0", "--http-port", "0"],
      ], { cwd: folder, env: { DENO_DIR: `${folder}/cache` } });
      const page = await fetch(await readUrl(child));
      assertMatch(await page.text(), /<title>/);
      const addr = await readAddr(child);
      using alice = await SocketUser.enter(addr, "alice");
      await alice.type("l\n");
      assertEquals(await alice.next(), "*** 1 person is in lobby:");
      child.process.kill("SIGTERM");
      assertEquals(
        (await alice.rest()).at(-1),
        "*** Goodbye: the server is shutting down.",
      );
      alice.close();
      assertEquals((await child.end()).code, 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
