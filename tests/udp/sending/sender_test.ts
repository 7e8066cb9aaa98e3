import { assertEquals, assertRejects } from "@std/assert";
import { ClosedError } from "@vnet/net/udp";
import { Peer } from "../../../udp/sending/_peers.ts";
import { Sender } from "../../../udp/sending/_sender.ts";
import { Counters } from "../../../udp/udp_stats.ts";
import { assertTimeout } from "../support/_asserts.ts";
import { FakeBackend } from "../support/_fake_backend.ts";
import { bytes, text } from "../support/_support.ts";

function makeSender(sendsAtOnce = true) {
  const backend = new FakeBackend(sendsAtOnce);
  const counters = new Counters();
  const sender = new Sender(backend, () => "Cannot send", counters);
  const peer = (port: number) => new Peer({ ...backend.addr, port });
  return { backend, counters, sender, peer };
}

function written(error: unknown): unknown {
  return Reflect.get(error as Error, "bytesWritten");
}

Deno.test("A sender keeps one datagram at a time with the system", async () => {
  const { backend, counters, sender, peer } = makeSender();
  const calls = [
    sender.send(bytes("one"), peer(1), undefined),
    sender.send(bytes("three"), peer(2), undefined),
  ];
  assertEquals(backend.sends.length, 1);
  backend.sends[0]?.done.resolve();
  assertEquals(await calls[0], 3);
  assertEquals(backend.sends.length, 2);
  backend.sends[1]?.done.resolve();

  assertEquals(await calls[1], 5);
  assertEquals(backend.sends.map(({ target }) => target.port), [1, 2]);
  assertEquals([counters.sent, counters.bytesSent], [2, 8]);
});

Deno.test("A deadline ends the pending write, whose bytes go out as they were", async () => {
  const { backend, counters, sender, peer } = makeSender();
  const data = bytes("before");
  const first = sender.send(data, peer(1), undefined);
  const second = sender.send(bytes("never"), peer(1), undefined);
  sender.sends.setDeadline(Date.now() - 1);

  assertEquals(written(await assertTimeout(first)), 6);
  assertEquals(written(await assertTimeout(second)), 0);
  data.fill(0);
  sender.sends.setDeadline(undefined);
  const third = sender.send(bytes("after"), peer(1), undefined);
  assertEquals(backend.sends.length, 1);
  assertEquals(text(backend.sends[0]?.data ?? data), "before");
  backend.sends[0]?.done.resolve();
  await backend.sends[0]?.done.promise;
  assertEquals(backend.sends.length, 2);
  backend.sends[1]?.done.resolve();
  assertEquals(await third, 5);
  assertEquals(counters.sent, 2);
});

Deno.test("A large datagram is copied too", async () => {
  const { backend, sender, peer } = makeSender();
  const data = new Uint8Array(60_000).fill(1);
  const controller = new AbortController();
  const { signal } = controller;
  const call = sender.send(data, peer(1), { signal });
  controller.abort(new RangeError("Stopped"));
  assertEquals(written(await assertRejects(() => call, RangeError)), 60_000);
  data.fill(0);

  assertEquals(backend.sends[0]?.data, new Uint8Array(60_000).fill(1));
  backend.sends[0]?.done.resolve();
});

Deno.test("close() ends writes in flight, queued and looked up", async () => {
  for (const sendsAtOnce of [true, false]) {
    const { sender, peer } = makeSender(sendsAtOnce);
    const { promise, resolve } = Promise.withResolvers<never>();
    const calls = [
      sender.send(bytes("one"), peer(1), undefined),
      sender.send(bytes("two"), peer(1), undefined),
      sender.sendLater(bytes("three"), () => promise, undefined),
    ];
    sender.close(() => new ClosedError("Closed"));
    resolve(peer(1) as never);

    const errors = [];
    for (const call of calls) {
      errors.push(await assertRejects(() => call, ClosedError));
    }
    assertEquals(errors.map(written), [sendsAtOnce ? 3 : 0, 0, 0]);
    await assertRejects(
      () => sender.send(bytes("four"), peer(1), undefined),
      ClosedError,
    );
    await assertRejects(
      () => sender.sendLater(bytes("five"), () => promise, undefined),
      ClosedError,
    );
  }
});

Deno.test("A write whose name is looked up lets others pass", async () => {
  const { backend, sender, peer } = makeSender();
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof peer>>();
  const named = sender.sendLater(bytes("named"), () => promise, undefined);
  const first = sender.send(bytes("first"), peer(1), undefined);
  const second = sender.send(bytes("second"), peer(1), undefined);
  resolve(peer(7));
  await promise;
  backend.sends[0]?.done.resolve();
  await first;
  // Known by now, it takes its place in the order asked.
  backend.sends[1]?.done.resolve();
  assertEquals(await named, 5);
  backend.sends[2]?.done.resolve();
  await second;

  assertEquals(backend.sends.map(({ target }) => target.port), [1, 7, 1]);
});

