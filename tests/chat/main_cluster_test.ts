// The server program in a cluster, with a real broker.

import { assertEquals, assertMatch } from "@std/assert";
import { Child, hasProgram } from "./_child.ts";
import { JsonUser } from "./_json_user.ts";
import { ENTRY, NatsBroker } from "./cluster/_nats_broker.ts";

const MAIN = new URL("../../chat/main.ts", import.meta.url);

const ignore = ENTRY === undefined || !hasProgram("nats-server");

/** Runs the program with the permissions that the client of NATS needs. */
function run(...args: readonly string[]): Child {
  return new Child(Deno.execPath(), [
    ...["run", "--no-prompt", "--quiet", "--no-lock", "--allow-net"],
    ...["--allow-env", "--allow-read", "--allow-sys", MAIN.href, ...args],
  ]);
}

function serve(...args: readonly string[]): Child {
  return run("--port", "0", "--http-port", "0", "--name", "east", ...args);
}

Deno.test({
  name:
    "chat/main.ts fails, and says why once, when it can't stay in its cluster",
  ignore,
  async fn() {
    await using broker = await NatsBroker.start();
    await using child = serve(
      ...["--cluster", `nats://127.0.0.1:${broker.server.port}`],
    );
    await child.until(/^Press Ctrl/);
    await broker.recreate();
    const { code, lines, errors } = await child.end();
    assertEquals([code, lines], [1, []]);
    assertMatch(errors, /^Cannot [^\n]+\n$/);
  },
});

Deno.test({
  name: "chat/main.ts invites to all servers of a cluster, by their broker",
  ignore,
  async fn() {
    await using broker = await NatsBroker.start();
    const cluster = ["--cluster", `nats://127.0.0.1:${broker.server.port}`];
    await using server = serve("--invite-only", ...cluster);
    const page = await server.until(/^ +http:/);
    const url = page.trim();
    await server.until(/^ +deno task chat invite --cluster nats:/);
    await server.until(/^Press Ctrl/);
    await using made = run("invite", ...cluster, "--url", url);
    const { code, lines: [link = ""], errors } = await made.end();
    assertEquals([code, errors], [0, ""]);
    assertMatch(link, /#invite=[\w-]{43}$/);
    const { hostname, port } = new URL(url);
    const addr = { transport: "tcp", hostname, port: Number(port) } as const;
    using user = await JsonUser.connect(addr);
    user.send({
      ...{ type: "hello", version: 1, nickname: "alice", invite: link },
    });
    const { token: pass } = await user.until("pass");

    await using revoked = run("invite", ...cluster, "--revoke");
    assertEquals((await revoked.end()).code, 0);
    using late = await JsonUser.connect(addr);
    late.send({ type: "hello", version: 1, nickname: "bob", invite: pass });
    assertEquals((await late.until("error"))["code"], "wrong-invitation");
    user.close();
    late.close();
    server.process.kill("SIGTERM");
    assertEquals((await server.end()).code, 0);
  },
});
