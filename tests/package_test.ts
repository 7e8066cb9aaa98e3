import { assert, assertEquals } from "@std/assert";
import { NATS_PACKAGES } from "../chat/program/_nats_packages.ts";
import {
  importsOf,
  readSources,
  ROOT,
  type Source,
  withoutComments,
} from "../tools/sources.ts";

const ignore =
  Deno.permissions.querySync({ name: "read", path: ROOT }).state !== "granted";

/** The folders that run from a bare URL, and the folders that each may import. */
const LIBRARY: Record<string, readonly string[]> = {
  "mod.ts": ["tcp", "udp", "websocket", "internal"],
  "internal": ["internal"],
  "tcp": ["tcp", "internal"],
  "udp": ["udp", "internal"],
  "websocket": ["websocket", "tcp", "internal"],
};

const CHAT_FOLDERS: readonly string[] = [
  "chat",
  "websocket",
  "tcp",
  "internal",
];

interface Config {
  readonly imports: Record<string, string>;
  readonly tasks: Record<string, { readonly command: string }>;
  readonly links?: readonly string[];
  readonly publish: { readonly include: readonly string[] };
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(new URL(path, ROOT)));
}

function folderOf(path: string): string {
  const [folder = ""] = path.split("/");
  return folder;
}

/** The imports of a source that its folder may not have. */
function strangers(
  source: Source,
  folders: readonly string[],
  packages: RegExp,
): string[] {
  return importsOf(source)
    .filter((it) => !folders.includes(folderOf(it)) && !packages.test(it))
    .map((it) => `${source.path} imports "${it}"`);
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
  name: "the tests that `deno task test` leaves out run in `test:alone`",
  ignore,
  async fn() {
    const { tasks } = await readJson<Config>("deno.json");
    const [, ignored = ""] = /--ignore=(\S+)/.exec(tasks["test"].command) ?? [];
    const [, alone = ""] = /^deno test -A (.+)$/.exec(
      tasks["test:alone"].command,
    ) ?? [];

    assertEquals(alone.split(" "), ignored.split(","));
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
    const sources = await readSources(Object.keys(LIBRARY), [".ts"]);

    assertEquals(
      sources.flatMap((source) =>
        strangers(source, LIBRARY[folderOf(source.path)] ?? [], /^node:/)
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
    const sources = await readSources(["chat"], [".ts"]);
    const packages = sources.flatMap(importsOf).filter((specifier) =>
      specifier.startsWith("jsr:")
    ).map((specifier) => specifier.split("/").slice(0, 2).join("/"));

    assertEquals(
      sources.flatMap((source) =>
        strangers(source, CHAT_FOLDERS, /^(node:|jsr:@std\/)/)
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
  name:
    "deno.lock has no packages for a cluster, as all runs would download them",
  ignore,
  async fn() {
    const lock = await readJson<{ specifiers: Record<string, string> }>(
      "deno.lock",
    );

    for (const specifier of Object.values(NATS_PACKAGES)) {
      assertEquals(lock.specifiers[specifier], undefined);
    }
  },
});

Deno.test({
  name: "the library writes to the console at one place only",
  ignore,
  async fn() {
    const sources = await readSources(Object.keys(LIBRARY), [".ts"]);

    assertEquals(
      sources.filter(({ text }) => /\bconsole\b/.test(withoutComments(text)))
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