Deno.test("A buffer that was transferred is a TypeError of its own write", async () => {
  const { backend, sender, peer } = makeSender();
  const gone = bytes("gone");
  gone.buffer.transfer();
  await assertRejects(
    () => sender.send(gone, peer(1), undefined),
    TypeError,
    "Cannot send to 127.0.0.1:1",
  );
  const large = new Uint8Array(60_000);
  const calls = [bytes("one"), large, bytes("three")].map((data) =>
    sender.send(data, peer(1), undefined)
  );
  large.buffer.transfer();
  backend.sends[0]?.done.resolve();
  assertEquals(await calls[0], 3);
  await assertRejects(() => calls[1] ?? Promise.resolve(), TypeError);
  backend.sends[1]?.done.resolve();
  assertEquals(await calls[2], 5);
});

Deno.test("A view that its buffer has shrunk away from blocks no later write", async () => {
  const { backend, sender, peer } = makeSender();
  const buffer = new ArrayBuffer(8, { maxByteLength: 16 });
  const outside = new Uint8Array(buffer, 4, 4);
  buffer.resize(2);
  await assertRejects(
    () => sender.send(outside, peer(1), undefined),
    TypeError,
    "Cannot send to 127.0.0.1:1",
  );
  const next = sender.send(bytes("next"), peer(1), undefined);
  backend.sends[0]?.done.resolve();
  assertEquals(await next, 4);
});

Deno.test("A buffer that was resized is a TypeError of its own write", async () => {
  const { backend, sender, peer } = makeSender();
  for (const size of [4, 12]) {
    const buffer = new ArrayBuffer(8, { maxByteLength: 16 });
    const first = sender.send(bytes("first"), peer(1), undefined);
    const resized = sender.send(new Uint8Array(buffer), peer(1), undefined);
    buffer.resize(size);
    backend.sends.at(-1)?.done.resolve();
    assertEquals(await first, 5);
    await assertRejects(
      () => resized,
      TypeError,
      "Cannot send to 127.0.0.1:1: the buffer was transferred or resized",
    );
  }
});

Deno.test("Any number of buffers that were resized fail, and the next one goes out", async () => {
  const { backend, sender, peer } = makeSender();
  const first = sender.send(bytes("first"), peer(1), undefined);
  const buffer = new ArrayBuffer(8, { maxByteLength: 16 });
  const resized = Array.from(
    { length: 10_000 },
    () => sender.send(new Uint8Array(buffer), peer(1), undefined),
  );
  const last = sender.send(bytes("last"), peer(1), undefined);
  buffer.resize(4);
  backend.sends[0]?.done.resolve();
  assertEquals(await first, 5);
  const outcomes = await Promise.allSettled(resized);
  assertEquals(outcomes.every(({ status }) => status === "rejected"), true);
  backend.sends[1]?.done.resolve();
  assertEquals(await last, 4);
  assertEquals(backend.sends.length, 2);
});

Deno.test("A failed look-up fails its own write only", async () => {
  const { backend, sender, peer } = makeSender();
  const failing = sender.sendLater(
    bytes("named"),
    () => Promise.reject(new Deno.errors.NotFound("No such name")),
    undefined,
  );
  const other = sender.send(bytes("other"), peer(1), undefined);
  backend.sends[0]?.done.resolve();

  await assertRejects(() => failing, Deno.errors.NotFound);
  assertEquals(await other, 5);
});

Deno.test("A failed send names the target, and the next one goes out", async () => {
  const { backend, sender, peer } = makeSender();
  const failing = sender.send(bytes("one"), peer(1), undefined);
  const refused = sender.send(bytes("two"), peer(2), undefined);
  const fine = sender.send(bytes("three"), peer(3), undefined);
  backend.sends[0]?.done.reject(new Deno.errors.PermissionDenied("Not today"));
  const error = await assertRejects(
    () => failing,
    Deno.errors.PermissionDenied,
    "Cannot send to 127.0.0.1:1: not today",
  );
  assertEquals(written(error), 0);
  backend.sends[1]?.done.reject(new TypeError("Invalid argument"));
  await assertRejects(
    () => refused,
    TypeError,
    "Cannot send to 127.0.0.1:2: Invalid argument",
  );
  backend.sends[2]?.done.resolve();

  assertEquals(await fine, 5);
});
