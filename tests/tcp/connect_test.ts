import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { delay } from "@std/async";
import type { SystemErrorInfo } from "../../internal/errors/system_error.ts";
import { limited } from "../../internal/wait/limited.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { connect } from "../../tcp/_connect.ts";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { TcpConn } from "../../tcp/tcp_conn.ts";
import {
  assertTimesOut,
  errorOf,
  nextTurn,
  until,
} from "./support/_outcomes.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

type Connect = (options: Deno.ConnectOptions) => Promise<Deno.TcpConn>;

/** One call of `Deno.connect` that the test answers. */
interface Attempt extends PromiseWithResolvers<Deno.TcpConn> {
  readonly options: Deno.ConnectOptions;
}

/** Puts attempts that the test answers in the place of `Deno.connect`. */
function fakeConnect() {
  const attempts: Attempt[] = [];
  const real = Deno.connect;
  const fake: Connect = (options) => {
    const attempt = { options, ...Promise.withResolvers<Deno.TcpConn>() };
    attempts.push(attempt);
    return attempt.promise;
  };
  Object.assign(Deno, { connect: fake });
  return {
    attempts,
    [Symbol.dispose]: () => void Object.assign(Deno, { connect: real }),
  };
}

/** A raw connection that only counts how often it was closed. */
function fakeConn() {
  const addr: Deno.NetAddr = {
    transport: "tcp",
    hostname: "127.0.0.1",
    port: 9,
  };
  const counts = { closed: 0 };
  const conn = {
    localAddr: addr,
    remoteAddr: addr,
    close: () => void counts.closed++,
    setNoDelay() {},
    setKeepAlive() {},
    ref() {},
    unref() {},
  };
  return { conn: conn as unknown as Deno.TcpConn, counts };
}

Deno.test("a dial that times out while it connects closes the late connection", async () => {
  using fake = fakeConnect();
  await assertTimesOut(dialTcp("127.0.0.1:9", { timeout: 1 }));
  const [attempt] = fake.attempts;
  assertEquals(attempt?.options.signal?.aborted, true);
  const late = fakeConn();
  attempt?.resolve(late.conn);
  await nextTurn();
  assertEquals(late.counts.closed, 1);
});

Deno.test("a dial that is aborted while it connects rejects with the reason itself", async () => {
  using fake = fakeConnect();
  const controller = new AbortController();
  const dialling = errorOf(
    dialTcp("127.0.0.1:9", { signal: controller.signal }),
  );
  await until(() => fake.attempts.length === 1);
  const reason = "a reason that is no object";
  controller.abort(reason);
  assertStrictEquals(await dialling, reason);
  // The runtime's answer to the abort comes later, and is no news.
  fake.attempts[0]?.reject(reason);
  await nextTurn();
});

Deno.test("a connection that the runtime has when the signal aborts is closed", async () => {
  using fake = fakeConnect();
  const controller = new AbortController();
  const dialling = errorOf(
    dialTcp("127.0.0.1:9", { signal: controller.signal }),
  );
  await until(() => fake.attempts.length === 1);
  const reason = new RangeError("Stopped by the test");
  controller.abort(reason);
  assertStrictEquals(await dialling, reason);
  const [attempt] = fake.attempts;
  // As the runtime does: it looks at the signal when it has the connection.
  const late = fakeConn();
  try {
    attempt?.options.signal?.throwIfAborted();
    attempt?.resolve(late.conn);
  } catch (error) {
    attempt?.reject(error);
  }
  await nextTurn();
  assertEquals(late.counts.closed, 1);
});

Deno.test("a dial is over for the caller when the runtime does not react to the abort", async () => {
  using fake = fakeConnect();
  const controller = new AbortController();
  const dialling = errorOf(
    dialTcp("127.0.0.1:9", { signal: controller.signal }),
  );
  await until(() => fake.attempts.length === 1);
  const reason = new RangeError("Stopped by the test");
  controller.abort(reason);
  assertStrictEquals(await dialling, reason);
  fake.attempts[0]?.reject(new Deno.errors.TimedOut("Too late"));
  await nextTurn();
});

