// The signal that a handler of serve() gets.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { until } from "../support/_outcomes.ts";

/** Resolves when a signal aborts. */
function whenAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

for (const end of ["close", "terminate"] as const) {
  Deno.test(`a handler's signal aborts by ${end}()`, async () => {
    const listener = listenTcp("127.0.0.1:0");
    const reasons: unknown[] = [];
    const conns: TcpConn[] = [];
    const serving = listener.serve(async (conn, { signal }) => {
      assert(!signal.aborted);
      conns.push(conn);
      await whenAborted(signal);
      reasons.push(signal.reason);
    });
    using _client = await dialTcp(listener.addr);
    await until(() => conns.length === 1);
    conns[0]?.[end]();
    await until(() => reasons.length === 1);
    assertInstanceOf(reasons[0], ClosedError);
    _client.close();
    await listener.shutdown();
    await serving;
  });
}

Deno.test("a handler's signal aborts at the limit of shutdown()", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const errors: unknown[] = [];
  let signal: AbortSignal | undefined;
  const serving = listener.serve(async (_conn, info) => {
    signal = info.signal;
    await whenAborted(signal);
    signal.throwIfAborted();
  }, { onError: (error) => errors.push(error) });
  using _client = await dialTcp(listener.addr);
  await until(() => signal !== undefined);
  assertEquals(await listener.shutdown({ timeout: 0 }), 1);
  await serving;
  assertEquals(errors, [signal?.reason]);
});

Deno.test("a handler's signal aborts when the connection is idle", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn, { signal }) => {
    conn.setIdleTimeout(1, "close");
    await whenAborted(signal);
  });
  using client = await dialTcp(listener.addr);
  assertEquals(await client.readLine({ timeout: 60_000 }), null);
  client.close();
  await listener.shutdown();
  await serving;
});

Deno.test("a handler's signal aborts when the handler has settled", async () => {
  const listener = listenTcp("127.0.0.1:0");
  let signal: AbortSignal | undefined;
  const serving = listener.serve((_conn, info) => {
    signal = info.signal;
    assertStrictEquals(info.signal, signal);
  });
  using client = await dialTcp(listener.addr);
  assertEquals(await client.readLine({ timeout: 60_000 }), null);
  assert(signal?.aborted);
  client.close();
  await listener.shutdown();
  await serving;
});

Deno.test("a handler's signal that is asked for late has aborted", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const isAborted: boolean[] = [];
  const serving = listener.serve((conn, info) => {
    conn.terminate();
    isAborted.push(info.signal.aborted);
  });
  using _client = await dialTcp(listener.addr);
  await until(() => isAborted.length === 1);
  assertEquals(isAborted, [true]);
  await listener.shutdown();
  await serving;
});

Deno.test("a handler's signal does not abort when the peer ends", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn, { signal }) => {
    assertEquals(await conn.readLine(), null);
    await conn.writeString(`${signal.aborted}\n`);
  });
  using client = await dialTcp(listener.addr);
  await client.closeWrite();
  assertEquals(await client.readLine({ timeout: 60_000 }), "false");
  client.close();
  await listener.shutdown();
  await serving;
});

Deno.test("a handler of a TLS listener gets a signal", async () => {
  const address = { hostname: "127.0.0.1", port: 0 };
  const listener = listenTls(address, { cert: serverCert, key: serverKey });
  const ended = Promise.withResolvers<boolean>();
  const serving = listener.serve(async (conn, { signal }) => {
    const aborted = whenAborted(signal);
    conn.close();
    await aborted;
    ended.resolve(signal.aborted);
  });
  using client = await dialTls(
    { hostname: "localhost", port: listener.addr.port },
    { caCerts: [caCert] },
  );
  assert(await ended.promise);
  client.close();
  await listener.shutdown();
  await serving;
});
