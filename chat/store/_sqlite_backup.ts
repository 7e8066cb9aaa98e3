import type { DatabaseSync } from "node:sqlite";
import { limited } from "../../internal/wait/limited.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { createNewPrivate, isFile } from "./_private_file.ts";
import { fileFault, StoreFault } from "./_sqlite_errors.ts";

/** Bytes that are read at once, for which the event loop waits. */
const CHUNK = 256 * 1024;

/**
 * Copies a database while it is used. Commits go to the write-ahead log, and only a
 * checkpoint changes the file: while there is none, the file can be read piece by
 * piece, and is as it was at the beginning.
 */
export class SqliteBackup implements Disposable {
  readonly #database: DatabaseSync;
  /**
   * Open as long as the database is: when a process closes a file, it loses its
   * locks on it (sqlite.org/howtocorrupt.html, section 2.2). For the same reason it
   * is read by synchronous calls: others close a duplicate of the descriptor.
   */
  readonly #file: Deno.FsFile | undefined;
  #isBusy = false;
  #isClosed = false;

  /** Opens the file of a database that is open and locked. */
  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#file = isFile(path) ? Deno.openSync(path) : undefined;
  }

  /**
   * Copies the database to a file that does not exist yet. The copy is made under
   * another name, so that there is a whole file or none.
   *
   * @param epoch The epoch of the copy.
   */
  async copyTo(path: string, epoch: string, wait: WaitOptions): Promise<void> {
    const begun: Promise<void>[] = [];
    try {
      await limited(
        `Cannot back up chat file to "${path}"`,
        wait,
        (signal) => {
          const copying = this.#copyOnce(path, epoch, signal);
          begun.push(copying);
          return copying;
        },
        () => {},
      );
    } catch (error) {
      // At a limit, it ends soon; then nothing is left.
      for (const copying of begun) {
        await copying.then(() => Deno.remove(path), () => {});
      }
      throw error;
    }
  }

  /** Closes the file, after the database was closed. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#file?.close();
  }

  async #copyOnce(
    path: string,
    epoch: string,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      if (this.#isBusy) throw new StoreFault("a backup is under way");
      this.#isBusy = true;
      try {
        await this.#copyTo(path, epoch, signal);
      } finally {
        this.#isBusy = false;
      }
    } catch (error) {
      throw fileFault(`Cannot back up chat file to "${path}"`, error);
    }
  }

  async #copyTo(
    path: string,
    epoch: string,
    signal: AbortSignal,
  ): Promise<void> {
    const part = `${path}.${crypto.randomUUID()}.part`;
    await createNewPrivate(part);
    try {
      await this.#copyPages(part, signal);
      await setEpoch(part, epoch);
      await flush(part);
      signal.throwIfAborted();
      // Unlike a change of the name, it replaces no file.
      await Deno.link(part, path);
    } finally {
      await Deno.remove(part);
    }
  }

  async #copyPages(part: string, signal: AbortSignal): Promise<void> {
    using to = await Deno.open(part, { write: true });
    this.#requireOpen();
    this.#database.exec("PRAGMA wal_autocheckpoint = 0");
    try {
      const row = this.#database.prepare("PRAGMA wal_checkpoint(TRUNCATE)")
        .get();
      if (row?.["busy"] !== 0) throw new StoreFault("it can't be written");
      await this.#copyFile(to, signal);
    } finally {
      if (!this.#isClosed) {
        this.#database.exec("PRAGMA wal_autocheckpoint = 1000");
      }
    }
  }

  async #copyFile(to: Deno.FsFile, signal: AbortSignal): Promise<void> {
    const from = this.#requireOpen();
    const chunk = new Uint8Array(CHUNK);
    from.seekSync(0, Deno.SeekMode.Start);
    while (true) {
      const size = from.readSync(chunk);
      if (size === null) return;
      await writeAll(to, chunk.subarray(0, size));
      signal.throwIfAborted();
      // The file changes when the database is closed.
      this.#requireOpen();
    }
  }

  #requireOpen(): Deno.FsFile {
    if (this.#isClosed) throw new StoreFault("the store was closed");
    if (this.#file !== undefined) return this.#file;
    throw new StoreFault("it is in memory");
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    written += await file.write(bytes.subarray(written));
  }
}

async function setEpoch(path: string, epoch: string): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  const copy = new DatabaseSync(path);
  try {
    // The whole file is flushed afterwards, and the event loop does not wait.
    copy.exec("PRAGMA synchronous = OFF");
    copy.prepare("UPDATE meta SET value = ? WHERE key = 'epoch'").run(epoch);
  } finally {
    copy.close();
  }
}

async function flush(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  await file.sync();
}
