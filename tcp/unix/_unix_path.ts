/**
 * How many bytes the path of a socket may have: `sun_path` without the NUL at
 * its end.
 */
const MAX_PATH = Deno.build.os === "linux" ? 107 : 103;

/** Whether a path is no file, but a name in Linux's abstract namespace. */
export function isAbstract(path: string): boolean {
  return path.startsWith("\0");
}

/**
 * Checks a path that was given, and makes it independent of later changes of the
 * working directory.
 *
 * @throws {TypeError} If it is no path.
 */
export function toAbsolute(path: string): string {
  if (typeof path !== "string" || path === "") {
    const found = path === "" ? "an empty string" : typeof path;
    throw new TypeError(
      `Cannot use ${found} as a Unix socket: expected a path`,
    );
  }
  const isKept = isAbstract(path) || path.startsWith("/") ||
    Deno.build.os === "windows";
  if (isKept) return path;
  const folder = currentFolder();
  // Without one, the system tells what is wrong.
  return folder === undefined
    ? path
    : `${folder}/${path.replace(/^(\.\/+)+/, "")}`;
}

/** The working directory, `undefined` if it was removed. */
function currentFolder(): string | undefined {
  try {
    return Deno.cwd();
  } catch {
    return undefined;
  }
}

/** Whether the system takes a path as the address of a socket. */
export function fits(path: string): boolean {
  return new TextEncoder().encode(path).length <= MAX_PATH;
}

/** The folder of a path, with a `/` at its end if it has any. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** A file name that can't be guessed, of 18 bytes. */
export function secretName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  return `.vnet-${bytes.toHex()}`;
}

/** Whether the process may read and write a path, without being asked now. */
export function mayUse(path: string): boolean {
  return (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name, path }).state === "granted"
  );
}
