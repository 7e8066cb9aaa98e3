// Access and devices of the terminal program: in a pipe, and at a pseudo terminal.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { ChatClient } from "../../../chat/client/chat_client.ts";
import { Invitations } from "../../../chat/server/access/_invitations.ts";
import { openInvitations } from "../../../chat/server/access/open_invitations.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { canRun } from "../_child.ts";
import { SigningProxy, USER_HEADER } from "../_signing_proxy.ts";
import { needsFiles, withPath } from "../store/_store_kit.ts";
import { hasTerminal, start, Terminal } from "./_join_program.ts";

const ignore = !canRun() || needsFiles.ignore;

/** Lines are not wrapped. */
const ENV = { NO_COLOR: "1", COLUMNS: "200" };

const PASSWORD = "correct horse";
const SERVER = {
  tcp: { port: 0 },
  http: { port: 0 },
  burst: 1000,
  rate: 1000,
} as const;

/** Gives a function a file with a text. */
function withFile(
  text: string,
  act: (path: string) => Promise<void>,
): Promise<void> {
  return withPath(async (path) => {
    await Deno.writeTextFile(path, `${text}\n`);
    await act(path);
  });
}

Deno.test({
  name: "chat/join.ts in a pipe reads the password from a file",
  ignore,
  fn: () =>
    withFile(PASSWORD, async (path) => {
      await using server = serveChat({
        ...SERVER,
        access: { password: PASSWORD },
      });
      const address = `ws://127.0.0.1:${server.httpAddr.port}`;
      await using child = start(
        "--nick",
        "bob",
        "--password-file",
        path,
        address,
      );
      await child.type("hi\n/history\n");
      await child.endInput();
      const { code, errors, lines } = await child.end();
      assertEquals([code, errors], [0, ""]);
      assertMatch(lines.join("\n"), /bob: hi/);

      await using wrong = start("--nick", "bob", address);
      const failure = await wrong.end();
      assertEquals(failure.code, 1);
      assertMatch(failure.errors, /^Cannot enter .*password.*\n$/);
    }),
});

Deno.test({
  name: "chat/join.ts in a pipe says in one line why it can't use a secret",
  ignore,
  async fn() {
    for (
      const [args, error] of [
        [["--password-file", "/no/such"], /^Cannot read "\/no\/such": .*exist/],
        [["--link"], /^Cannot ask for a secret .*--link-file FILE/],
        [["x".repeat(43)], /^Cannot take a secret from the command line/],
      ] as const
    ) {
      await using child = start("--nick", "bob", ...args);
      const { code, errors } = await child.end();
      assertEquals([code, errors.trim().split("\n").length], [2, 1]);
      assertMatch(errors, error);
    }
  },
});

Deno.test({
  name: "chat/join.ts in a pipe is another device of the user by a file",
  ignore,
  async fn() {
    await using server = serveChat(SERVER);
    const address = `ws://127.0.0.1:${server.httpAddr.port}`;
    await using alice = new ChatClient(address, {
      ...{ nickname: "alice", rate: Infinity },
    });
    await alice.connect();
    const { token } = await alice.link();
    await withFile(token, async (path) => {
      await using child = start("--link-file", path, address);
      await child.type("from the pipe\n");
      await child.endInput();
      const { code, errors, lines } = await child.end();
      assertEquals([code, errors], [0, ""]);
      assertMatch(lines.join("\n"), /You are alice/);

      await using again = start("--link-file", path, address);
      assertEquals((await again.end()).code, 1);
    });
    for await (const event of alice) {
      if (event.type !== "said") continue;
      assertEquals([event.user, event.text], [alice.user, "from the pipe"]);
      break;
    }
  },
});

