// The programs that people have: each where it is installed.

import { assertEquals } from "@std/assert";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { Child, hasProgram } from "../_child.ts";
import { SocketUser } from "../_socket_user.ts";

/** The arguments with which a program connects. */
const PROGRAMS: Readonly<Record<string, (port: string) => string[]>> = {
  nc: (port) => ["127.0.0.1", port],
  telnet: (port) => ["127.0.0.1", port],
  socat: (port) => ["-", `TCP:127.0.0.1:${port}`],
};

for (const [program, argsFor] of Object.entries(PROGRAMS)) {
  Deno.test({
    name: `a user of ${program} talks, and leaves by byebye`,
    ignore: !hasProgram(program),
    async fn() {
      await using server = serveChat({ tcp: { port: 0 } });
      using alice = await SocketUser.enter(server.tcpAddr, "alice");
      await using user = new Child(
        program,
        argsFor(String(server.tcpAddr.port)),
      );
      await user.until(/^\*\*\* Please type your nickname/);
      await user.type("bob\n");
      assertEquals(
        await user.next(),
        "*** Welcome, bob! You are user 2.",
      );
      assertEquals(await alice.next(), "*** bob (user 2) has joined.");
      await alice.type("你好, bob\n");
      await user.until(/^alice: 你好, bob$/);
      // Not every text: some telnets take the byte 0x9D for their escape key.
      await user.type("再见, alice\n");
      assertEquals(await alice.next(), "bob: 再见, alice");
      await user.type("byebye\n");
      await user.until(/^\*\*\* Goodbye!$/);
      assertEquals(await alice.next(), "*** bob (user 2) has left.");
      await user.endInput();
      await user.end();
    },
  });
}

Deno.test({
  name: "a script that pipes its lines into socat gets all that is due to it",
  ignore: !hasProgram("socat"),
  async fn() {
    await using server = serveChat({ tcp: { port: 0 } });
    using alice = await SocketUser.enter(server.tcpAddr, "alice");
    await using script = new Child("socat", [
      ...["-t", "10", "-", `TCP:127.0.0.1:${server.tcpAddr.port}`],
    ]);
    await script.type("cron\nthe backup is done\n/list");
    await script.endInput();
    const { code, lines } = await script.end();
    assertEquals([code, lines.at(-1)], [
      0,
      "***   cron (user 2, here for less than a minute)",
    ]);
    assertEquals((await alice.take(3)).slice(1), [
      "cron: the backup is done",
      "*** cron (user 2) has left.",
    ]);
  },
});
