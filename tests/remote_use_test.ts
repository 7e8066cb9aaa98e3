// The library from a web server, as `deno run https://…` has it: without a
// checkout, configuration or packages.

import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

const ignore = (["read", "write", "run"] as const).some((name) =>
  Deno.permissions.querySync({ name }).state !== "granted"
);

/** What a program has printed, and how it has ended. */
interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** An empty folder to be in, beside an empty cache. */
class EmptyPlace implements AsyncDisposable {
  readonly folder: string;
  readonly #cache: string;

  private constructor(folder: string, cache: string) {
    this.folder = folder;
    this.#cache = cache;
  }

  static async make(): Promise<EmptyPlace> {
    return new EmptyPlace(await Deno.makeTempDir(), await Deno.makeTempDir());
  }

  /** Runs `deno` there. */
  async deno(...args: string[]): Promise<Outcome> {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      cwd: this.folder,
      env: { DENO_DIR: this.#cache, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return {
      code,
      out: decoder.decode(stdout),
      errors: decoder.decode(stderr),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
    await Deno.remove(this.#cache, { recursive: true });
  }
}

/** Serves the checkout's sources, as any web server would. */
class SourceServer implements AsyncDisposable {
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    serveSource,
  );

  /** Where the checkout is, with a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

async function serveSource(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  try {
    const source = await Deno.readTextFile(new URL(`.${pathname}`, ROOT));
    const headers = { "content-type": "application/typescript" };
    return new Response(source, { headers });
  } catch {
    return new Response("Not found\n", { status: 404 });
  }
}

/** What runs from the web, and the end of what it prints. */
const PROGRAMS: Record<string, RegExp> = {
  "v_tcp_client.ts": /You sent GET \/index\.html HTTP\/1\.0\n$/,
  "v_udp_echo.ts": /\nGot "Hello from vnet!"\n$/,
  "v_websocket.ts": /client: closed with 1000\n/,
  "node_udp_b.ts": /b: got 试信\n$/,
  "tls_own_ca.ts": /got "a secret" back\n/,
  "websocket_behind_http_server.ts": /Ann got: Hello, Ann!\n$/,
  "udp_sessions.ts": /session over after 1\n$/,
};

Deno.test({
  name: "Examples run from a URL, in an empty folder and with --allow-net only",
  ignore,
  async fn(t) {
    await using server = new SourceServer();
    await using place = await EmptyPlace.make();
    for (const [name, end] of Object.entries(PROGRAMS)) {
      await t.step(name, async () => {
        const outcome = await place.deno(
          ...["run", "--quiet", "--no-prompt", "--allow-net"],
          `${server.url}examples/${name}`,
        );

        assertEquals([outcome.code, outcome.errors], [0, ""]);
        assert(end.test(outcome.out), outcome.out);
      });
    }
    assertEquals(Array.from(Deno.readDirSync(place.folder)), []);
  },
});

Deno.test({
  name: "A program of one's own imports mod.ts from a URL",
  ignore,
  async fn() {
    await using server = new SourceServer();
    await using place = await EmptyPlace.make();
    await Deno.writeTextFile(
      `${place.folder}/main.ts`,
      `import { dialTcp, listenTcp, listenUdp, websocket } from "${server.url}mod.ts";

      using listener = listenTcp("127.0.0.1:0");
      const accepting = listener.accept();
      using client = await dialTcp(listener.addr);
      using conn = await accepting;
      await conn.writeString("hello\\n");
      using datagrams = await listenUdp("127.0.0.1:0");
      console.log(
        await client.readLine(),
        datagrams.addr.transport,
        websocket.OPCode.textFrame,
      );`,
    );

    assertEquals(
      await place.deno(
        ...["run", "--quiet", "--no-prompt", "--allow-net"],
        ...["--check", "--allow-import=127.0.0.1", "main.ts"],
      ),
      { code: 0, out: "hello udp 1\n", errors: "" },
    );
  },
});

/** The part that is looked at of what `deno info --json` prints. */
interface ModuleGraph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
  }[];
}

for (
  const entry of [
    "mod.ts",
    "tcp/mod.ts",
    "udp/mod.ts",
    "websocket/mod.ts",
    "chat/main.ts",
    "chat/server/serve_chat.ts",
  ]
) {
  Deno.test({
    name: `${entry} at a URL takes nothing from elsewhere but built-ins`,
    ignore,
    async fn() {
      await using server = new SourceServer();
      await using place = await EmptyPlace.make();
      const { out } = await place.deno("info", "--json", server.url + entry);
      const { modules }: ModuleGraph = JSON.parse(out);
      const isOwn = (specifier: string) =>
        specifier.startsWith(server.url) || specifier.startsWith("node:");

      assert(modules.some(({ specifier }) => specifier === server.url + entry));
      assertEquals(modules.filter(({ error }) => error !== undefined), []);
      assertEquals(
        modules.map(({ specifier }) => specifier).filter((it) => !isOwn(it)),
        [],
      );
    },
  });
}
