// What the project relies on in @std, whether it comes from the linked
// packages or, with the config for JSR, from the real ones.
import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import {
  abortable,
  Channel,
  ChannelClosedError,
  deadline,
  delay,
  MuxAsyncIterator,
  pooledMap,
  retry,
  RetryError,
  tee,
} from "@std/async";
import { Channel as ChannelOfPath } from "@std/async/channel";
import { retry as retryOfPath } from "@std/async/retry";
import {
  mergeReadableStreams,
  TextLineStream,
  toBytes,
  toText,
} from "@std/streams";
import { TextLineStream as TextLineStreamOfPath } from "@std/streams/text-line-stream";

async function* count(from: number, to: number): AsyncGenerator<number> {
  for (let n = from; n <= to; n++) yield await Promise.resolve(n);
}

Deno.test("@std/async gives the same names under their own paths", () => {
  assertStrictEquals(ChannelOfPath, Channel);
  assertStrictEquals(retryOfPath, retry);
});

Deno.test("@std/async limits and repeats waits", async () => {
  const never = new Promise<void>(() => {});
  const aborted = AbortSignal.abort(new RangeError("Stopped by the test"));
  const fail = () => Promise.reject(new Error("Failed by the test"));

  await assertRejects(() => deadline(never, 1), DOMException);
  await assertRejects(() => abortable(never, aborted), RangeError);
  await assertRejects(() => delay(60_000, { signal: aborted }), RangeError);
  await assertRejects(
    () => retry(fail, { minTimeout: 0, maxAttempts: 2 }),
    RetryError,
  );
  assertEquals(await retry(() => 1), 1);
});

Deno.test("@std/async joins, splits and maps iterables", async () => {
  const mux = new MuxAsyncIterator<number>();
  mux.add(count(1, 2));
  mux.add(count(3, 4));
  assertEquals((await Array.fromAsync(mux)).sort(), [1, 2, 3, 4]);

  const [one, other] = tee(count(1, 2));
  assertEquals(await Array.fromAsync(one), [1, 2]);
  assertEquals(await Array.fromAsync(other), [1, 2]);

  const doubled = pooledMap(2, [1, 2], (n) => Promise.resolve(2 * n));
  assertEquals(await Array.fromAsync(doubled), [2, 4]);
});

Deno.test("Channel keeps order and holds senders back when full", async () => {
  const channel = new Channel<number>({ capacity: 1 });
  await channel.send(1);
  const second = channel.send(2);
  const third = channel.send(3);

  assertEquals([channel.size, channel.capacity], [1, 1]);
  assertFalse(channel.trySend(4));
  assertEquals(await channel.receive(), 1);
  await second;
  assertEquals(channel.tryReceive(), { state: "ok", value: 2 });
  await third;
  assertEquals(channel.tryReceive(), { state: "ok", value: 3 });
  assertEquals(channel.tryReceive(), { state: "empty" });
});

Deno.test("Channel without room hands over directly", async () => {
  const channel = new Channel<string>();
  const received = channel.receive();
  assert(channel.trySend("a"));
  assertEquals(await received, "a");

  const sent = channel.send("b");
  assertEquals(await channel.receive(), "b");
  await sent;
});

Deno.test("Channel forgets a receiver or sender whose signal aborts", async () => {
  const channel = new Channel<number>();
  const controller = new AbortController();
  const { signal } = controller;
  const received = channel.receive({ signal });
  controller.abort(new RangeError("Stopped by the test"));

  await assertRejects(() => received, RangeError);
  assertFalse(channel.trySend(1));
  await assertRejects(() => channel.send(2, { signal }), RangeError);
  assertEquals(channel.tryReceive(), { state: "empty" });
});

Deno.test("Channel gives out what it holds after it is closed", async () => {
  const channel = new Channel<number>({ capacity: 1 });
  await channel.send(1);
  const surplus = channel.send(2);
  channel.close();
  channel.close();

  const error = await assertRejects(() => surplus, ChannelClosedError);
  assertEquals(error.value, 2);
  assertEquals(await Array.fromAsync(channel), [1]);
  assertEquals(channel.tryReceive(), { state: "closed" });
  assertEquals(await Array.fromAsync(channel.toReadableStream()), []);
  await assertRejects(() => channel.receive(), ChannelClosedError);
  await assertRejects(() => channel.send(3), ChannelClosedError);
});

Deno.test("Channel closed with a reason fails its receivers with it", async () => {
  const channel = new Channel<number>();
  const received = channel.receive();
  channel.close(new RangeError("Closed by the test"));

  await assertRejects(() => received, RangeError);
  await assertRejects(() => Array.fromAsync(channel), RangeError);
  await assertRejects(
    () => Array.fromAsync(channel.toReadableStream()),
    RangeError,
  );
});

Deno.test("Channel is closed by using", async () => {
  const channel = new Channel<number>();
  {
    using _closing = channel;
  }
  assert(channel.closed);
  await channel[Symbol.asyncDispose]();
});

Deno.test("@std/streams splits lines, merges and collects", async () => {
  const lines = ReadableStream.from(["a\r", "\nb\nc"]).pipeThrough(
    new TextLineStream(),
  );
  const merged = mergeReadableStreams(
    ReadableStream.from(["x"]),
    ReadableStream.from(["x"]),
  );
  const bytes = ReadableStream.from([Uint8Array.of(1), Uint8Array.of(2)]);

  assertStrictEquals(TextLineStreamOfPath, TextLineStream);
  assertEquals(await Array.fromAsync(lines), ["a", "b", "c"]);
  assertEquals(await toText(merged), "xx");
  assertEquals(await toBytes(bytes), Uint8Array.of(1, 2));
});
