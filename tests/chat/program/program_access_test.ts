// Access to the chat of the server program.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { canRun, Child } from "../_child.ts";
import { JsonUser } from "../_json_user.ts";
import { SocketUser } from "../_socket_user.ts";

const MAIN = new URL("../../../chat/main.ts", import.meta.url);
const PASSWORD = "correct horse";
const HELLO = { type: "hello", version: 1, nickname: "alice" };

const ignore = !canRun() || Deno.build.os === "windows" ||
  (["read", "write"] as const).some((name) =>
    Deno.permissions.querySync({ name }).state !== "granted"
  );

interface StartOptions {
  readonly env?: Record<string, string>;
}

function spawn(
  args: readonly string[],
  { env = {} }: StartOptions = {},
): Child {
  return new Child(Deno.execPath(), [
    ...["run", "--no-prompt", "--allow-net", "--allow-read", "--allow-write"],
    ...["--allow-env=CHAT_OPERATOR_TOKEN,CHAT_PASSWORD", MAIN.href, ...args],
  ], { env });
}

/** Starts a server on ports that are free. */
function start(args: readonly string[], options?: StartOptions): Child {
  return spawn(["--port", "0", "--http-port", "0", ...args], options);
}

/** Reads what the server says at its start. */
async function welcome(child: Child): Promise<string> {
  const lines: string[] = [];
  do lines.push(await child.next() ?? ""); while (
    !lines.at(-1)?.startsWith("Press Ctrl+C")
  );
  return lines.join("\n");
}

function addrIn(text: string, pattern: RegExp): Deno.NetAddr {
  const [, hostname = "", port = ""] = pattern.exec(text) ?? [];
  return { transport: "tcp", hostname, port: Number(port) };
}

const lineAddr = (text: string) => addrIn(text, /^ +nc (\S+) (\d+)$/m);
const webAddr = (text: string) =>
  addrIn(text, /^ +http:\/\/([\d.]+):(\d+)\/$/m);

/** Stops a server, and returns all that it has written since. */
async function stop(child: Child): Promise<string> {
  child.process.kill("SIGTERM");
  const { lines, errors } = await child.end();
  return [...lines, errors].join("\n");
}

/** Runs the program up to its end. */
async function run(
  args: readonly string[],
  options?: StartOptions,
): Promise<{ code: number; out: string; errors: string }> {
  await using child = spawn(args, options);
  const { code, lines, errors } = await child.end();
  return { code, out: lines.join("\n"), errors };
}

async function withFolder(
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name:
    "chat/main.ts asks for the password of a file or the environment, and shows it nowhere",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const file = `${folder}/password`;
      await Deno.writeTextFile(file, `${PASSWORD}\r\nnot this\n`);
      const log = ["--log", "json", "--log-addresses"];
      for (
        const [args, options] of [
          [["--password-file", file], {}],
          [[], { env: { CHAT_PASSWORD: PASSWORD } }],
        ] as const
      ) {
        await using child = start([...args, ...log], options);
        const text = await welcome(child);
        assertStringIncludes(text, "\nUsers need the password.\n");
        using alice = await SocketUser.connect(lineAddr(text));
        await alice.next();
        await alice.type(`a wrong guess\n${PASSWORD}\nalice\n`);
        await alice.until("*** Welcome, alice! You are user 1.");
        using bob = await JsonUser.connect(webAddr(text));
        bob.send({ ...HELLO, nickname: "bob", password: "a wrong guess" });
        bob.send({ ...HELLO, nickname: "bob", password: PASSWORD });
        await bob.until("welcome");
        const rest = stop(child);
        await alice.rest();
        alice.close();
        await bob.rest();
        const written = text + await rest;
        assertStringIncludes(written, '"reason":"wrong-password"');
        for (const secret of [PASSWORD, "wrong guess", "not this"]) {
          assertEquals(written.includes(secret), false, secret);
        }
      }
    });
  },
});

