/** The identity of a file. */
export interface FileId {
  readonly dev: number;
  readonly ino: number | null;
}

/** Tells which file a path is the name of, `undefined` if of none. */
export function fileAt(path: string): FileId | undefined {
  try {
    const { dev, ino } = Deno.lstatSync(path);
    return { dev, ino };
  } catch {
    return undefined;
  }
}

/** Whether two files are one. */
export function isSameFile(
  one: FileId | undefined,
  other: FileId | undefined,
): boolean {
  return one !== undefined && other !== undefined &&
    one.dev === other.dev && one.ino === other.ino;
}

/** Removes a path if it is still the name of a file, and of no other. */
export function removeFile(path: string, file: FileId): void {
  if (!isSameFile(fileAt(path), file)) return;
  try {
    Deno.removeSync(path);
  } catch {
    // The folder may not be writable any more: the file stays.
  }
}
