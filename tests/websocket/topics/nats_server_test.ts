import { assertEquals, assertLess } from "@std/assert";
import { Child, hasProgram } from "../../chat/_child.ts";
import { findNatsClient, NatsServer } from "../../_nats_server.ts";

const PROGRAM = new URL("_nats_process.ts", import.meta.url).href;
const CLIENTS = 1000;
const MIB = 1024 * 1024;
const entry = findNatsClient("transport-node");

function start(port: number): Child {
  const args = ["run", "-A", "--no-check", PROGRAM];
  return new Child(Deno.execPath(), [
    ...args,
    entry ?? "",
    `${port}`,
    `${CLIENTS}`,
  ]);
}

/** Sends a command to a process, and reads up to its answer. */
async function ask(child: Child, command: string): Promise<string[]> {
  await child.type(`${command}\n`);
  const line = await child.until(/^(published|clients|flooded) /);
  return line.split(" ");
}

Deno.test({
  name:
    "two processes share their topics through NATS, and go on when the broker is killed",
  ignore: entry === undefined || !hasProgram("nats-server"),
  async fn() {
    await using broker = new NatsServer();
    await broker.start();
    await using a = start(broker.port);
    await using b = start(broker.port);
    const both = [a, b];
    for (const child of both) {
      assertEquals(await child.until(/^ready/), `ready ${CLIENTS}`);
    }

    assertEquals(await ask(a, "from a"), ["published", `${CLIENTS}`]);
    for (const child of both) await child.until(/^all received from a$/);
    assertEquals(await ask(b, "from b"), ["published", `${CLIENTS}`]);
    for (const child of both) await child.until(/^all received from b$/);

    await broker.kill();
    for (const child of both) await child.until(/^disconnected$/);
    await ask(a, "during the outage");
    await a.until(/^all received during the outage$/);
    const [, grown, dropped, buffered] = (await ask(a, "flood")).map(Number);
    assertLess(grown, 80 * MIB);
    assertLess(buffered, MIB + 1);
    assertLess(198_000, dropped);
    for (const child of both) {
      assertEquals(await ask(child, "clients"), ["clients", `${CLIENTS}`]);
    }

    await broker.start();
    for (const child of both) await child.until(/^reconnected$/);
    await ask(a, "later from a");
    for (const child of both) await child.until(/^all received later from a$/);
    await ask(b, "later from b");
    for (const child of both) await child.until(/^all received later from b$/);

    for (const child of both) {
      assertEquals(await ask(child, "clients"), ["clients", `${CLIENTS}`]);
      await child.endInput();
      const { code, lines, errors } = await child.end();
      assertEquals([code, errors, lines], [0, "", ["ended"]]);
    }
  },
});
