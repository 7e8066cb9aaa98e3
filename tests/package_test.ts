import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

const ignore =
  Deno.permissions.querySync({ name: "read", path: ROOT }).state !== "granted";

/** The rooms that run from a bare URL, and which rooms each may import. */
const LIBRARY: Record<string, readonly string[]> = {
  "mod.ts": ["tcp", "udp", "websocket", "internal"],
  "internal": ["internal"],
  "tcp": ["tcp", "internal"],
  "udp": ["udp", "internal"],
  "websocket": ["websocket", "tcp", "internal"],
};

const CHAT_ROOMS: readonly string[] = [
  "chat",
  "websocket",
  "tcp",
  "internal",
];

interface Config {
  readonly imports: Record<string, string>;
  readonly links?: readonly string[];
  readonly publish: { readonly include: readonly string[] };
}

interface Source {
  /** The path from the root, such as `tcp/mod.ts`. */
  readonly path: string;
  /** The lines that are not comments. */
  readonly code: readonly string[];
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(new URL(path, ROOT)));
}

async function readSource(path: string): Promise<Source> {
  const text = await Deno.readTextFile(new URL(path, ROOT));
  const code = text.split("\n").filter((line) =>
    !/^\s*(\/\/|\/?\*)/.test(line)
  );
  return { path, code };
}

/** Reads one TypeScript file, or those of a folder and its folders. */
async function readRoom(path: string): Promise<Source[]> {
  if (path.endsWith(".ts")) return [await readSource(path)];
  const sources: Source[] = [];
  for await (const entry of Deno.readDir(new URL(path, ROOT))) {
    if (entry.isDirectory || entry.name.endsWith(".ts")) {
      sources.push(...await readRoom(`${path}/${entry.name}`));
    }
  }
  return sources;
}

async function roomExists(path: string): Promise<boolean> {
  try {
    await Deno.stat(new URL(path, ROOT));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function readRooms(paths: readonly string[]): Promise<Source[]> {
  const sources: Source[] = [];
  for (const path of paths) {
    if (await roomExists(path)) sources.push(...await readRoom(path));
  }
  assert(sources.length > 0, `No sources found in ${paths.join(", ")}`);
  return sources;
}

/** What a formatted source imports, dynamic imports of a literal included. */
function specifiers({ code }: Source): string[] {
  const pattern =
    /^(?:(?:import|export|\}) .*\bfrom|import) "([^"]+)"|\bimport\(\s*"([^"]+)"/gm;
  return Array.from(
    code.join("\n").matchAll(pattern),
    ([, named, dynamic]) => named ?? dynamic ?? "",
  );
}

function roomOf(path: string): string {
  const [room = ""] = path.split("/");
  return room;
}

/** Where a relative specifier leads, as a path from the root. */
function resolve(specifier: string, path: string): string {
  const base = new URL(path, "file:///package/");
  return new URL(specifier, base).pathname.replace("/package/", "");
}

/** The imports of a source that its room may not have. */
function strangers(
  source: Source,
  rooms: readonly string[],
  packages: RegExp,
): string[] {
  return specifiers(source).filter((specifier) => {
    if (!specifier.startsWith(".")) return !packages.test(specifier);
    return !rooms.includes(roomOf(resolve(specifier, source.path)));
  }).map((specifier) => `${source.path} imports "${specifier}"`);
}

Deno.test({
  name: "deno.jsr.json is deno.json without the linked packages",
  ignore,
  async fn() {
    const { links: _links, ...config } = await readJson<Config>("deno.json");
    const include = config.publish.include.filter((path) => path !== "links/");
    const expected = { ...config, publish: { ...config.publish, include } };

    assertEquals(await readJson<Config>("deno.jsr.json"), expected);
  },
});

Deno.test({
  name: "the linked packages are at the versions that deno.json asks for",
  ignore,
  async fn() {
    const { imports } = await readJson<Config>("deno.json");
    const linked: Record<string, string> = {};
    for (const name of Object.keys(imports)) {
      const folder = name.replace("@std/", "links/");
      const { version } = await readJson<{ version: string }>(
        `${folder}/deno.json`,
      );
      linked[name] = `jsr:${name}@^${version}`;
    }

    assertEquals(linked, imports);
  },
});

Deno.test({
  name: "the library imports only its own files and built-ins",
  ignore,
  async fn() {
    const sources = await readRooms(Object.keys(LIBRARY));

    assertEquals(
      sources.flatMap((source) =>
        strangers(source, LIBRARY[roomOf(source.path)] ?? [], /^node:/)
      ),
      [],
    );
  },
});

Deno.test({
  name: "the chat imports @std in a way that works from a bare URL",
  ignore,
  async fn() {
    const { imports } = await readJson<Config>("deno.json");
    const sources = await readRooms(["chat"]);
    const packages = sources.flatMap(specifiers).filter((specifier) =>
      specifier.startsWith("jsr:")
    ).map((specifier) => specifier.split("/").slice(0, 2).join("/"));

    assertEquals(
      sources.flatMap((source) =>
        strangers(source, CHAT_ROOMS, /^(node:|jsr:@std\/)/)
      ),
      [],
    );
    assertEquals(
      packages.filter((name) => !Object.values(imports).includes(name)),
      [],
    );
  },
});

Deno.test({
  name: "the library writes to the console at one place only",
  ignore,
  async fn() {
    const sources = await readRooms(Object.keys(LIBRARY));

    assertEquals(
      sources.filter(({ code }) =>
        code.some((line) => /\bconsole\b/.test(line))
      )
        .map(({ path }) => path),
      ["internal/errors/print_error.ts"],
    );
  },
});

Deno.test({
  name: "the package has each file to which README.md leads",
  ignore,
  async fn() {
    const { publish } = await readJson<Config>("deno.json");
    const isPublished = (path: string) =>
      publish.include.some((it) =>
        it.endsWith("/") ? `${path}/`.startsWith(it) : path === it
      );
    const text = await Deno.readTextFile(new URL("README.md", ROOT));
    const links = Array.from(
      text.matchAll(/\]\(([^)#\s]+)[^)\s]*\)|(?:src|srcset)="([^"]+)"/g),
      ([, link, image]) => link ?? image ?? "",
    );
    const paths = links.filter((link) => !link.includes(":"));

    assert(paths.length > 0);
    assertEquals(paths.filter((path) => !isPublished(path)), []);
  },
});
