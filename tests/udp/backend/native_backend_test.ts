import { assertEquals } from "@std/assert";
import {
  NativeBackend,
  type NativeSocket,
} from "../../../udp/backend/_native_backend.ts";
import { bytes, text, turn, until } from "../support/_support.ts";

const PEER = { transport: "udp", hostname: "127.0.0.1", port: 7000 } as const;

/** A socket whose receives end when the test says so. */
class FakeSocket implements NativeSocket {
  readonly addr = { ...PEER, port: 5000 };
  readonly calls: string[] = [];
  readonly bufferSizes: number[] = [];
  pending: PromiseWithResolvers<[Uint8Array, Deno.Addr]> | undefined;

  receive(buffer: Uint8Array): Promise<[Uint8Array, Deno.Addr]> {
    if (this.pending !== undefined) this.calls.push("receive twice");
    this.bufferSizes.push(buffer.length);
    this.pending = Promise.withResolvers();
    return this.pending.promise;
  }

  /** Lets the receive in flight end. */
  async arrive(word: string): Promise<void> {
    const { pending } = this;
    this.pending = undefined;
    pending?.resolve([bytes(word), PEER]);
    await pending?.promise;
  }

  async fail(error: unknown): Promise<void> {
    const { pending } = this;
    this.pending = undefined;
    pending?.reject(error);
    await pending?.promise.catch(() => {});
  }

  send(): Promise<number> {
    return Promise.resolve(0);
  }

  joinMulticastV4(): Promise<never> {
    return Promise.reject(new Error("Not here"));
  }

  joinMulticastV6(): Promise<never> {
    return Promise.reject(new Error("Not here"));
  }

  ref(): void {
    this.calls.push("ref");
  }

  unref(): void {
    this.calls.push("unref");
  }

  close(): void {
    this.calls.push("close");
  }
}

/** A back end on a fake socket, and what reaches its sink. */
function makeBackend(maxDatagramSize = 65_527) {
  const socket = new FakeSocket();
  const backend = new NativeBackend(socket, maxDatagramSize);
  const events: string[] = [];
  const state = { isWaited: false };
  backend.open({
    onDatagram: (data, addr) => {
      events.push(`${text(data)} from ${addr.port}`);
      return state.isWaited;
    },
    onUnreachable: () => {
      events.push("unreachable");
      return state.isWaited;
    },
    onFailure: () => void events.push("failure"),
  });
  return { socket, backend, events, state };
}

Deno.test("The native back end receives nothing until someone waits", () => {
  const { socket, backend } = makeBackend();
  assertEquals(socket.pending, undefined);
  assertEquals(backend.addr.port, 5000);
  backend.wake();
  backend.wake();

  assertEquals(socket.bufferSizes, [65_528]);
  assertEquals(socket.calls, []);
  backend.close();
});

Deno.test("The native back end's buffer tells a cut datagram from one that fits", () => {
  const { socket, backend } = makeBackend(1500);
  backend.wake();

  const expected = Deno.build.os === "windows" ? 65_536 : 1501;
  assertEquals(socket.bufferSizes, [expected]);
  backend.close();
});

Deno.test("The native back end receives on while someone waits", async () => {
  const { socket, backend, events, state } = makeBackend();
  state.isWaited = true;
  backend.wake();
  await socket.arrive("one");
  await socket.arrive("two");

  assertEquals(events, ["one from 7000", "two from 7000"]);
  assertEquals(socket.bufferSizes.length, 3);
  backend.close();
});

Deno.test("The native back end receives in the background once nobody asks", async () => {
  const { socket, backend, events } = makeBackend();
  backend.wake();
  await socket.arrive("one");
  assertEquals(socket.pending, undefined);
  await until(() => socket.pending !== undefined);
  // It does not keep the process alive for that.
  assertEquals(socket.calls, ["unref"]);
  await socket.arrive("two");
  await socket.arrive("three");
  assertEquals(events.length, 3);
  assertEquals(socket.bufferSizes.length, 4);

  backend.wake();
  assertEquals(socket.calls, ["unref", "ref"]);
  await socket.arrive("four");
  assertEquals(socket.pending, undefined);
  backend.close();
});

Deno.test("The native back end leaves a caller who asks again alone", async () => {
  const { socket, backend } = makeBackend();
  for (let count = 0; count < 5; count++) {
    backend.wake();
    await socket.arrive("one");
    backend.wake();
    await turn();
    await socket.arrive("two");
  }

  assertEquals(socket.calls, []);
  backend.close();
});

Deno.test("The native back end keeps the process alive for who waits only", async () => {
  const { socket, backend } = makeBackend();
  backend.wake();
  backend.unref();
  backend.unref();
  backend.ref();
  backend.rest();
  backend.ref();
  assertEquals(socket.calls, ["unref", "ref", "unref"]);
  await socket.arrive("nobody waits for it");

  assertEquals(socket.bufferSizes.length, 2);
  backend.close();
});

Deno.test("The native back end outlives ICMP messages, and stops at a failure", async () => {
  const { socket, backend, events, state } = makeBackend();
  state.isWaited = true;
  backend.wake();
  for (
    const error of [
      new Deno.errors.ConnectionRefused("refused"),
      new Deno.errors.ConnectionReset("reset"),
      new Deno.errors.NetworkUnreachable("no network"),
      Object.assign(new Error("no host"), { code: "EHOSTUNREACH" }),
    ]
  ) await socket.fail(error);
  assertEquals(events, Array(4).fill("unreachable"));
  await socket.fail(new Deno.errors.PermissionDenied("no more"));
  assertEquals(events.at(-1), "failure");
  assertEquals(socket.pending, undefined);

  backend.wake();
  await socket.arrive("one");
  assertEquals(events.at(-1), "one from 7000");
  backend.close();
});

Deno.test("Nothing reaches the sink of a native back end that is closed", async () => {
  const { socket, backend, events } = makeBackend();
  backend.wake();
  backend.close();
  await socket.arrive("one");
  backend.close();
  const second = makeBackend();
  second.backend.wake();
  second.backend.close();
  await second.socket.fail(new Deno.errors.Interrupted("closed"));

  assertEquals(events, []);
  assertEquals(second.events, []);
});
