import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  type Client,
  ClosedError,
  newClient,
  newServer,
  OPCode,
  State,
} from "@vnet/net/websocket";
import { Log, serve } from "../support/_servers.ts";
import { LINKS } from "../support/_links.ts";
import { Printed } from "../support/_printed.ts";

/** Lets everything that is ready run, unhandled rejections included. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

const WHAT = "Uncaught error in a WebSocket callback:";

/** Each way in which a callback can fail. */
const FAILURES: ReadonlyArray<readonly [string, (error: Error) => unknown]> = [
  ["throws", (error) => {
    throw error;
  }],
  ["rejects", (error) => Promise.reject(error)],
];

/** Each callback, and how it comes to be called. */
const CALLBACKS: ReadonlyArray<
  readonly [string, (client: Client, fail: () => unknown) => void]
> = [
  ["onOpen", (client, fail) => client.onOpen(fail)],
  ["onMessage", (client, fail) => client.onMessage(fail)],
  ["onClose", (client, fail) => client.onClose(fail)],
];

for (const [name, link] of LINKS) {
  for (const [event, register] of CALLBACKS) {
    for (const [way, fail] of FAILURES) {
      Deno.test(`An ${event} of ${name} that ${way} is printed once without onError`, async () => {
        using printed = new Printed();
        const error = new RangeError("Thrown by the test");
        await using linked = await link({}, (client) => {
          register(client, () => fail(error));
        });
        const { client, peer } = linked;
        const listening = client.listen();
        await peer.write("x").catch(() => {});
        await peer.close().catch(() => {});
        // A promise of onClose may settle after the end.
        const isLate = event === "onClose" && way === "rejects";
        if (isLate) await listening;
        else assertStrictEquals(await assertRejects(() => listening), error);
        await printed.have(1);
        await nextTurn();
        assertEquals(printed.items, [[WHAT, error]]);
      });
    }
  }

  Deno.test(`The errors of callbacks of ${name} are not printed if an onError takes them`, async () => {
    using printed = new Printed();
    const error = new RangeError("Thrown by the test");
    const taken: unknown[] = [];
    await using linked = await link({}, (client) => {
      client.onMessage(() => {
        throw error;
      });
      client.onError((_ws, error) => taken.push(error));
    });
    linked.client.listen();
    await linked.peer.write("x");
    await linked.peer.closed;
    await linked.client.close();
    await nextTurn();
    assertEquals(taken, [error]);
    assertEquals(printed.items, []);
  });

  Deno.test(`What the onError of ${name} throws is printed once, and not what it took`, async () => {
    using printed = new Printed();
    const [first, second] = [new Error("first"), new Error("second")];
    await using linked = await link({}, (client) => {
      client.onMessage(() => {
        throw new RangeError("Taken");
      });
      client.onError(() => {
        throw first;
      });
      client.onError(() => Promise.reject(second));
    });
    linked.client.listen();
    await linked.peer.write("x");
    await linked.peer.closed;
    await printed.have(2);
    await nextTurn();
    assertEquals(printed.items, [[WHAT, first], [WHAT, second]]);
  });

  Deno.test(`The end of ${name} without a close frame is not printed`, async () => {
    using printed = new Printed();
    await using linked = await link();
    const listening = linked.client.listen();
    linked.peer.terminate();
    await assertRejects(() => listening);
    await nextTurn();
    assertEquals(printed.items, []);
  });

  Deno.test(`panicOnCallback of ${name} reports an error, and does not print it`, async () => {
    using printed = new Printed();
    const reported: unknown[] = [];
    const onReport = (event: ErrorEvent) => {
      event.preventDefault();
      reported.push(event.error);
    };
    globalThis.addEventListener("error", onReport);
    try {
      const error = new RangeError("Thrown by the test");
      await using linked = await link({}, (client) => {
        client.panicOnCallback = true;
        client.onMessage(() => Promise.reject(error));
      });
      const listening = linked.client.listen();
      await linked.peer.write("x");
      assertStrictEquals(await assertRejects(() => listening), error);
      await nextTurn();
      assertEquals(reported, [error]);
      assertEquals(printed.items, []);
    } finally {
      globalThis.removeEventListener("error", onReport);
    }
  });

  Deno.test(`Sending to the peer of ${name} that has left needs no await`, async () => {
    await using linked = await link();
    const { client, peer } = linked;
    const ended = client.listen();
    const send = () => {
      const [bytes, wait] = [new Uint8Array(1), { timeout: 60_000 }];
      for (const limits of [undefined, wait, { timeout: 0 }]) {
        client.write(bytes, undefined, limits);
        client.write(bytes, OPCode.textFrame, limits);
        client.write(bytes, OPCode.ping, limits);
        client.write(bytes, OPCode.pong, limits);
        client.writeString("x", limits);
        client.writeStr("x", limits);
        client.ping(undefined, limits);
        client.pong(undefined, limits);
        client.listen(limits);
      }
    };
    send();
    peer.terminate();
    // Before the end is seen, when it is, and behind it.
    send();
    await ended.catch(() => {});
    send();
    await nextTurn();
    assertEquals(client.state, State.closed);
    await assertRejects(() => client.ping(), ClosedError);
    await assertRejects(() => client.pong(), ClosedError);
  });
}

