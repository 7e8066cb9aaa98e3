/** The files that SQLite keeps beside a database. */
const SUFFIXES = ["-wal", "-shm", "-journal"];

/** Read and write, for the owner of the file only. */
const MODE = 0o600;

/** The permissions of a file, without its type. */
const PERMISSIONS = 0o777;

/**
 * Creates the file of a database, if there is none, so that only its owner can read
 * and write it. SQLite gives further files the permissions of the first one.
 *
 * A file that exists is not opened: closing it again would end the lock of a
 * database of this process on it.
 */
export async function createPrivate(path: string): Promise<void> {
  if (!hasMode(path)) return;
  try {
    await createNewPrivate(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/**
 * Creates a file that only its owner can read and write.
 *
 * @throws {Deno.errors.AlreadyExists} If there is one.
 */
export async function createNewPrivate(path: string): Promise<void> {
  const options = { read: true, write: true, createNew: true, mode: MODE };
  (await Deno.open(path, options)).close();
}

/**
 * Narrows the permissions of the files of a database to their owner.
 *
 * @param onError Called if that is not possible, as for files of somebody else.
 */
export async function narrowToOwner(
  path: string,
  onError: (error: unknown) => void,
): Promise<void> {
  if (!hasMode(path)) return;
  for (const file of [path, ...SUFFIXES.map((suffix) => path + suffix)]) {
    try {
      const { mode } = await Deno.stat(file);
      const isPrivate = mode === null || (mode & PERMISSIONS & ~MODE) === 0;
      if (!isPrivate) await Deno.chmod(file, MODE);
    } catch (error) {
      // A permission for the first file alone does not include the others.
      const isLeftOut = file !== path &&
        error instanceof Deno.errors.NotCapable;
      if (isLeftOut || error instanceof Deno.errors.NotFound) continue;
      onError(
        new Error(`Cannot make chat file "${file}" private`, { cause: error }),
      );
    }
  }
}

/** Whether a path is that of a file: databases in memory and URIs are none. */
export function isFile(path: string): boolean {
  return path !== "" && path !== ":memory:" && !path.startsWith("file:");
}

/** Windows has no such permissions. */
function hasMode(path: string): boolean {
  return Deno.build.os !== "windows" && isFile(path);
}