Deno.test({
  name:
    "chat/main.ts makes invitations while its server runs, which takes each as often as it says",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const data = `${folder}/chat.db`;
      await using child = start(["--invite-only", "--data", data]);
      const text = await welcome(child);
      assertStringIncludes(text, `invite --data ${data} --url URL`);
      const url = "https://chat.example.com/team/";
      const made = await run(["invite", "--data", data, "--url", url]);
      assertEquals([made.code, made.errors], [0, ""]);
      assertMatch(
        made.out,
        /^https:\/\/chat\.example\.com\/team\/#invite=.{43}$/,
      );
      const token = made.out.split("=")[1];
      for (const file of Deno.readDirSync(folder)) {
        const bytes = Deno.readFileSync(`${folder}/${file.name}`);
        const content = new TextDecoder("latin1").decode(bytes);
        assertEquals(content.includes(token), false, file.name);
        const { mode } = Deno.statSync(`${folder}/${file.name}`);
        assertEquals((mode ?? 0) & 0o77, 0, file.name);
      }
      using alice = await JsonUser.connect(webAddr(text));
      alice.send({ ...HELLO, invite: token });
      await alice.until("welcome");
      const { token: pass } = await alice.until("pass") as { token: string } & {
        type: string;
      };
      using bob = await SocketUser.connect(lineAddr(text));
      await bob.next();
      await bob.type(`${made.out}\n`);
      assertMatch(await bob.next() ?? "", /The invitation is not valid/);
      const rest = stop(child);
      await alice.rest();
      await bob.rest();
      bob.close();
      const written = text + await rest;
      assertEquals([token, pass].filter((it) => written.includes(it)), []);

      // A pass is still valid after a restart.
      await using again = start(["--invite-only", "--data", data]);
      const second = await welcome(again);
      using back = await JsonUser.connect(webAddr(second));
      back.send({ ...HELLO, invite: pass });
      await back.until("welcome");
      back.close();
      const revoked = await run(["invite", "--data", data, "--revoke"]);
      assertEquals([revoked.code, revoked.errors], [0, ""]);
      using late = await JsonUser.connect(webAddr(second));
      late.send({ ...HELLO, invite: pass });
      assertEquals((await late.until("error"))["code"], "wrong-invitation");
      late.close();
      await stop(again);
    });
  },
});

Deno.test({
  name: "chat/main.ts takes a password or an invitation with --data",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const data = `${folder}/chat.db`;
      const env = { CHAT_PASSWORD: PASSWORD };
      await using child = start(["--data", data], { env });
      const text = await welcome(child);
      assertStringIncludes(text, "Users need the password or an invitation,");
      using user = await JsonUser.connect(webAddr(text));
      assertEquals((await user.until("access-needed"))["methods"], [
        "password",
        "invitation",
      ]);
      user.close();
      await stop(child);
    });
  },
});

Deno.test({
  name: "chat/main.ts refuses to invite to a chat that there is not",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const data = `${folder}/none.db`;
      const args = ["invite", "--data", data, "--url", "http://127.0.0.1/"];
      const { code, out, errors } = await run(args);
      assertEquals([code, out], [1, ""]);
      assertMatch(errors, /^Cannot invite: there is no chat file "[^\n]*\n$/);
      assertEquals([...Deno.readDirSync(folder)], []);
    });
  },
});

Deno.test({
  name: "chat/main.ts leaves sign-in to a proxy, and closes the port for lines",
  ignore,
  async fn() {
    const proxied = ["--trusted-proxy", "127.0.0.1", "--auth-header", "X-User"];
    await using child = start(proxied);
    const text = await welcome(child);
    assertStringIncludes(
      text,
      "The proxy signs users in and names them in X-User.",
    );
    assertStringIncludes(text, "The port for nc and telnet is closed");
    assertEquals(/^ +nc /m.test(text), false);
    // Without the proxy, the page says no more than that one has to sign in.
    assertEquals(/^ +http:/m.test(text), false);
    const addr = addrIn(text, /open on ([\d.]+):(\d+)\./);
    using alice = await JsonUser.connect(addr, {
      headers: { "X-User": "alice" },
    });
    alice.send(HELLO);
    await alice.until("welcome");
    alice.close();
    await stop(child);

    const env = { CHAT_PASSWORD: PASSWORD };
    const lines = ["--proxy-protocol", "127.0.0.1"];
    await using open = start([...proxied, ...lines], { env });
    const openText = await welcome(open);
    assertMatch(openText, /open on \S+ and \S+\.\n\nUsers connect to/);
    assertMatch(openText, /nicknames\nbegin with ~/);
    await stop(open);
  },
});

Deno.test({
  name:
    "chat/main.ts says at its start that the chat is open to other machines, unless that was chosen",
  ignore,
  async fn() {
    const note = "The chat is open to everybody who can connect";
    for (
      const [args, isTold] of [
        [["--host", "0.0.0.0"], true],
        [["--host", "0.0.0.0", "--open"], false],
        [[], false],
      ] as const
    ) {
      await using child = start(args);
      assertEquals((await welcome(child)).includes(note), isTold);
      await stop(child);
    }
  },
});

Deno.test({
  name:
    "chat/main.ts exits with 2 for a password that can't be one, or beside another way, without showing it",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const file = `${folder}/password`;
      for (
        const [text, args, words] of [
          ["\n", ["--password-file", file], "the first line is empty"],
          ["secret7\n", ["--password-file", file], "at least 8 characters"],
        ] as const
      ) {
        await Deno.writeTextFile(file, text);
        const { code, out, errors } = await run([...args, "--port", "0"]);
        assertEquals([code, out], [2, ""]);
        assertStringIncludes(errors, words);
        assertEquals(errors.includes("secret7"), false);
      }
      const env = { CHAT_PASSWORD: PASSWORD };
      const { code, errors } = await run(["--open"], { env });
      assertEquals(code, 2);
      assertMatch(errors, /^Cannot use --open with a password: [^\n]*\n$/);
      assertEquals(errors.includes(PASSWORD), false);
    });
  },
});
