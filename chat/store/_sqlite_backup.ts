import type { DatabaseSync } from "node:sqlite";
import { createNewPrivate } from "./_private_file.ts";
import { backupFault } from "./_sqlite_errors.ts";

/**
 * Copies a database that is in use to a file that does not exist yet. The copy is
 * made under another name, so that there is a whole file or none.
 *
 * @param epoch The epoch of the copy.
 */
export async function backUp(
  database: DatabaseSync,
  path: string,
  epoch: string,
): Promise<void> {
  const part = `${path}.${crypto.randomUUID()}.part`;
  try {
    await createNewPrivate(part);
    try {
      database.prepare("VACUUM INTO ?").run(part);
      await setEpoch(part, epoch);
      // Unlike a change of the name, it replaces no file.
      await Deno.link(part, path);
    } finally {
      await Deno.remove(part);
    }
  } catch (error) {
    throw backupFault(path, error);
  }
}

async function setEpoch(path: string, epoch: string): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  const copy = new DatabaseSync(path);
  try {
    copy.prepare("UPDATE meta SET value = ? WHERE key = 'epoch'").run(epoch);
  } finally {
    copy.close();
  }
}
