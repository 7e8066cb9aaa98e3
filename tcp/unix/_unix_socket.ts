import type { RawListener } from "../listener/_accept_loop.ts";
import { fileAt, type FileId, isSameFile, removeFile } from "./_unix_file.ts";
import { folderOf, mayUse, secretName } from "./_unix_path.ts";

/** The parts of a {@linkcode UnixSocket}. */
interface Parts {
  readonly raw: Deno.UnixListener;
  /**
   * The path that the runtime has bound, which it unlinks when it closes the
   * socket, whatever stands there by then.
   */
  readonly bound: string;
  /** The absolute path that the socket is known by. */
  readonly path: string;
  /** The socket's file. */
  readonly file: FileId | undefined;
}

/**
 * A listening Unix socket of the runtime that removes its own file when it is
 * closed, and no other.
 */
export class UnixSocket implements RawListener<Deno.UnixConn> {
  readonly #parts: Parts;
  #accepting: Promise<unknown> | undefined;
  /** The path that it listens on. */
  readonly addr: Deno.UnixAddr;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.addr = { transport: "unix", path: parts.path };
  }

  async accept(): Promise<Deno.UnixConn> {
    const accepting = this.#parts.raw.accept();
    this.#accepting = accepting;
    // The runtime tells the path that was bound.
    return nameEnd(await accepting, "localAddr", this.#parts.path);
  }

  ref(): void {
    this.#parts.raw.ref();
  }

  unref(): void {
    this.#parts.raw.unref();
  }

  close(): void {
    const { raw, bound, path, file } = this.#parts;
    // An own file at the bound path is the runtime's to remove: it does so when
    // it lets go of the socket, and until then no process takes the path over.
    const isBound = isSameFile(fileAt(bound), file);
    const putBack = isBound ? undefined : setAside(bound);
    if (!isBound && file !== undefined) removeFile(path, file);
    raw.close();
    if (putBack === undefined) return;
    // With an accept in flight, the runtime unlinks when that has ended.
    const ended = this.#accepting ?? Promise.resolve();
    ended.then(putBack, putBack);
  }
}

/** Shows a path as the address of one end of a raw connection. */
export function nameEnd(
  raw: Deno.UnixConn,
  end: "localAddr" | "remoteAddr",
  path: string,
): Deno.UnixConn {
  const value: Deno.UnixAddr = { transport: "unix", path };
  return Object.defineProperty(raw, end, { value });
}

/**
 * Gives another process's file a second name, so that it outlives an unlink.
 *
 * @returns Gives it its first name back, and takes the second one away.
 */
function setAside(path: string): (() => void) | undefined {
  const file = fileAt(path);
  const second = `${folderOf(path)}${secretName()}`;
  if (file === undefined || !mayUse(second)) return undefined;
  try {
    Deno.linkSync(path, second);
  } catch {
    // A directory: no unlink harms it.
    return undefined;
  }
  return () => {
    try {
      if (fileAt(path) === undefined) Deno.linkSync(second, path);
      removeFile(second, file);
    } catch {
      // The name was taken meanwhile: the file stays under the other one.
    }
  };
}
