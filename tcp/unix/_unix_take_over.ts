import { sleep } from "../../internal/wait/sleep.ts";
import { fileAt, isSameFile } from "./_unix_file.ts";
import { folderOf } from "./_unix_path.ts";

/** Milliseconds to wait first for processes that take over a path in the folder. */
const MIN_PAUSE = 1;
/** The longest pause: each is twice the one before. */
const MAX_PAUSE = 50;
/**
 * Milliseconds for which a socket's file counts as new. Programs that bind a path
 * make the file first and listen on it a moment later.
 */
const NEW_AGE = 1000;
/** Milliseconds in which they begin to listen. */
const LISTEN_PAUSE = 10;

/**
 * Puts a socket in the place of a file that no process listens on any more.
 *
 * A lock on the folder lets one process at a time look whether a socket is stale
 * and remove it, so that nobody removes the fresh one of another; the system
 * lifts it when a process dies. Nothing is ever renamed over the path: `place`
 * fails if something else is there first.
 *
 * @param path The path.
 * @param inUse Why the path was not free, for one that is in use.
 * @param place Puts the socket there.
 * @param signal Ends the wait for others.
 */
export async function takeOver<T>(
  path: string,
  inUse: Error,
  place: () => T,
  signal: AbortSignal,
): Promise<T> {
  using _lock = await lockFolder(folderOf(path) || ".", signal);
  signal.throwIfAborted();
  await removeStale(path, inUse, signal);
  signal.throwIfAborted();
  return place();
}

/**
 * Removes a socket's file that no process listens on.
 *
 * @throws `inUse`, if it is not that.
 */
async function removeStale(
  path: string,
  inUse: Error,
  signal: AbortSignal,
): Promise<void> {
  try {
    const found = await Deno.lstat(path);
    if (!found.isSocket) {
      throw new Deno.errors.AddrInUse("the file is no socket", {
        cause: inUse,
      });
    }
    if (await isServed(path)) throw inUse;
    if (isNew(found)) {
      await sleep(LISTEN_PAUSE, signal);
      if (await isServed(path)) throw inUse;
    }
    // A process that takes no lock may have taken the path meanwhile.
    if (!isSameFile(fileAt(path), found)) throw inUse;
    Deno.removeSync(path);
  } catch (error) {
    // The file is gone: whether the path is free shows when it is taken.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function isNew({ mtime }: Deno.FileInfo): boolean {
  return mtime === null || Math.abs(Date.now() - mtime.getTime()) < NEW_AGE;
}

/** Whether a process listens on a socket's file. */
async function isServed(path: string): Promise<boolean> {
  try {
    const conn = await Deno.connect({ transport: "unix", path });
    conn.close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    if (error instanceof Deno.errors.NotFound) throw error;
    // A full backlog, a listener that closes, a socket of another kind.
    return true;
  }
}

/**
 * Locks a folder while a path in it is taken over. Where the process may
 * not read the folder, or the file system has no locks, nothing is locked.
 */
async function lockFolder(
  folder: string,
  signal: AbortSignal,
): Promise<Disposable> {
  const file = await openFolder(folder);
  if (file === undefined) return { [Symbol.dispose]: () => {} };
  try {
    for (let delay = MIN_PAUSE;; delay = Math.min(2 * delay, MAX_PAUSE)) {
      if (isLocked(file)) return file;
      await sleep(delay, signal);
    }
  } catch (error) {
    file.close();
    throw error;
  }
}

async function openFolder(folder: string): Promise<Deno.FsFile | undefined> {
  const read = { name: "read", path: folder } as const;
  if (Deno.permissions.querySync(read).state !== "granted") return undefined;
  try {
    return await Deno.open(folder);
  } catch {
    return undefined;
  }
}

/** Whether the folder is locked now, or can't be. */
function isLocked(file: Deno.FsFile): boolean {
  try {
    return file.tryLockSync(true);
  } catch {
    return true;
  }
}
