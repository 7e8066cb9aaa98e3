import { assertEquals, assertMatch } from "@std/assert";
import { canRun, Child } from "./_child.ts";
import { JsonUser } from "./_json_user.ts";
import { canMount, withSmallDisk } from "./_small_disk.ts";

const MAIN = new URL("../../chat/main.ts", import.meta.url);

const ignore = !canRun() || Deno.build.os === "windows" ||
  (["read", "write"] as const).some((name) =>
    Deno.permissions.querySync({ name }).state !== "granted"
  );

/** Starts the program with a file, and reads where it listens. */
async function start(
  folder: string,
  ...more: readonly string[]
): Promise<{ child: Child; addr: Deno.NetAddr }> {
  const child = new Child(Deno.execPath(), [
    ...["run", "--no-prompt", "--allow-net", "--allow-read", "--allow-write"],
    ...[MAIN.href, "--no-tcp", "--http-port", "0", "--data"],
    ...[`${folder}/chat.db`, "--burst", "1000", ...more],
  ]);
  const line = await child.until(/^ +http:/);
  const { hostname, port } = new URL(line.trim());
  return { child, addr: { transport: "tcp", hostname, port: Number(port) } };
}

async function withFolder(use: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Enters, and tells what was said before and under which epoch. */
async function look(addr: Deno.NetAddr, nickname: string) {
  using user = await JsonUser.connect(addr);
  const { epoch } = await user.until("greeting");
  user.send({ type: "hello", version: 1, nickname });
  const { history, topic } = await user.until("entered");
  const texts = history
    .filter(({ type }: { type: string }) => type === "said")
    .map(({ text }: { text: string }) => text);
  const last: number = history.at(-1)?.id ?? 0;
  return { epoch, texts, topic, last };
}

Deno.test({
  name: "chat/main.ts --backup copies the data file while the chat goes on",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const { child, addr } = await start(folder, "--backup", folder);
      await using _child = child;
      using alice = await JsonUser.enter(addr, "alice");
      alice.send({ type: "say", text: "before", ref: "1" });
      await alice.until("ack");
      child.process.kill("SIGUSR2");
      const line = await child.until(/was copied to/);
      const [, copy = ""] = /copied to (.*)[.]$/.exec(line) ?? [];
      alice.send({ type: "say", text: "after", ref: "2" });
      await alice.until("ack");
      child.process.kill("SIGTERM");
      await alice.rest();
      // By some signals, the runtime opens a port for debuggers.
      assertEquals((await child.end()).errors, "");

      // A backup is restored by taking the place of the file.
      await Deno.rename(copy, `${folder}/chat.db`);
      const second = await start(folder);
      await using _second = second.child;
      assertEquals((await look(second.addr, "bob")).texts, ["before"]);
    });
  },
});

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  Deno.test({
    name:
      `chat/main.ts --data keeps rooms, history and epoch over a restart after ${signal}`,
    ignore,
    async fn() {
      await withFolder(async (folder) => {
        const first = await start(folder);
        await using _first = first.child;
        const alice = await JsonUser.enter(first.addr, "alice");
        let lastId = 0;
        for (let n = 0; n < 30; n++) {
          alice.send({ type: "say", text: `number ${n}`, ref: String(n) });
        }
        for (let n = 0; n < 30; n++) lastId = (await alice.until("ack"))["id"];
        const before = await look(first.addr, "bob");
        first.child.process.kill(signal);
        // What was acknowledged is in the file, even if nothing was closed.
        await alice.rest();
        await first.child.end();

        const second = await start(folder);
        await using _second = second.child;
        const after = await look(second.addr, "carol");
        assertEquals(after.epoch, before.epoch);
        assertEquals(
          after.texts,
          Array.from({ length: 20 }, (_, n) => `number ${n + 10}`),
        );
        assertEquals(after.last, lastId);
        using dave = await JsonUser.enter(second.addr, "dave");
        dave.send({ type: "say", text: "later", ref: "r" });
        assertEquals((await dave.until("ack"))["id"] > lastId, true);
        second.child.process.kill("SIGTERM");
        await dave.rest();
        assertEquals((await second.child.end()).code, 0);
      });
    },
  });
}