Deno.test("a connection that comes together with the abort is either given or closed", async () => {
  for (let hops = 0; hops < 30; hops++) {
    using fake = fakeConnect();
    const controller = new AbortController();
    const reason = new RangeError("Stopped by the test");
    const outcome = dialTcp("127.0.0.1:9", { signal: controller.signal })
      .then((conn) => ({ conn }), (error) => ({ error }));
    await until(() => fake.attempts.length === 1);
    const late = fakeConn();
    fake.attempts[0]?.resolve(late.conn);
    for (let hop = 0; hop < hops; hop++) await Promise.resolve();
    controller.abort(reason);
    const result = await outcome;
    await nextTurn();
    const place = `Aborted ${hops} microtasks after the connect`;
    if ("conn" in result) {
      assertEquals(late.counts.closed, 0, place);
      assertEquals(result.conn.state, "open", place);
    } else {
      assertStrictEquals(result.error, reason, place);
      assertEquals(late.counts.closed, 1, place);
    }
  }
});

Deno.test("limited() never gives a result that it has discarded", async () => {
  for (let hops = 0; hops < 6; hops++) {
    const controller = new AbortController();
    const running = Promise.withResolvers<string>();
    const discarded: string[] = [];
    const outcome = limited(
      "Cannot do it",
      { signal: controller.signal },
      () => running.promise,
      (late) => discarded.push(late),
    ).catch(() => "rejected");
    await nextTurn();
    running.resolve("result");
    for (let hop = 0; hop < hops; hop++) await Promise.resolve();
    controller.abort(new Error("Stopped by the test"));
    const isRejected = await outcome === "rejected";
    await nextTurn();
    assertEquals(discarded.length, isRejected ? 1 : 0, `After ${hops}`);
  }
});

Deno.test("a dial names what the runtime refuses, of whatever class it is", async () => {
  for (const Class of [URIError, TypeError, Error]) {
    using fake = fakeConnect();
    const dialling = errorOf(dialTcp("127.0.0.1:9"));
    await until(() => fake.attempts.length === 1);
    const failure = new Class("Illegal host");
    fake.attempts[0]?.reject(failure);
    const error = await dialling;
    assertInstanceOf(error, Class);
    assertStrictEquals(error.cause, failure);
    assertEquals(error.message, "Cannot dial 127.0.0.1:9: illegal host");
    const { operation, address } = error as Error & Partial<SystemErrorInfo>;
    assertEquals([operation, address], ["dial", "127.0.0.1:9"]);
  }
});

Deno.test("a failure that is no system error is passed on as it is", async () => {
  using fake = fakeConnect();
  const dialling = errorOf(dialTcp("127.0.0.1:9"));
  await until(() => fake.attempts.length === 1);
  const failure = new SyntaxError("Nothing of the system");
  fake.attempts[0]?.reject(failure);
  assertStrictEquals(await dialling, failure);
});

/** A raw connection whose ends are one, as of a socket connected to itself. */
function selfConnected(port: number) {
  const { conn, counts } = fakeConn();
  const addr: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port };
  return { conn: { ...conn, localAddr: addr, remoteAddr: addr }, counts };
}

Deno.test("a dial that has connected to itself is tried again", async () => {
  using fake = fakeConnect();
  const dialling = dialTcp("127.0.0.1:40000");
  await until(() => fake.attempts.length === 1);
  const first = selfConnected(40_000);
  fake.attempts[0]?.resolve(first.conn);
  await until(() => fake.attempts.length === 2);
  assertEquals(first.counts.closed, 1);
  const second = fakeConn();
  fake.attempts[1]?.resolve(second.conn);
  const conn = await dialling;
  assertEquals(conn.remoteAddr.port, 9);
});

Deno.test("a dial that connects to itself three times is refused", async () => {
  using fake = fakeConnect();
  const dialling = errorOf(dialTcp("127.0.0.1:40000"));
  const conns = [1, 2, 3].map(() => selfConnected(40_000));
  for (const [index, { conn }] of conns.entries()) {
    await until(() => fake.attempts.length === index + 1);
    fake.attempts[index]?.resolve(conn);
  }
  const error = await dialling;
  assertInstanceOf(error, Deno.errors.ConnectionRefused);
  assertEquals(
    (error as Error & Partial<SystemErrorInfo>).code,
    "ECONNREFUSED",
  );
  assertEquals(conns.map(({ counts }) => counts.closed), [1, 1, 1]);
  assertEquals(fake.attempts.length, 3);
});

Deno.test("a dial that is aborted while it connects to itself ends", async () => {
  using fake = fakeConnect();
  const controller = new AbortController();
  const { signal } = controller;
  const dialling = errorOf(dialTcp("127.0.0.1:40000", { signal }));
  await until(() => fake.attempts.length === 1);
  const reason = new RangeError("Stopped by the test");
  controller.abort(reason);
  const { conn, counts } = selfConnected(40_000);
  fake.attempts[0]?.resolve(conn);
  assertStrictEquals(await dialling, reason);
  await until(() => counts.closed === 1);
  assertEquals(fake.attempts.length, 1);
});