Deno.test({
  name:
    "chat/join.ts at a terminal asks for the password, and shows it nowhere",
  ignore: !hasTerminal,
  async fn() {
    await using server = serveChat({
      ...SERVER,
      access: { password: PASSWORD },
    });
    await using bob = new Terminal(
      ENV,
      ...["--nick", "bob", `ws://127.0.0.1:${server.httpAddr.port}`],
    );
    let output = "";
    const until = async (text: string) => {
      output += await bob.until(text);
    };
    await until("Please give the password or an invitation first.");
    await until("Password: ");
    await bob.type("wrong horse\r");
    await until("The password is wrong.");
    await until("Password: ");
    await bob.type(`${PASSWORD}!\x7f\r`);
    await until("You are bob.");
    await until("[lobby] ");
    await bob.type("hello\r");
    await until("bob: hello");
    await bob.type("/quit\r");
    assertEquals(await bob.end(), 0);
    assert(!(output + bob.output).includes("horse"), output);
  },
});

Deno.test({
  name: "chat/join.ts at a terminal takes an invitation, and tells the pass",
  ignore: !hasTerminal,
  async fn() {
    using store = await openInvitations(":memory:");
    const invitations = new Invitations(store);
    const invite = await invitations.create({ time: 60_000, uses: 1 });
    const access = { password: PASSWORD, invitations: store };
    await using server = serveChat({ ...SERVER, access });
    await using bob = new Terminal(
      ENV,
      ...["--nick", "bob", `tcp://127.0.0.1:${server.tcpAddr.port}`],
    );
    await bob.until("Password or invitation: ");
    await bob.type(
      `\x1b[200~https://chat.example/#invite=${invite}\n\x1b[201~`,
    );
    await bob.type("\r");
    const shown = await bob.until("You are bob.") +
      await bob.until("use this instead of the invitation: ");
    assert(!shown.includes(invite));
    await bob.type("\x03");
    assertEquals(await bob.end(), 0);
  },
});

Deno.test({
  name: "chat/join.ts at a terminal is another device of the user by --link",
  ignore: !hasTerminal,
  async fn() {
    await using server = serveChat(SERVER);
    const address = `ws://127.0.0.1:${server.httpAddr.port}`;
    await using first = new Terminal(ENV, "--nick", "alice", address);
    await first.until("[lobby] ");
    await first.type("/link\r");
    await first.until("for five minutes: ");
    const token = await first.until("\r");
    await first.until("chat:join --link");

    await using second = new Terminal(ENV, "--link", address);
    await second.until("Secret of the other device: ");
    await second.type("no secret\r");
    await second.until("The link is not valid any more.");
    await second.until("Secret of the other device: ");
    await second.type(`${token}\r`);
    await second.until("You are alice again.");
    await second.until("[lobby] ");
    await second.type("hi\r");
    await first.until("alice: hi");
    // Only a device leaves, the user stays.
    await second.type("\x03");
    assertEquals(await second.end(), 0);
    await first.type("still here\r");
    await first.until("alice: still here");

    await using none = new Terminal(ENV, "--link", address);
    await none.until("Secret of the other device: ");
    await none.type("half\x03");
    assertEquals(await none.end(), 0);
    await first.type("/quit\r");
    assertEquals(await first.end(), 0);
  },
});

Deno.test({
  name:
    "chat/join.ts at a terminal leaves the nickname to a proxy by Enter alone",
  ignore: !hasTerminal,
  async fn() {
    const from = ["127.0.0.1"];
    await using server = serveChat({
      http: { hostname: "127.0.0.1", port: 0, trustedProxies: { from } },
      access: { userHeader: USER_HEADER },
    });
    await using proxy = new SigningProxy(server.httpAddr, "anna");
    await using anna = new Terminal(ENV, proxy.url);
    await anna.until("Nickname: ");
    await anna.type("\r");
    await anna.until("You are anna.");
    await anna.until("[lobby] ");
    await anna.type("/quit\r");
    assertEquals(await anna.end(), 0);
  },
});

Deno.test({
  name: "chat/join.ts at a terminal asks again where a nickname is needed",
  ignore: !hasTerminal,
  async fn() {
    await using server = serveChat(SERVER);
    const address = `ws://127.0.0.1:${server.httpAddr.port}`;
    await using bob = new Terminal(ENV, address);
    await bob.until("Nickname: ");
    await bob.type("\r");
    await bob.until("Connected to");
    await bob.until("Please type a nickname");
    await bob.until("Nickname: ");
    await bob.type("bob\r");
    await bob.until("You are bob.");
    await bob.type("/quit\r");
    assertEquals(await bob.end(), 0);
  },
});
