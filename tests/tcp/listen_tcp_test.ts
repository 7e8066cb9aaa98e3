import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { listenTcpShared } from "../../tcp/listen_tcp_shared.ts";
import { TcpListener } from "../../tcp/tcp_listener.ts";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { until } from "./support/_outcomes.ts";
import { caCert, serverCert, serverKey } from "../certificates.ts";

const serverIdentity = { cert: serverCert, key: serverKey };

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

Deno.test({
  name: "listeners with tcp6 close connections of IPv4, and count them",
  ignore: !hasIpv6,
  fn: async () => {
    const options = { network: "tcp6" } as const;
    const makers = {
      listenTcp: () => listenTcp(":0", options),
      listenTcpShared: () => listenTcpShared(":0", options),
      listenTls: () => listenTls(":0", { ...options, ...serverIdentity }),
      "listenTls by the runtime": () =>
        listenTls(":0", {
          ...options,
          ...serverIdentity,
          tlsBackend: "runtime",
        }),
    };
    for (const [name, make] of Object.entries(makers)) {
      using listener = await make();
      const { port } = listener.addr;
      const accepting = listener.accept({ timeout: 60_000 });
      using refused = await dialTcp(`127.0.0.1:${port}`);
      // The runtime's TLS frees no socket that it has accepted.
      if (!name.endsWith("runtime")) {
        assertEquals(await refused.read(new Uint8Array(1)), null, name);
      }
      await until(() => listener.droppedCount === 1);
      assertEquals(listener.acceptedCount, 0);
      using _client = name.startsWith("listenTls")
        ? await dialTls(`[::1]:${port}`, {
          caCerts: [caCert],
          serverName: "localhost",
        })
        : await dialTcp(`[::1]:${port}`);
      using server = await accepting;
      assertEquals(server.peerIp, "::1", name);
    }
  },
});

Deno.test({
  name: "listenTcp() refuses an address of another family than that asked for",
  ignore: !hasIpv6,
  fn: async () => {
    const cases = [
      ["127.0.0.1:0", "tcp6", '"127.0.0.1" has no IPv6 address'],
      ["[::1]:0", "tcp4", '"::1" has no IPv4 address'],
    ] as const;
    for (const [address, network, reason] of cases) {
      const error = assertThrows(
        () => listenTcp(address, { network }),
        Deno.errors.NotFound,
        "Cannot listen on ",
      );
      assertStringIncludes(error.message, reason);
      await assertRejects(
        () => listenTcpShared(address, { network }),
        Deno.errors.NotFound,
        reason,
      );
    }
    // Of a name, the runtime takes the first address.
    using first = listenTcp("localhost:0");
    const isIpv4 = first.addr.hostname === "127.0.0.1";
    const other = isIpv4 ? "tcp6" : "tcp4";
    assertThrows(
      () => listenTcp("localhost:0", { network: other }),
      Deno.errors.NotFound,
      '"localhost" has no',
    );
    using same = listenTcp("localhost:0", {
      network: isIpv4 ? "tcp4" : "tcp6",
    });
    assertEquals(same.addr.hostname, first.addr.hostname);
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
