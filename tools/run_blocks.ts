// Runs the shell blocks of documents as a newcomer would: in an empty folder,
// with an empty home, npm cache and Deno cache, and with this checkout in the
// place of the repository's address. A block is run if the line before it is one
// of these comments, and must end with the status 0:
//
//   <!-- run -->                           in a new empty folder
//   <!-- run until "TEXT" -->              in the same, up to that output
//   <!-- run in checkout -->               in a new clone
//   <!-- run in checkout until "TEXT" -->
//
// /opt/vnet stands for the clone, /var/lib/chat for a folder with nothing but a
// certificate in it, and 443 for a port that any user may listen on.
//
// deno run -A tools/run_blocks.ts README.md docs/deploy.md

import { serverCert, serverKey } from "../tests/certificates.ts";

const PLACEHOLDER = "REPOSITORY";
/** Milliseconds that a block may take, */
const LIMIT = 300_000;
/** and that its processes get to end. */
const GRACE = 5_000;
const CHECKOUT = new URL("../", import.meta.url).pathname;

/** A block of shell commands, and how to run it. */
interface Block {
  readonly place: string;
  readonly code: string;
  readonly inCheckout: boolean;
  /** The output up to which it runs; to its end if it is missing. */
  readonly until: string | undefined;
}

/** The blocks of a document that are marked. */
function blocksOf(path: string, text: string): Block[] {
  const pattern =
    /<!-- run(?<checkout> in checkout)?(?: until "(?<until>[^"]+)")? -->\s*```sh\n(?<code>[\s\S]*?)\n```/g;
  return Array.from(text.matchAll(pattern), ({ index, groups = {} }) => ({
    place: `${path}:${text.slice(0, index).split("\n").length}`,
    code: groups["code"],
    inCheckout: groups["checkout"] !== undefined,
    until: groups["until"],
  }));
}

/** Runs a block, and throws if it fails or takes too long. */
async function run(block: Block): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const home = `${folder}/home`;
    const work = `${folder}/work`;
    await Deno.mkdir(home);
    await Deno.mkdir(work);
    const data = `${folder}/data`;
    await Deno.mkdir(`${data}/tls`, { recursive: true });
    await Deno.writeTextFile(`${data}/tls/fullchain.pem`, serverCert);
    await Deno.writeTextFile(`${data}/tls/privkey.pem`, serverKey);
    let code = block.code
      .replaceAll(PLACEHOLDER, `file://${CHECKOUT}`)
      .replaceAll("/opt/vnet", `${work}/vnet`)
      .replaceAll("/var/lib/chat", data)
      .replaceAll("--http-port 443", "--http-port 8443");
    if (block.inCheckout) {
      code = `git clone -q file://${CHECKOUT} vnet\ncd vnet\n${code}`;
    }
    // The leader of a group of its own, so that all it has started ends with it.
    const child = new Deno.Command("setsid", {
      args: ["--wait", "bash", "-euo", "pipefail", "-c", `echo $$\n${code}`],
      cwd: work,
      env: {
        HOME: home,
        DENO_DIR: `${home}/deno`,
        npm_config_cache: `${home}/npm`,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    await watch(child, block);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Ends all processes of a group: in order, and if that takes long, at once. */
async function endGroup(group: number, isOver: () => boolean): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    try {
      Deno.kill(-group, signal);
    } catch {
      return; // No process is left.
    }
    for (let wait = 0; wait < GRACE && !isOver(); wait += 100) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function watch(child: Deno.ChildProcess, block: Block): Promise<void> {
  let output = "";
  let group: number | undefined;
  let isOver = false;
  const ended = Promise.withResolvers<boolean>();
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      if (group === undefined && /^\d+\n/.test(output)) {
        group = parseInt(output);
      }
      if (block.until !== undefined && output.includes(block.until)) {
        ended.resolve(true);
      }
    }
  };
  const collecting = [collect(child.stdout), collect(child.stderr)];
  const timer = setTimeout(() => ended.resolve(false), LIMIT);
  child.status.then(({ success }) => {
    isOver = true;
    ended.resolve(success && block.until === undefined);
  });
  const isGood = await ended.promise;
  clearTimeout(timer);
  // Also what a block has left behind in the background.
  if (group !== undefined) await endGroup(group, () => isOver);
  await child.status;
  await Promise.all(collecting);
  if (!isGood) throw new Error(`${block.place} failed:\n${output}`);
}

let count = 0;
for (const path of Deno.args) {
  for (const block of blocksOf(path, await Deno.readTextFile(path))) {
    await run(block);
    console.log(`${block.place}: ok`);
    count++;
  }
}
if (count === 0) throw new Error("No block is marked: nothing was run");
console.log(`${count} passed, 0 failed`);
