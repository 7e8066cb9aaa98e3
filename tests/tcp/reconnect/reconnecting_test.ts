import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { ReconnectOptions } from "../../../internal/reconnect/reconnect_options.ts";
import { dialTcp, type TcpConn } from "../../../tcp/mod.ts";
import { reconnecting } from "../../../tcp/reconnect/reconnecting.ts";
import { LineServer, reached } from "./_world.ts";

const LIMIT = { timeout: 60_000 };
const REASON = new SyntaxError("Aborted by the test");

function connect(
  server: LineServer,
  options: ReconnectOptions<TcpConn> = {},
) {
  return reconnecting(
    ({ signal }) => dialTcp(server.addr, { signal }),
    { initialDelay: 0, ...options },
  );
}

Deno.test("reconnecting() gives one connection after the other", async () => {
  using server = new LineServer();
  const chunks: string[] = [];

  for await (const conn of connect(server)) {
    using other = await server.accept();
    await other.writeString(`part ${chunks.length}`);
    await other.closeWrite();
    chunks.push(await new Response(conn.readable).text());
    conn.close();
    if (chunks.length === 3) break;
  }

  assertEquals(chunks, ["part 0", "part 1", "part 2"]);
});

Deno.test("reconnecting() closes when the loop is left, by an error too", async () => {
  using server = new LineServer();
  const conns = connect(server);

  await assertRejects(async () => {
    for await (const _conn of conns) {
      // The peer ends with this end.
      server.accept().then((other) => other.close());
      throw REASON;
    }
  }, SyntaxError);

  await conns.closed;
  assertEquals(conns.state, { type: "closed", reason: undefined });
  assertEquals(await conns.connect(), null);
});

Deno.test("reconnecting() sends what was written before the loop was left", async () => {
  using server = new LineServer();
  let received = Promise.resolve("");

  for await (const conn of connect(server)) {
    const other = await server.accept();
    received = new Response(other.readable).text().finally(() => other.close());
    conn.writeString("x".repeat(1_000_000));
    break;
  }

  assertEquals((await received).length, 1_000_000);
});

Deno.test("reconnecting() cuts a connection that is open when the next is asked for", async () => {
  using server = new LineServer();
  await using conns = connect(server);
  const first = await conns.connect();
  using _other = await server.accept();

  const second = await conns.connect();
  using another = await server.accept();

  assert(first !== null && second !== null && first !== second);
  assertEquals([first.state, second.state], ["closed", "open"]);
  await another.closeWrite();
});

Deno.test("reconnecting() leaves a connection alone that its user has closed", async () => {
  using server = new LineServer();
  await using conns = connect(server);
  const first = await conns.connect();
  using other = await server.accept();
  first?.writeString("x".repeat(1_000_000));
  first?.close();

  const connecting = conns.connect();

  assertEquals((await new Response(other.readable).text()).length, 1_000_000);
  other.close();
  await connecting;
  using another = await server.accept();
  await another.closeWrite();
});

Deno.test("reconnecting() gives the same connection to calls that wait together", async () => {
  using server = new LineServer();
  await using conns = connect(server);

  const [first, second] = await Promise.all([
    conns.connect(LIMIT),
    conns.connect(LIMIT),
  ]);

  assert(first !== null && first === second);
  using other = await server.accept();
  await other.closeWrite();
});

Deno.test("reconnecting() keeps the connection of a call that gives up for the next one", async () => {
  using server = new LineServer();
  const dialling = Promise.withResolvers<void>();
  let count = 0;
  await using conns = reconnecting(async ({ signal }) => {
    count++;
    await dialling.promise;
    return await dialTcp(server.addr, { signal });
  });
  const controller = new AbortController();
  const aborted = conns.connect({ signal: controller.signal });
  const late = conns.connect({ timeout: 1 });
  controller.abort(REASON);

  await assertRejects(() => aborted, SyntaxError);
  await assertRejects(() => late, DOMException);
  await assertRejects(() => conns.connect({ deadline: 0 }), DOMException);
  await assertRejects(() => conns.connect({ timeout: -1 }), RangeError);
  dialling.resolve();

  assert(await conns.connect(LIMIT) !== null);
  assertEquals(count, 1);
  using other = await server.accept();
  await other.closeWrite();
});

Deno.test("reconnecting() runs onOpen on each connection before it gives it away", async () => {
  using server = new LineServer();
  await using conns = connect(server, {
    onOpen: (conn) => conn.writeString("login\n"),
  });

  for (let count = 0; count < 2; count++) {
    const conn = await conns.connect();
    await conn?.writeString("hello\n");
    const other = await server.accept();
    assertEquals(await other.readLine(), "login");
    assertEquals(await other.readLine(), "hello");
    other.close();
  }
});

Deno.test("reconnecting() tells its states", async () => {
  using server = new LineServer();
  const conns = connect(server);
  const states = Array.fromAsync(conns.states, ({ type }) => type);
  await conns.connect();
  using _first = await server.accept();
  await conns.connect();
  using second = await server.accept();
  await second.closeWrite();

  await conns.close();

  assertEquals(await states, [
    ...["connecting", "open", "lost", "connecting", "open", "closed"],
  ]);
});

Deno.test("reconnecting() ends with the reason of its signal", async () => {
  using server = new LineServer();
  const controller = new AbortController();
  const conns = connect(server, { signal: controller.signal });
  const conn = await conns.connect();
  using _other = await server.accept();
  const reading = conn?.read(new Uint8Array(1));

  controller.abort(REASON);
  await conns.closed;

  await assertRejects(async () => await reading);
  assertEquals(conn?.state, "closed");
  assertEquals(await assertRejects(() => conns.connect()), REASON);
});

Deno.test("reconnecting() without pauses lets timers fire, however fast a dial fails", async () => {
  // Without an end, it would never come to the timer.
  const most = 100_000;
  let attempts = 0;
  const controller = new AbortController();
  const conns = reconnecting<TcpConn>(() => {
    return ++attempts < most ? Promise.reject(REASON) : new Promise(() => {});
  }, { initialDelay: 0, signal: controller.signal });
  setTimeout(() => controller.abort(REASON), 0);

  assertEquals(await assertRejects(() => conns.connect()), REASON);
  await conns.closed;
  assert(attempts < most);
});

Deno.test("reconnecting() ends a loop with the error when the attempts are used up", async () => {
  const conns = reconnecting<TcpConn>(() => Promise.reject(REASON), {
    initialDelay: 0,
    maxAttempts: 3,
  });

  const error = await assertRejects(async () => {
    for await (const _conn of conns);
  }, Error);

  assertEquals(error.cause, REASON);
  assertEquals((await reached(conns, "closed")).reason, error);
});

Deno.test("reconnecting() cuts a peer that does not end at the limit of close()", async () => {
  using server = new LineServer();
  const conns = connect(server);
  const conn = await conns.connect();
  using _other = await server.accept();
  await conn?.writeString("hello");

  await assertRejects(() => conns.close({ timeout: -1 }), RangeError);
  await conns.close({ timeout: 1 });

  assertEquals(conn?.state, "closed");
});

Deno.test("reconnecting() closes while it dials", async () => {
  const conns = reconnecting<TcpConn>(() => new Promise(() => {}));
  const connecting = conns.connect();

  await conns.close();

  assertEquals(await connecting, null);
});

Deno.test("reconnecting() refuses options that can't be", () => {
  const dial = () => new Promise<TcpConn>(() => {});

  assertThrows(() => reconnecting(dial, { factor: 0 }), RangeError);
  assertThrows(
    () => reconnecting(1 as unknown as typeof dial),
    TypeError,
  );
});
