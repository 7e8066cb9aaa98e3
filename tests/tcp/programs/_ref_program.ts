// A program that ends, or does not, for a test of ref() and unref(): it prints
// "held" and ends with code 3 if something else than its own timer keeps it.
import { pipe } from "../../../tcp/pipe.ts";
import { errorOf, nextTurn } from "../support/_outcomes.ts";
import { connectTcp } from "../support/kinds.ts";

const [left, right] = await connectTcp();
right.unref();
const buffer = () => new Uint8Array(8);
const held = setTimeout(() => {
  console.log("held");
  Deno.exit(3);
}, Number(Deno.args[1]));
// The timer is an object, whatever the types say.
Deno.unrefTimer(held as unknown as number);

const cases: Record<string, () => unknown> = {
  pending: () => void left.read(buffer()),
  unref: () => {
    left.unref();
    left.read(buffer());
  },
  "unref later": () => {
    left.read(buffer());
    left.unref();
  },
  "ref again": () => {
    left.unref();
    left.read(buffer());
    left.ref();
  },
  timeout: () => errorOf(left.read(buffer(), { timeout: 1 })),
  abort: async () => {
    const controller = new AbortController();
    const failure = errorOf(left.read(buffer(), controller));
    await nextTurn();
    controller.abort();
    await failure;
  },
  release: async () => {
    const reader = left.readable.getReader();
    const failure = errorOf(reader.read());
    await nextTurn();
    reader.releaseLock();
    await failure;
  },
  "release of BYOB": async () => {
    const reader = left.readable.getReader({ mode: "byob" });
    const failure = errorOf(reader.read(buffer()));
    await nextTurn();
    reader.releaseLock();
    await failure;
  },
  cancel: async () => {
    const reader = left.readable.getReader();
    reader.read();
    await nextTurn();
    await reader.cancel();
  },
  "given back, then read": async () => {
    const failure = errorOf(left.readFull(buffer(), { timeout: 20 }));
    await right.writeString("some");
    await failure;
    await left.read(buffer(), { timeout: 60_000 });
  },
  idle: () => left.setIdleTimeout(60_000, "close"),
  limit: () => {
    left.unref();
    errorOf(left.read(buffer(), { timeout: 60_000 }));
  },
  "read again": async () => {
    await errorOf(left.read(buffer(), { timeout: 1 }));
    left.read(buffer());
  },
  closing: async () => {
    await left.writeString("on its way");
    left.close();
  },
  "closing, unref'd": async () => {
    await left.writeString("on its way");
    left.close();
    left.unref();
  },
  "unref'd, closing": async () => {
    left.unref();
    await left.writeString("on its way");
    left.close();
  },
  "closing, ended by its peer": async () => {
    await left.writeString("on its way");
    left.close();
    right.close();
  },
  "closing pipe, unref'd": () => {
    const [end] = pipe();
    end.write(new Uint8Array(1_000_000)).catch(() => {});
    end.close();
    end.unref();
  },
  "closing, with nothing sent": () => left.close(),
  flood: async () => {
    await right.write(new TextEncoder().encode("x\n".repeat(50_000)));
    left.unref();
    const listen = async () => {
      for await (const _line of left.lines()) {
        // Each takes so long that all take longer than the test waits.
        const end = performance.now() + 1;
        while (performance.now() < end) { /* It computes. */ }
      }
    };
    listen();
  },
  "echoing pipe": async () => {
    const ends = pipe();
    const echo = async (conn: typeof ends[0]) => {
      const bytes = buffer();
      while (await conn.read(bytes) !== null) await conn.write(bytes);
    };
    for (const end of ends) {
      end.unref();
      echo(end);
    }
    await ends[0].write(buffer());
  },
  pipe: async () => {
    const [end] = pipe();
    await errorOf(end.read(buffer(), { timeout: 5 }));
    console.log("timed out");
  },
};
await cases[Deno.args[0] ?? ""]?.();