Deno.test({
  name:
    "chat/main.ts --data loses nothing acknowledged when it is killed amid the talk",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const first = await start(folder);
      await using _first = first.child;
      const users = await Promise.all(
        Array.from(
          { length: 8 },
          (_, n) => JsonUser.enter(first.addr, `u${n}`),
        ),
      );
      const acknowledged = new Set<number>();
      const talks = users.map(async (user, index) => {
        for (let n = 0;; n++) {
          user.send({ type: "say", text: `${index} ${n}`, ref: String(n) });
          acknowledged.add((await user.until("ack"))["id"]);
          if (acknowledged.size === 400) first.child.process.kill("SIGKILL");
        }
      });
      await Promise.allSettled(talks);
      for (const user of users) user.close();
      await first.child.end();

      const second = await start(folder);
      await using _second = second.child;
      using eve = await JsonUser.enter(second.addr, "eve");
      eve.send({ type: "history", room: "lobby", limit: 100 });
      const { messages } = await eve.until("history");
      const kept: number[] = messages.map(({ id }: { id: number }) => id);
      assertEquals(kept.length, 100);
      const [oldest = 0] = kept;
      const expected = [...acknowledged].filter((id) => id >= oldest);
      assertEquals(expected.filter((id) => !kept.includes(id)), []);
    });
  },
});

Deno.test({
  name: "chat/main.ts --data --log json tells of a full disk, and goes on",
  ignore: ignore || !await canMount(),
  async fn() {
    await withSmallDisk(async (folder) => {
      const { child, addr } = await start(folder, "--log", "json");
      await using _child = child;
      const ballast = `${folder}/ballast`;
      await Deno.writeFile(ballast, new Uint8Array(1_800 * 1024));
      using alice = await JsonUser.enter(addr, "alice");
      using bob = await JsonUser.enter(addr, "bob");
      for (let n = 0; n < 80; n++) {
        alice.send({ type: "say", text: `${n} ${"x".repeat(4000)}` });
        assertEquals((await bob.until("said"))["text"].split(" ")[0], `${n}`);
      }
      await Deno.remove(ballast);
      child.process.kill("SIGTERM");
      await Promise.all([alice.rest(), bob.rest()]);
      const { code, errors } = await child.end();
      assertEquals(code, 0);
      const faults = errors.split("\n").filter((line) =>
        line.includes('"event":"error"')
      );
      assertMatch(
        faults[0],
        /"level":"error",.*"Cannot write chat file: the disk is full"/,
      );

      const second = await start(folder);
      await using _second = second.child;
      const { texts } = await look(second.addr, "carol");
      assertEquals(
        texts.map((text: string) => text.split(" ")[0]),
        Array.from(
          { length: texts.length },
          (_, n) => `${n + 80 - texts.length}`,
        ),
      );
      assertEquals(texts.length > 10, true);
    });
  },
});

Deno.test({
  name: "chat/main.ts --log json goes on when its log is on a full disk",
  ignore: ignore || Deno.build.os !== "linux",
  async fn() {
    await using child = new Child("/bin/sh", [
      "-c",
      'exec "$0" "$@" 2>/dev/full',
      ...[Deno.execPath(), "run", "--no-prompt", "--allow-net", MAIN.href],
      ...["--no-tcp", "--http-port", "0", "--log", "json"],
    ]);
    const { hostname, port } = new URL((await child.until(/^ +http:/)).trim());
    const addr = { transport: "tcp", hostname, port: Number(port) } as const;
    using alice = await JsonUser.enter(addr, "alice");
    using bob = await JsonUser.enter(addr, "bob");
    bob.send({ type: "quit" });
    await bob.rest();
    assertEquals((await alice.until("left"))["reason"], "quit");
    child.process.kill("SIGTERM");
    await alice.rest();
    assertEquals((await child.end()).code, 0);
  },
});
