/** How many ports are tried before it is not the port that is wrong. */
const ATTEMPTS = 5;

/** A program that listens on a port which it is given. */
export interface ListeningProgram extends AsyncDisposable {
  readonly process: Deno.ChildProcess;
}

/** A port that nobody listens on at this moment. */
export function freePort(hostname = "127.0.0.1"): number {
  using listener = Deno.listen({ hostname, port: 0 });
  return listener.addr.port;
}

/**
 * Starts a program that listens on a port of its own, and waits until it does.
 * If it ends instead, as another was faster with the port, the next is tried.
 *
 * @param hostname Where it is to listen.
 * @param start Starts it with a port that was free.
 * @param endedOf Tells why it has ended.
 */
export async function startListening<T extends ListeningProgram>(
  hostname: string,
  start: (port: number) => Promise<T>,
  endedOf: (program: T) => Promise<string>,
): Promise<T> {
  for (let attempt = 1;; attempt++) {
    const port = freePort(hostname);
    const program = await start(port);
    if (await becomesListening(program.process, port)) return program;
    const reason = await endedOf(program);
    await program[Symbol.asyncDispose]();
    if (attempt === ATTEMPTS) throw new Error(`The program ended: ${reason}`);
  }
}

/** Waits until a process listens on a port, or has ended. */
async function becomesListening(
  process: Deno.ChildProcess,
  port: number,
): Promise<boolean> {
  let isOver = false;
  process.status.then(() => isOver = true);
  // Without a connection, which the server behind it would get.
  while (!await isListening(process.pid, port)) {
    if (isOver) return false;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return true;
}

/** Whether a process listens on a port, by the tables of Linux. */
async function isListening(pid: number, port: number): Promise<boolean> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const pattern = new RegExp(
    `:${hex} [0-9A-F]+:0000 0A (?:\\S+ +){5}(\\d+) `,
    "g",
  );
  const files: string[] = [];
  for (const path of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const table = await Deno.readTextFile(path).catch(() => "");
    for (const [, inode] of table.matchAll(pattern)) {
      files.push(`socket:[${inode}]`);
    }
  }
  if (files.length === 0) return false;
  const open = await openFilesOf(pid).catch(() => []);
  return open.some((file) => files.includes(file));
}

async function openFilesOf(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  // One may have been closed meanwhile.
  return await Promise.all(
    names.map((name) => Deno.readLink(`${folder}/${name}`).catch(() => "")),
  );
}
