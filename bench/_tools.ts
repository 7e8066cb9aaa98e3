import { testCertificate } from "../tcp/testing.ts";
import type { Command } from "./_program.ts";

const WS_VERSION = "8.23.0";
/** The packages of the client of NATS. */
const NATS = ["@nats-io/transport-node", "@nats-io/jetstream"];
const NATS_VERSION = "3.4.0";
const BUN_VERSION = "1.4.5";
/** npm's package with the program for Linux on x64, and the program in it. */
const BUN = "@oven/bun-linux-x64";
const BUN_PROGRAM = "bin/bun";
/** The most connections that a workload opens. */
const MOST_CONNECTIONS = 10_000;
/** How many files a server has open besides its connections, at most. */
export const SPARE_FILES = 200;

/** What the benchmarks need and not every machine has. */
export interface Tools {
  /** The folder of compiled C programs, if there is a C compiler. */
  readonly compiled: string | undefined;
  /** The C programs that could not be compiled there, for want of a library. */
  readonly missing: readonly string[];
  /** The folder of `cert.pem` and `key.pem`, a certificate for this machine. */
  readonly certificate: string;
  /** Whether there is a `node`. */
  readonly hasNode: boolean;
  /** The folder whose `node_modules` has `ws`, if npm could get it. */
  readonly ws: string | undefined;
  /** The program `bun`, if npm could get one that runs here. */
  readonly bun: string | undefined;
  /**
   * The folder whose `node_modules` has the client of NATS, if npm could get it and
   * there is a `nats-server`.
   */
  readonly nats: string | undefined;
  /** What to put before a command so that it stays on one core; may be nothing. */
  readonly pin: Command;
  /** How many files a process may have open. */
  readonly fileLimit: number;
  readonly versions: Readonly<Record<string, string>>;
  /** What is missing, and what is left out for it. */
  readonly leftOut: readonly string[];
}

/** The C programs that need more than the C library, with what they need. */
const LIBRARIES: Readonly<Record<string, Command>> = {
  tls_load: ["-lssl", "-lcrypto"],
};

/** Finds the tools; compiles the C programs and installs `ws` and Bun, outside the tree. */
export async function findTools(): Promise<Tools> {
  const folder = `${Deno.env.get("TMPDIR") ?? "/tmp"}/vnet_bench`;
  await Deno.mkdir(folder, { recursive: true });
  const node = await outputOf(["node", "--version"]);
  const cc = await outputOf(["cc", "--version"]);
  const missing: string[] = [];
  const compiled = cc === undefined
    ? undefined
    : await compileAll(folder, missing);
  await writeCertificate(folder);
  const hasWs = await install(folder, "ws", WS_VERSION);
  const ws = hasWs ? folder : undefined;
  const bun = await installBun(folder);
  const nats = await findNats(folder);
  const fileLimit = await findFileLimit();
  const leftOut = [
    compiled === undefined &&
    'No C compiler "cc", or not on Linux: a load generator in JavaScript takes the place of the C one where there is one; what has none, and the C servers, are left out',
    missing.length > 0 &&
    `No headers of OpenSSL (libssl-dev): a load generator in JavaScript takes the place of ${
      missing.join(", ")
    }`,
    node === undefined && 'No "node": all that runs under Node is left out',
    ws === undefined && `No npm, or no way to its registry: "ws" is left out`,
    bun === undefined &&
    `No Bun, which npm has for Linux on x64: it is left out`,
    nats === undefined &&
    'No "nats-server", or no way to npm\'s registry: the cluster is left out',
    fileLimit < MOST_CONNECTIONS + SPARE_FILES &&
    `A process may open ${fileLimit} files only: workloads with more connections are left out`,
  ].filter((line) => line !== false);
  return {
    compiled,
    missing,
    certificate: folder,
    hasNode: node !== undefined,
    ws,
    bun,
    nats,
    pin: await findPin(),
    fileLimit,
    versions: {
      ...node === undefined ? {} : { node: node.replace("v", "") },
      ...ws === undefined ? {} : { ws: WS_VERSION },
      ...bun === undefined ? {} : { bun: BUN_VERSION },
      ...cc === undefined ? {} : { cc: versionIn(cc) },
    },
    leftOut,
  };
}

/** The version in the first line of what a compiler says of itself. */
function versionIn(text: string): string {
  return text.split("\n")[0]?.match(/[\d.]+$/)?.[0] ?? text;
}

async function findPin(): Promise<Command> {
  const pin = ["taskset", "-c", String(navigator.hardwareConcurrency - 1)];
  return await outputOf([...pin, "true"]) === undefined ? [] : pin;
}

/** The hard limit, to which Deno, Node and the load generators raise theirs. */
async function findFileLimit(): Promise<number> {
  const text = await outputOf(["sh", "-c", "ulimit -Hn"]);
  const limit = Number(text);
  return text === undefined || Number.isNaN(limit) ? Infinity : limit;
}

/** For servers that cannot import it, as they run under Node. */
async function writeCertificate(folder: string): Promise<void> {
  const { cert, key } = testCertificate;
  await Deno.writeTextFile(`${folder}/cert.pem`, cert);
  await Deno.writeTextFile(`${folder}/key.pem`, key);
}

/**
 * Compiles the C programs; `undefined` if one of them fails.
 *
 * @param missing Gets the names of those that fail for want of a library.
 */
async function compileAll(
  folder: string,
  missing: string[],
): Promise<string | undefined> {
  for (const part of ["load", "servers"]) {
    const sources = new URL(`${part}/`, import.meta.url);
    for await (const { name } of Deno.readDir(sources)) {
      if (!name.endsWith(".c")) continue;
      const source = new URL(name, sources).pathname;
      const program = name.slice(0, -2);
      const output = await outputOf([
        ...["cc", "-O2", "-o", `${folder}/${program}`, source],
        ...LIBRARIES[program] ?? [],
      ]);
      if (output !== undefined) continue;
      if (LIBRARIES[program] === undefined) return undefined;
      missing.push(program);
    }
  }
  return folder;
}

/** The folder of the client of NATS, if there is a server too. */
async function findNats(folder: string): Promise<string | undefined> {
  if (await outputOf(["nats-server", "--version"]) === undefined) {
    return undefined;
  }
  for (const name of NATS) {
    if (!await install(folder, name, NATS_VERSION)) return undefined;
  }
  return folder;
}

async function installBun(folder: string): Promise<string | undefined> {
  const { os, arch } = Deno.build;
  if (os !== "linux" || arch !== "x86_64") return undefined;
  if (!await install(folder, BUN, BUN_VERSION)) return undefined;
  const program = `${folder}/node_modules/${BUN}/${BUN_PROGRAM}`;
  const version = await outputOf([program, "--version"]);
  return version === undefined ? undefined : program;
}

/** Installs a package of npm, if it is not there; tells whether it is now. */
async function install(
  folder: string,
  name: string,
  version: string,
): Promise<boolean> {
  const installed = `${folder}/node_modules/${name}/package.json`;
  try {
    const found = JSON.parse(await Deno.readTextFile(installed));
    if (found.version === version) return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const output = await outputOf(
    ["npm", "install", "--silent", "--prefix", folder, `${name}@${version}`],
  );
  return output !== undefined;
}

/** What a command prints, or `undefined` if there is none or it fails. */
export async function outputOf([program = "", ...args]: Command): Promise<
  string | undefined
> {
  try {
    const { success, stdout } = await new Deno.Command(program, {
      args,
      stderr: "inherit",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
