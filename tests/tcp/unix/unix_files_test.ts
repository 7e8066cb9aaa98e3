import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotEquals,
} from "@std/assert";
import { relative } from "node:path";
import { dialUnix } from "../../../tcp/unix/dial_unix.ts";
import { listenUnix } from "../../../tcp/unix/listen_unix.ts";
import { UnixListener } from "../../../tcp/unix/unix_listener.ts";
import { errorOf, nextTurn } from "../support/_outcomes.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

const isAllowed = Deno.build.os !== "windows" &&
  (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );
const canRun = isAllowed &&
  (["run", "env"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );

/** Registers a test that gets a directory of its own. */
function testUnix(
  name: string,
  run: (directory: string) => Promise<void>,
  ignore = !isAllowed,
): void {
  Deno.test({
    name,
    ignore,
    fn: async () => {
      const directory = await Deno.realPath(await Deno.makeTempDir());
      try {
        await run(directory);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

/** Leaves a socket's file that nobody listens on, as a crash does. */
function leaveStale(path: string): void {
  const listener = Deno.listen({ transport: "unix", path });
  Deno.renameSync(path, `${path}.kept`);
  listener.close();
  Deno.renameSync(`${path}.kept`, path);
}

function namesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

/** A process of its own that listens as it is told; see the program. */
class Child implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string>;

  constructor(cwd: string, files: readonly string[] = []) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-check",
        "--allow-net",
        ...["--allow-read", "--allow-write"].map((flag) =>
          files.length === 0 ? flag : `${flag}=${files.join()}`
        ),
        new URL("../programs/_unix_program.ts", import.meta.url).pathname,
      ],
      cwd,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#lines = linesOf(this.#process.stdout);
  }

  /** The next line of its output. */
  async next(): Promise<string> {
    return String((await this.#lines.next()).value);
  }

  async ask(line: string): Promise<string> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
    return await this.next();
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#lines.return(undefined);
    await this.#process.status;
  }
}

async function* linesOf(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

testUnix(
  "listenUnix() leaves one file, and none when it is closed",
  async (directory) => {
    const path = `${directory}/socket`;
    const listener = await listenUnix(path);
    assertEquals(namesIn(directory), ["socket"]);
    assert(Deno.lstatSync(path).isSocket);
    listener.close();
    assertEquals(namesIn(directory), []);
  },
);

testUnix("both ends of a connection show the path", async (directory) => {
  const path = `${directory}/socket`;
  using listener = await listenUnix(path);
  assertEquals(listener.addr, { transport: "unix", path });
  using client = await dialUnix(path, HANGS);
  using server = await listener.accept(HANGS);
  assertEquals(client.remoteAddr.path, path);
  assertEquals(server.localAddr.path, path);
});

testUnix(
  "closing leaves a file alone that somebody has put there",
  async (directory) => {
    const path = `${directory}/socket`;
    await closeOverForeignFile(directory, () => listenUnix(path));
  },
);

testUnix(
  "closing leaves a socket alone that somebody has put there",
  async (directory) => {
    const path = `${directory}/socket`;
    const first = await listenUnix(path);
    Deno.removeSync(path);
    using second = await listenUnix(path);
    first.close();
    using client = await dialUnix(path);
    using _server = await second.accept(HANGS);
    assertEquals(client.state, "open");
  },
);

testUnix(
  "a listener of the runtime that is taken over leaves files of others alone",
  async (directory) => {
    const path = `${directory}/socket`;
    await closeOverForeignFile(
      directory,
      () => new UnixListener(Deno.listen({ transport: "unix", path })),
    );
    const listener = new UnixListener(Deno.listen({ transport: "unix", path }));
    listener.close();
    assertEquals(namesIn(directory), []);
  },
);

testUnix(
  "a listener of the runtime that is taken over shows its absolute path",
  async (directory) => {
    const path = relative(Deno.cwd(), `${directory}/socket`);
    const raw = Deno.listen({ transport: "unix", path });
    using listener = new UnixListener(raw);
    const absolute = `${Deno.cwd()}/${path}`;
    assertEquals(listener.addr.path, absolute);
    using _client = await dialUnix(path, HANGS);
    using server = await listener.accept(HANGS);
    assertEquals(server.localAddr.path, absolute);
  },
);

testUnix(
  "a file at the secret name of a listener outlives it",
  async (directory) => {
    const path = `${directory}/socket`;
    const listener = await listenUnix(path);
    // The runtime tells the name that was bound to those who dial.
    const raw = await Deno.connect({ transport: "unix", path });
    const secret = (raw.remoteAddr as Deno.UnixAddr).path;
    raw.close();
    assertNotEquals(secret, path);
    Deno.writeTextFileSync(String(secret), "precious");
    (await listener.accept(HANGS)).close();
    const accepting = errorOf(listener.accept());
    await nextTurn();
    await listener[Symbol.asyncDispose]();
    await accepting;
    await nextTurn();
    assertEquals(Deno.readTextFileSync(String(secret)), "precious");
    assertEquals(namesIn(directory).length, 1);
  },
);

testUnix(
  "a path that just fits the system is listened on and dialled",
  async (directory) => {
    const longest = Deno.build.os === "linux" ? 107 : 103;
    const room = longest - directory.length - 1;
    // With a folder so deep, the secret name would not fit.
    const folder = `${directory}/${"f".repeat(room - 3)}`;
    Deno.mkdirSync(folder);
    for (const path of [`${directory}/${"x".repeat(room)}`, `${folder}/s`]) {
      const listener = await listenUnix(path, { mode: 0o600 });
      assertEquals(listener.addr.path, path);
      (await dialUnix(path, HANGS)).close();
      const error = await errorOf(listenUnix(path));
      assertInstanceOf(error, Deno.errors.AddrInUse);
      Deno.removeSync(path);
      Deno.writeTextFileSync(path, "precious");
      await listener[Symbol.asyncDispose]();
      await nextTurn();
      assertEquals(Deno.readTextFileSync(path), "precious");
      Deno.removeSync(path);
      const again = await listenUnix(path);
      await again[Symbol.asyncDispose]();
      assertEquals(namesIn(folder), []);
      leaveStale(path);
      await using last = await listenUnix(path);
      assertEquals(last.addr.path, path);
    }
  },
);

testUnix(
  "listenUnix() leaves a file alone whose owner begins to listen a moment later",
  async (directory) => {
    const path = `${directory}/socket`;
    leaveStale(path);
    const listening = errorOf(listenUnix(path));
    // The file is the stale one's until here, and served from here on.
    await nextTurn();
    Deno.removeSync(path);
    const owner = Deno.listen({ transport: "unix", path });
    const error = await listening;
    assertInstanceOf(error, Deno.errors.AddrInUse);
    assert(Deno.lstatSync(path).isSocket);
    owner.close();
  },
);

testUnix("listenUnix() takes limits", async (directory) => {
  const path = `${directory}/socket`;
  const signal = AbortSignal.abort("a reason");
  assertEquals(await errorOf(listenUnix(path, { signal })), "a reason");
  const error = await errorOf(listenUnix(path, { deadline: 1 }));
  assertInstanceOf(error, DOMException);
  assertEquals(error.name, "TimeoutError");
  // Somebody else is taking over a path in the folder, and takes long.
  leaveStale(path);
  using folder = await Deno.open(directory);
  await folder.lock(true);
  const late = await errorOf(listenUnix(path, { timeout: 5 }));
  assertInstanceOf(late, DOMException);
  assertEquals(late.name, "TimeoutError");
  await folder.unlock();
  using listener = await listenUnix(path, HANGS);
  assertEquals(listener.addr.path, path);
  listener.close();
  assertEquals(namesIn(directory), []);
});

testUnix(
  "a relative path is that of the directory at the time of the call",
  async (directory) => {
    const [one, other] = [`${directory}/one`, `${directory}/other`];
    for (const folder of [one, other]) Deno.mkdirSync(folder);
    await using child = new Child(one);
    assertEquals(await child.next(), "ready");
    for (const given of ["s.sock", "./s.sock"]) {
      assertEquals(await child.ask(`listen ${given}`), "up");
      assertEquals(await child.ask("addr"), `${one}/s.sock`);
      assertEquals(await child.ask(`chdir ${other}`), "done");
      Deno.writeTextFileSync(`${other}/s.sock`, "precious");
      (await dialUnix(`${one}/s.sock`, HANGS)).close();
      assertEquals(await child.ask("close"), "done");
      assertEquals(Deno.readTextFileSync(`${other}/s.sock`), "precious");
      assertEquals(namesIn(other), ["s.sock"]);
      assertEquals(namesIn(one), []);
      assertEquals(await child.ask(`chdir ${one}`), "done");
    }
  },
  !canRun,
);

testUnix(
  "a relative path in a directory that was removed is an error of the system",
  async (directory) => {
    const gone = `${directory}/gone`;
    Deno.mkdirSync(gone);
    await using child = new Child(gone);
    assertEquals(await child.next(), "ready");
    Deno.removeSync(gone);
    assertEquals(await child.ask("listen s.sock"), "NotFound");
    assertEquals(await child.ask("failure"), "listen ENOENT");
  },
  !canRun,
);

testUnix(
  "of several processes that take over a stale socket at once, one wins",
  async (directory) => {
    const path = `${directory}/socket`;
    await using children = new AsyncDisposableStack();
    const all = Array.from(
      { length: 4 },
      () => children.use(new Child(directory)),
    );
    for (const child of all) assertEquals(await child.next(), "ready");
    for (let round = 0; round < 25; round++) {
      leaveStale(path);
      const outcomes = await Promise.all(
        all.map((child) => child.ask(`listen ${path}`)),
      );
      const expected = ["AddrInUse", "AddrInUse", "AddrInUse", "up"];
      assertEquals(outcomes.toSorted(), expected, `Round ${round}`);
      (await dialUnix(path, HANGS)).close();
      const winner = all[outcomes.indexOf("up")];
      assertEquals(await winner?.ask("close"), "done");
      assertEquals(namesIn(directory), [], `Round ${round}`);
    }
  },
  !canRun,
);

testUnix(
  "of several processes that listen on a free path at once, one wins",
  async (directory) => {
    const path = `${directory}/socket`;
    await using one = new Child(directory);
    await using other = new Child(directory);
    assertEquals([await one.next(), await other.next()], ["ready", "ready"]);
    for (let round = 0; round < 25; round++) {
      const asked = [one.ask(`listen ${path}`), other.ask(`listen ${path}`)];
      const outcomes = await Promise.all(asked);
      assertEquals(outcomes.toSorted(), ["AddrInUse", "up"]);
      assertEquals(
        await (outcomes[0] === "up" ? one : other).ask("close"),
        "done",
      );
    }
    assertEquals(await one.ask(`listen ${path}`), "up");
    await one.kill();
    assertEquals(await other.ask(`listen ${path}`), "up");
    assertEquals(await other.ask("close"), "done");
    assertEquals(namesIn(directory), []);
  },
  !canRun,
);

testUnix(
  "permission to the path alone is enough to listen, and to take over",
  async (directory) => {
    const path = `${directory}/socket`;
    await using child = new Child(directory, [path]);
    assertEquals(await child.next(), "ready");
    for (const isStale of [false, true]) {
      if (isStale) leaveStale(path);
      assertEquals(await child.ask(`listen ${path}`), "up");
      (await dialUnix(path, HANGS)).close();
      assertInstanceOf(await errorOf(listenUnix(path)), Deno.errors.AddrInUse);
      assertEquals(await child.ask("close"), "done");
      assertEquals(namesIn(directory), []);
    }
  },
  !canRun,
);

/** Puts a file in the place of a listener's socket, and closes the listener. */
async function closeOverForeignFile(
  directory: string,
  listen: () => UnixListener | Promise<UnixListener>,
): Promise<void> {
  const path = `${directory}/socket`;
  for (const isAccepting of [false, true]) {
    const listener = await listen();
    const accepting = isAccepting ? errorOf(listener.accept()) : undefined;
    await nextTurn();
    Deno.removeSync(path);
    Deno.writeTextFileSync(path, "precious");
    await listener[Symbol.asyncDispose]();
    await accepting;
    await nextTurn();
    assertEquals(Deno.readTextFileSync(path), "precious");
    assertEquals(namesIn(directory), ["socket"]);
    Deno.removeSync(path);
  }
}
