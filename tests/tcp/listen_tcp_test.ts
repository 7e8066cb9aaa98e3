import {
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { TcpListener } from "../../tcp/tcp_listener.ts";

/** Whether the machine has IPv6 on its loopback interface. */
const hasIpv6 = canListen("::1");

function canListen(hostname: string): boolean {
  try {
    Deno.listen({ hostname, port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("listenTcp() listens at once, on a port that the system chose", async () => {
  using listener = listenTcp("127.0.0.1:0");
  assertInstanceOf(listener, TcpListener);
  assertEquals(listener.addr.transport, "tcp");
  assertEquals(listener.addr.hostname, "127.0.0.1");
  using client = await dialTcp(listener.addr);
  using server = await listener.accept();
  assertEquals(server.remoteAddr, client.localAddr);
  assertEquals(server.localAddr, listener.addr);
});

Deno.test("listenTcp() takes an object, and an address without a host", async () => {
  using first = listenTcp({ hostname: "127.0.0.1", port: 0 });
  assertEquals(first.addr.hostname, "127.0.0.1");
  for (const address of [{ port: 0 }, ":0", 0]) {
    using listener = listenTcp(address);
    using client = await dialTcp(listener.addr);
    using server = await listener.accept();
    assertEquals(server.remoteAddr, client.localAddr);
    using old = listenTcp(address, { network: "tcp4" });
    assertEquals(old.addr.hostname, "0.0.0.0");
  }
});

Deno.test({
  name: "listenTcp() takes IPv6 addresses in brackets",
  ignore: !hasIpv6,
  fn: async () => {
    for (const address of ["[::1]:0", { hostname: "[::1]", port: 0 }]) {
      using listener = listenTcp(address);
      assertEquals(listener.addr.hostname, "::1");
      using client = await dialTcp(listener.addr);
      using server = await listener.accept();
      assertEquals(client.peerIp, "::1");
      assertEquals(server.peerIp, "::1");
    }
  },
});

Deno.test({
  name: "listenTcp() with tcp6 listens on all interfaces of IPv6",
  ignore: !hasIpv6,
  fn: async () => {
    using listener = listenTcp(":0", { network: "tcp6" });
    assertEquals(listener.addr.hostname, "::");
    const { port } = listener.addr;
    using _client = await dialTcp(`[::1]:${port}`);
    using server = await listener.accept();
    assertEquals(server.peerIp, "::1");
  },
});

Deno.test("listenTcp() names the address that is in use", () => {
  using listener = listenTcp("127.0.0.1:0");
  const { port } = listener.addr;
  const error = assertThrows(
    () => listenTcp(`127.0.0.1:${port}`),
    Deno.errors.AddrInUse,
    `Cannot listen on 127.0.0.1:${port}: `,
  );
  assertInstanceOf(error.cause, Deno.errors.AddrInUse);
});

Deno.test("listenTcp() names a host that has no address", () => {
  const hostname = `${"a".repeat(64)}.invalid`;
  const error = assertThrows(
    () => listenTcp({ hostname, port: 0 }),
    Deno.errors.NotFound,
  );
  assertStringIncludes(error.message, `Cannot listen on ${hostname}:0: `);
});

Deno.test("listenTcp() throws for a bad address before any I/O", () => {
  assertThrows(() => listenTcp("localhost"), SyntaxError);
  assertThrows(() => listenTcp("127.0.0.1:http"), SyntaxError);
  assertThrows(() => listenTcp("127.0.0.1:70000"), RangeError);
  assertThrows(() => listenTcp(-1), RangeError);
  assertThrows(() => listenTcp(65536), RangeError);
  assertThrows(() => listenTcp(NaN), RangeError);
  assertThrows(() => listenTcp(80.5), RangeError);
  assertThrows(() => listenTcp({ port: "80" as unknown as number }), TypeError);
  assertThrows(() => listenTcp(true as unknown as number), TypeError);
  assertThrows(
    () => listenTcp(0, { network: "udp" as unknown as "tcp" }),
    TypeError,
    'Cannot use network "udp"',
  );
});

for (const count of [NaN, -1, "5"]) {
  Deno.test(`listenTcp() with a limit of ${Deno.inspect(count)} throws and leaves no listener`, () => {
    using free = listenTcp("127.0.0.1:0");
    const { port } = free.addr;
    free.close();
    for (const name of ["maxConnections", "maxConnectionsPerIp"]) {
      assertThrows(
        () => listenTcp({ hostname: "127.0.0.1", port }, { [name]: count }),
        typeof count === "number" ? RangeError : TypeError,
        `Cannot use ${name} `,
      );
    }
    listenTcp({ hostname: "127.0.0.1", port }).close();
  });
}

Deno.test("listenTcp() gives its connections the options asked for", async () => {
  const options = { noDelay: false, keepAlive: true, backlog: 4 };
  using listener = listenTcp("127.0.0.1:0", options);
  using client = await dialTcp(listener.addr, options);
  using server = await listener.accept();
  await server.writeString("hello\n");
  assertEquals(await client.readLine(), "hello");
});

Deno.test("listenTcp() listens on a port again as soon as `await using` has left it", async () => {
  let port = 0;
  for (let round = 0; round < 20; round++) {
    await using listener = listenTcp({ hostname: "127.0.0.1", port });
    port = listener.addr.port;
    using _client = await dialTcp(listener.addr);
    // The server closes first, and one accept is in flight.
    (await listener.accept()).close();
    listener.accept().catch(() => {});
  }
});
