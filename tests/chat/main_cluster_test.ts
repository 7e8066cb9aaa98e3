// The server program in a cluster, with a real broker.

import { assertEquals, assertMatch } from "@std/assert";
import { Child, hasProgram } from "./_child.ts";
import { ENTRY, NatsBroker } from "./cluster/_nats_broker.ts";

const MAIN = new URL("../../chat/main.ts", import.meta.url);

Deno.test({
  name:
    "chat/main.ts fails, and says why once, when it can't stay in its cluster",
  ignore: ENTRY === undefined || !hasProgram("nats-server"),
  async fn() {
    await using broker = await NatsBroker.start();
    await using child = new Child(Deno.execPath(), [
      ...["run", "--no-prompt", "--quiet", "--no-lock", "--allow-net"],
      ...[
        "--allow-env",
        "--allow-read",
        "--allow-sys",
        MAIN.href,
        "--port",
        "0",
        "--http-port",
        "0",
      ],
      ...["--name", "east"],
      ...["--cluster", `nats://127.0.0.1:${broker.server.port}`],
    ]);
    await child.until(/^Press Ctrl/);
    await broker.recreate();
    const { code, lines, errors } = await child.end();
    assertEquals([code, lines], [1, []]);
    assertMatch(errors, /^Cannot [^\n]+\n$/);
  },
});