Deno.test("An onAttached callback that fails is printed without onError", async () => {
  using printed = new Printed();
  const error = new RangeError("Thrown by the test");
  const server = newServer(0, "", { hostname: "127.0.0.1" });
  server.onAttached(() => {
    throw error;
  });
  await using served = await serve(server);
  const client = newClient(served.url);
  await client.connect();
  await client.listen();
  await printed.have(1);
  await nextTurn();
  assertEquals(printed.items, [[WHAT, error]]);
});

Deno.test("The callbacks of a server that fail are printed without its onError", async () => {
  using printed = new Printed();
  const error = new RangeError("Thrown by the test");
  for (const hasOnError of [false, true]) {
    const server = newServer(0, "", { hostname: "127.0.0.1" });
    server.onMessage(() => Promise.reject(error));
    if (hasOnError) server.onError(() => {});
    await using served = await serve(server);
    const client = newClient(served.url);
    await client.connect();
    await client.writeString("x");
    await client.listen();
    await nextTurn();
    assertEquals(printed.items, [[WHAT, error]]);
  }
});

Deno.test("Nobody has to await the calls of a client that was never connected", async () => {
  const client = newClient("ws://127.0.0.1:1/");
  for (const limits of [undefined, { timeout: 0 }]) {
    client.write(new Uint8Array(1), undefined, limits);
    client.write(new Uint8Array(1), OPCode.ping, limits);
    client.writeString("x", limits);
    client.writeString("x".repeat(5000), limits);
    client.writeStr("x", limits);
    client.ping(undefined, limits);
    client.pong(undefined, limits);
    client.listen(limits);
    client.close();
  }
  await nextTurn();
  assertEquals(client.state, State.closed);
});

Deno.test("A client inside Deno.serve refuses to ping, as nothing would be sent", async () => {
  const [, link] = LINKS[2];
  await using linked = await link();
  const { client } = linked;
  const { NotSupported } = Deno.errors;
  await assertRejects(() => client.ping(), NotSupported);
  await assertRejects(() => client.pong(), NotSupported);
  const bytes = new Uint8Array(1);
  await assertRejects(() => client.write(bytes, OPCode.ping), NotSupported);
  await assertRejects(() => client.write(bytes, OPCode.pong), NotSupported);
  // Nobody has to look at them either.
  client.ping();
  client.pong();
  await nextTurn();
  assertEquals(client.state, State.open);
});

for (const [name, link] of LINKS) {
  Deno.test(`Bytes of another realm are sent by ${name}`, async () => {
    const { runInNewContext } = await import("node:vm");
    const make = (): Uint8Array =>
      runInNewContext("new Uint8Array([0, 104, 105]).subarray(1)");
    await using linked = await link();
    const { client, peer } = linked;
    assertEquals(await client.write(make()), 2);
    assertEquals(await client.write(make(), OPCode.textFrame), 2);
    assertEquals(await peer.read(), new Uint8Array([104, 105]));
    assertEquals(await peer.read(), "hi");
  });

  Deno.test(`Bytes of shared memory are sent by ${name}`, async () => {
    await using linked = await link();
    const { client, peer } = linked;
    const bytes = new Uint8Array(new SharedArrayBuffer(2));
    bytes.set([104, 105]);
    assertEquals(await client.write(bytes), 2);
    assertEquals(await client.write(bytes, OPCode.textFrame), 2);
    assertEquals(await peer.read(), new Uint8Array([104, 105]));
    assertEquals(await peer.read(), "hi");
  });

  Deno.test(`A detached view is a TypeError of ${name}, and not an empty message`, async () => {
    const { runInNewContext } = await import("node:vm");
    await using linked = await link();
    const { client } = linked;
    const foreign: Uint8Array<ArrayBuffer> = runInNewContext(
      "new Uint8Array(2)",
    );
    for (const bytes of [new Uint8Array(2), foreign]) {
      bytes.buffer.transfer();
      const what = "transferred";
      await assertRejects(() => client.write(bytes), TypeError, what);
      await assertRejects(
        () => client.write(bytes, OPCode.textFrame),
        TypeError,
      );
      await assertRejects(() => client.write(bytes, OPCode.pong), TypeError);
      await assertRejects(() => client.ping(bytes), TypeError, what);
      await assertRejects(() => client.pong(bytes), TypeError, what);
    }
    assertEquals(client.state, State.open);
  });
}

Deno.test("Control frames take bytes of another realm", async () => {
  const { runInNewContext } = await import("node:vm");
  const server = newServer(0, "", { hostname: "127.0.0.1" });
  const pongs = new Log<string>();
  server.onMessage((_ws, message) => pongs.add(message.text()));
  await using served = await serve(server);
  const client = newClient(served.url);
  client.onMessage((_ws, message) => pongs.add(message.text()));
  await client.connect();
  client.listen();
  const make = (): Uint8Array => runInNewContext("new Uint8Array([104, 105])");
  await client.pong(make());
  await client.ping(make());
  await client.write(make(), OPCode.ping);
  assertEquals(await pongs.have(3), ["hi", "hi", "hi"]);
  await client.close();
});
