import { assertEquals } from "@std/assert";
import {
  RuntimeEngine,
  type RuntimeEngineOptions,
} from "../../../websocket/engine/_runtime_engine.ts";
import { OPCode } from "../../../websocket/opcode.ts";
import { State } from "../../../websocket/state.ts";
import type { CloseInfo } from "../../../websocket/websocket_options.ts";
import { turn } from "../../internal/_turn.ts";

/** A WebSocket of the runtime that is open, and sends what the test says. */
class FakeSocket {
  readyState: number = WebSocket.OPEN;
  binaryType = "";
  onopen: (() => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  readonly #closing = Promise.withResolvers<unknown[]>();
  #buffered = 0;

  /** What close() is called with. */
  get closing(): Promise<unknown[]> {
    return this.#closing.promise;
  }

  /** As of the runtime: it tells no more once it closes. */
  get bufferedAmount(): number {
    return this.readyState === WebSocket.OPEN ? this.#buffered : 0;
  }

  send(data: string | Uint8Array): void {
    this.#buffered += data.length;
  }

  /** The system takes bytes. */
  take(bytes: number): void {
    this.#buffered -= bytes;
  }

  close(...how: unknown[]): void {
    this.readyState = WebSocket.CLOSING;
    this.#closing.resolve(how);
  }
}

interface Opened {
  readonly socket: FakeSocket;
  readonly engine: RuntimeEngine;
  readonly closed: Promise<CloseInfo>;
  readonly errors: unknown[];
}

function open(options: RuntimeEngineOptions = {}): Opened {
  const socket = new FakeSocket();
  const closed = Promise.withResolvers<CloseInfo>();
  const errors: unknown[] = [];
  const handler = {
    onText: () => {},
    onBytes: () => {},
    onPong: () => {},
    onError: (error: unknown) => errors.push(error),
    onClosed: closed.resolve,
  };
  const engine = new RuntimeEngine(
    handler,
    socket as unknown as WebSocket,
    "WebSocket",
    options,
  );
  socket.onopen?.();
  return { socket, engine, closed: closed.promise, errors };
}

/** Whether a promise has settled within some turns of the event loop. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  promise.then(() => pending = false);
  for (let count = 0; count < 5; count++) await turn();
  return pending;
}

Deno.test("RuntimeEngine sends its close frame at once if nothing waits before it", async () => {
  const { socket, engine, closed } = open();
  engine.beginClose(4000, "done");
  assertEquals(await socket.closing, [4000, "done"]);
  engine.terminate();
  await closed;
});

Deno.test("RuntimeEngine holds its close frame back until all before it is sent", async () => {
  const { socket, engine, closed, errors } = open();
  await engine.sender.write(OPCode.textFrame, "x".repeat(1000));
  engine.beginClose(4000, "done");
  assertEquals(engine.state, State.closing);
  socket.take(600);
  assertEquals(await isPending(socket.closing), true);
  assertEquals(engine.sender.bufferedBytes, 400);
  socket.take(400);
  assertEquals(await socket.closing, [4000, "done"]);
  assertEquals(engine.sender.bufferedBytes, 0);
  const event = { code: 4000, reason: "done", wasClean: true };
  socket.onclose?.(new CloseEvent("close", event));
  assertEquals(await closed, event);
  assertEquals(errors, []);
});

Deno.test("RuntimeEngine holds its close frame back no longer than a third of idleTimeout", async () => {
  const { socket, engine, closed } = open({ idleTimeout: 30 });
  await engine.sender.write(OPCode.textFrame, "x".repeat(1000));
  engine.beginClose(4000, "done");
  assertEquals(await socket.closing, [4000, "done"]);
  // Of the runtime there is no more to learn.
  assertEquals(engine.sender.bufferedBytes, 1000);
  assertEquals(engine.state, State.closing);
  engine.terminate();
  await closed;
});

Deno.test("RuntimeEngine tells a peer that breaks the rules at once", async () => {
  const { socket, engine, closed } = open({ maxMessageSize: 1 });
  await engine.sender.write(OPCode.textFrame, "x".repeat(1000));
  socket.onmessage?.(new MessageEvent("message", { data: "xx" }));
  assertEquals((await socket.closing)[0], 1009);
  assertEquals(engine.state, State.closing);
  engine.terminate();
  assertEquals((await closed).code, 1009);
});

Deno.test("RuntimeEngine gives up what makes no progress, and sends its close frame", async () => {
  const { socket, engine, closed, errors } = open({ closeTimeout: 30 });
  await engine.sender.write(OPCode.textFrame, "x".repeat(1000));
  engine.beginClose(4000, "done");
  assertEquals((await closed).code, 1006);
  assertEquals(await socket.closing, [4000, "done"]);
  assertEquals((errors[0] as Error).name, "TimeoutError");
});

Deno.test("RuntimeEngine gives a silent peer that has all no error, and no clean end", async () => {
  const { engine, closed, errors } = open({ closeTimeout: 1 });
  engine.beginClose(1000, "");
  assertEquals((await closed).code, 1006);
  assertEquals(errors, []);
});

Deno.test("RuntimeEngine tells of no clean end where the link is lost behind its close frame", async () => {
  // As the runtime tells of it: as of a close frame without a code.
  const lost = { code: 1005, reason: "", wasClean: true };
  const { socket, engine, closed, errors } = open();
  engine.beginClose(1000, "");
  await socket.closing;
  socket.onclose?.(new CloseEvent("close", lost));
  assertEquals(await closed, { code: 1006, reason: "", wasClean: false });
  assertEquals(errors, []);
});

Deno.test("RuntimeEngine tells of a peer's close frame without a code", async () => {
  const event = { code: 1005, reason: "", wasClean: true };
  const first = open();
  first.socket.onclose?.(new CloseEvent("close", event));
  assertEquals(await first.closed, event);

  // It may have been sent before that of this side,
  const crossed = open();
  await crossed.engine.sender.write(OPCode.textFrame, "x");
  crossed.engine.beginClose(1000, "");
  crossed.socket.onclose?.(new CloseEvent("close", event));
  assertEquals(await crossed.closed, event);

  // or answer one that has none.
  const second = open();
  second.engine.beginClose(undefined, "");
  second.socket.onclose?.(new CloseEvent("close", event));
  assertEquals(await second.closed, event);
});

Deno.test("RuntimeEngine waits without end for a closeTimeout of Infinity", async () => {
  const { socket, engine, closed } = open({ closeTimeout: Infinity });
  await engine.sender.write(
    OPCode.binaryFrame,
    new Uint8Array(3 * 1024 * 1024),
  );
  engine.beginClose(1000, "");
  assertEquals(await isPending(closed), true);
  socket.take(3 * 1024 * 1024);
  assertEquals(await socket.closing, [1000, ""]);
  assertEquals(await isPending(closed), true);
  engine.terminate();
  await closed;
});
