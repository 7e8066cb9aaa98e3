import { decode, readText } from "./_bytes.ts";
import { errorOf, isPending } from "./_outcomes.ts";
import type { Conn } from "./kinds.ts";

/** A way to take the next bytes of a connection, and the connection's use for it. */
export interface Consumer {
  readonly name: string;
  /** Takes some bytes, as text. */
  take(conn: Conn): Promise<string>;
  /** Whether it leaves the connection to the next one. */
  readonly isPolite: boolean;
}

/** Takes one chunk off a reader, which is released then. */
async function takeOne(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<string> {
  const { value } = await reader.read();
  reader.releaseLock();
  return decode(value);
}

/** Every way to take the next bytes. */
export const consumers: readonly Consumer[] = [
  {
    name: "read()",
    isPolite: true,
    async take(conn) {
      const buffer = new Uint8Array(64);
      const length = await conn.read(buffer) ?? 0;
      return decode(buffer.subarray(0, length));
    },
  },
  { name: "readFull()", isPolite: true, take: (conn) => readText(conn, 5) },
  {
    name: "a default reader",
    isPolite: true,
    take: (conn) => takeOne(conn.readable.getReader()),
  },
  {
    name: "a native reader",
    isPolite: true,
    take: (conn) => takeOne(new ReadableStreamDefaultReader(conn.readable)),
  },
  {
    name: "a BYOB reader",
    isPolite: true,
    async take(conn) {
      const reader = conn.readable.getReader({ mode: "byob" });
      const { value } = await reader.read(new Uint8Array(64));
      reader.releaseLock();
      return decode(value);
    },
  },
  {
    name: "a loop that is left",
    isPolite: true,
    async take(conn) {
      for await (const chunk of conn.readable.values({ preventCancel: true })) {
        return decode(chunk);
      }
      return "";
    },
  },
  {
    name: "a branch of tee()",
    isPolite: false,
    take: (conn) => takeOne(conn.readable.tee()[1].getReader()),
  },
  {
    name: "pipeThrough()",
    isPolite: false,
    take: (conn) =>
      takeOne(conn.readable.pipeThrough(new TransformStream()).getReader()),
  },
  {
    name: "pipeTo()",
    isPolite: false,
    take: (conn) =>
      new Promise((resolve) => {
        const sink = new WritableStream<Uint8Array>({
          write: (chunk) => resolve(decode(chunk)),
        });
        conn.readable.pipeTo(sink).catch(() => {});
      }),
  },
];

/** A way to wait for bytes, and to give up. */
export interface Quitter {
  readonly name: string;
  /** Waits for bytes and gives up before any have come. */
  quit(conn: Conn): Promise<void>;
}

async function release(
  reader: ReadableStreamDefaultReader<Uint8Array> | ReadableStreamBYOBReader,
  reading: Promise<unknown>,
): Promise<void> {
  const failure = errorOf(reading);
  await isPending(failure);
  reader.releaseLock();
  await failure;
}

/** Every way to wait for bytes and to give up. */
export const quitters: readonly Quitter[] = [
  {
    name: "read() that timed out",
    async quit(conn) {
      await errorOf(conn.read(new Uint8Array(64), { timeout: 1 }));
    },
  },
  {
    name: "readLine() that was aborted",
    async quit(conn) {
      const controller = new AbortController();
      const { signal } = controller;
      const failure = errorOf(conn.readLine({ signal }));
      await isPending(failure);
      controller.abort("enough");
      await failure;
    },
  },
  {
    name: "a default reader that was released",
    async quit(conn) {
      const reader = conn.readable.getReader();
      await release(reader, reader.read());
    },
  },
  {
    name: "a native reader that was released",
    async quit(conn) {
      const reader = new ReadableStreamDefaultReader(conn.readable);
      await release(reader, reader.read());
    },
  },
  {
    name: "a BYOB reader that was released",
    async quit(conn) {
      const reader = conn.readable.getReader({ mode: "byob" });
      await release(reader, reader.read(new Uint8Array(64)));
    },
  },
  {
    name: "pipeTo() that was aborted",
    async quit(conn) {
      const controller = new AbortController();
      const { signal } = controller;
      const piping = errorOf(
        conn.readable.pipeTo(new WritableStream(), {
          signal,
          preventCancel: true,
        }),
      );
      await isPending(piping);
      controller.abort("enough");
      await piping;
    },
  },
];