/** A name with several addresses, whatever this machine's own look-up knows. */
const addresses = ["::1", "127.0.0.1"];

async function dialSeveral(
  address: { hostname: string; port: number },
  options: WaitOptions = {},
): Promise<TcpConn> {
  const { hostname, port } = address;
  const resolve = () => Promise.resolve([...addresses]);
  const raw = await limited(
    `Cannot dial ${hostname}:${port}`,
    options,
    (signal) => connect(hostname, port, "any", signal, { resolve }),
    (late) => late.close(),
  );
  return new TcpConn(raw);
}

function testSeveral(title: string, run: (name: string) => Promise<void>) {
  Deno.test(title, () => run("several.test"));
}

for (const host of ["127.0.0.1", "[::1]"]) {
  testSeveral(
    `a name with two addresses reaches the one that listens, ${host}`,
    async (name) => {
      using listener = listenTcp(`${host}:0`);
      const { port } = listener.addr;
      using client = await dialSeveral({ hostname: name, port }, HANGS);
      using server = await listener.accept(HANGS);
      assertEquals(server.remoteAddr, client.localAddr);
      assertEquals(client.peerIp, listener.addr.hostname);
    },
  );
}

testSeveral("an error names every address that was tried", async (name) => {
  using fake = fakeConnect();
  const dialling = errorOf(dialSeveral({ hostname: name, port: 9 }));
  const found = addresses;
  for (const index of found.keys()) {
    await until(() => fake.attempts.length === index + 1);
    fake.attempts[index]?.reject(
      new Deno.errors.ConnectionRefused(`Connection refused ${index}`),
    );
  }
  const error = await dialling;
  assertInstanceOf(error, Deno.errors.ConnectionRefused);
  assertStringIncludes(error.message, `Cannot dial ${name}:9: tried `);
  for (const [index, address] of found.entries()) {
    const named = address.includes(":") ? `[${address}]:9` : `${address}:9`;
    assertStringIncludes(
      error.message,
      `${named}: connection refused ${index}`,
    );
  }
  assertInstanceOf(error.cause, AggregateError);
  assertEquals(error.cause.errors.length, found.length);
});

testSeveral(
  "an address that stays silent is overtaken, and its late connection closed",
  async (name) => {
    using fake = fakeConnect();
    const dialling = dialSeveral({ hostname: name, port: 9 });
    await until(() => fake.attempts.length === 1);
    // The head start of the first passes.
    while (fake.attempts.length < 2) {
      await delay(10);
    }
    const [first, second] = fake.attempts;
    const winner = fakeConn();
    const late = fakeConn();
    second?.resolve(winner.conn);
    using conn = await dialling;
    assertEquals(conn.state, "open");
    assertEquals(first?.options.signal?.aborted, true);
    first?.resolve(late.conn);
    await nextTurn();
    assertEquals([winner.counts.closed, late.counts.closed], [0, 1]);
  },
);

testSeveral(
  "two connections at once: one is given, the other closed",
  async (name) => {
    using fake = fakeConnect();
    const dialling = dialSeveral({ hostname: name, port: 9 });
    while (fake.attempts.length < 2) {
      await delay(10);
    }
    const conns = [fakeConn(), fakeConn()];
    for (const [index, { conn }] of conns.entries()) {
      fake.attempts[index]?.resolve(conn);
    }
    using conn = await dialling;
    await nextTurn();
    assertEquals(conn.state, "open");
    assertEquals(conns.map(({ counts }) => counts.closed), [0, 1]);
  },
);

testSeveral(
  "an abort stops every attempt and closes what comes late",
  async (name) => {
    using fake = fakeConnect();
    const controller = new AbortController();
    const dialling = errorOf(
      dialSeveral({ hostname: name, port: 9 }, { signal: controller.signal }),
    );
    while (fake.attempts.length < 2) {
      await delay(10);
    }
    const reason = new RangeError("Stopped by the test");
    controller.abort(reason);
    assertStrictEquals(await dialling, reason);
    assert(fake.attempts.every(({ options }) => options.signal?.aborted));
    const conns = [fakeConn(), fakeConn()];
    for (const [index, { conn }] of conns.entries()) {
      fake.attempts[index]?.resolve(conn);
    }
    await nextTurn();
    assertEquals(conns.map(({ counts }) => counts.closed), [1, 1]);
  },
);
