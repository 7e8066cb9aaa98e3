import { assertEquals, assertThrows } from "@std/assert";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { testCertificate } from "../../../tcp/tls/test_certificate.ts";
import { newClient } from "../../../websocket/callbacks/client.ts";
import { newServer } from "../../../websocket/callbacks/server.ts";

const { cert, key, caCert } = testCertificate;

/** Whether one socket of this machine can be for both families. */
const hasBoth = Deno.build.os !== "windows" && canReachItself("::1");

function canReachItself(hostname: string): boolean {
  try {
    Deno.listen({ hostname, port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

const canRun = (["run", "read"] as const).every((name) =>
  Deno.permissions.querySync({ name }).state === "granted"
);

/** What listening comes to in a process of its own, by each call. */
async function listenWith(
  permission: string,
  address: string,
  around: string[] = [],
): Promise<string[]> {
  const program = import.meta.resolve("../programs/_listen_program.ts");
  const [command = "", ...args] = [
    ...around,
    Deno.execPath(),
    ...["run", "--no-prompt", permission, program, address],
  ];
  const output = await new Deno.Command(command, { args, stdin: "null" })
    .output();
  const text = new TextDecoder().decode(output.stdout);
  return [...new Set(text.trim().split("\n"))];
}

Deno.test({
  name: "an address without a host is reached by both families",
  ignore: !hasBoth,
  async fn() {
    for (const address of [0, ":0", { port: 0 }]) {
      using listener = listenTcp(address);
      assertEquals(listener.addr.hostname, "::");
      for (const ip of ["127.0.0.1", "::1"]) {
        const { port } = listener.addr;
        using client = await dialTcp({ hostname: ip, port });
        using server = await listener.accept();
        assertEquals(server.remoteAddr, client.localAddr);
        assertEquals(server.localAddr, client.remoteAddr);
        assertEquals(server.peerIp, ip);
        assertEquals(listener.connectionCountOf(ip), 1);
      }
    }
  },
});

Deno.test("a network of one family listens as its name says", async () => {
  using listener = listenTcp(0, { network: "tcp4" });
  assertEquals(listener.addr.hostname, "0.0.0.0");
  using client = await dialTcp(listener.addr);
  using server = await listener.accept();
  assertEquals(server.remoteAddr, client.localAddr);
});

Deno.test({
  name: "peers with IPv4 appear as IPv4 on an explicit host for both families",
  ignore: !hasBoth,
  async fn() {
    using listener = listenTcp("[::]:0", { maxConnectionsPerIp: 1 });
    const address = { hostname: "127.0.0.1", port: listener.addr.port };
    using client = await dialTcp(address);
    using server = await listener.accept();
    assertEquals(server.remoteAddr, client.localAddr);
    assertEquals(server.localAddr, { transport: "tcp", ...address });
    assertEquals(listener.connectionCountOf("127.0.0.1"), 1);
  },
});

Deno.test("connectionCountOf() of no string is a TypeError", () => {
  using listener = listenTcp("127.0.0.1:0");
  assertThrows(
    // @ts-expect-error: not a string
    () => listener.connectionCountOf(5),
    TypeError,
    "expected a string",
  );
});

Deno.test({
  name: "listenTls() without a host is reached by both families",
  ignore: !hasBoth,
  async fn() {
    using listener = listenTls(0, { cert, key });
    assertEquals(listener.addr.hostname, "::");
    const { port } = listener.addr;
    for (const hostname of ["127.0.0.1", "::1"]) {
      const accepting = listener.accept();
      using client = await dialTls({ hostname, port }, {
        caCerts: [caCert],
        serverName: "localhost",
      });
      using server = await accepting;
      assertEquals(server.remoteAddr, client.localAddr);
      assertEquals(server.localAddr, client.remoteAddr);
    }
  },
});

Deno.test({
  name: "a WebSocket server without a hostname is reached by both families",
  ignore: !hasBoth,
  async fn() {
    await using server = newServer(0);
    const peers: unknown[] = [];
    server.onConnect(({ remoteAddr }) => {
      peers.push((remoteAddr as Deno.NetAddr).hostname);
    });
    const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
    const serving = server.listen({ onListen: resolve });
    const { hostname, port } = await promise;
    assertEquals(hostname, "::");
    for (const host of ["127.0.0.1", "[::1]"]) {
      const client = newClient(`ws://${host}:${port}/`);
      await client.connect();
      await client.close();
    }
    await server.close();
    await serving;
    assertEquals(peers, ["127.0.0.1", "::1"]);
  },
});

Deno.test({
  name: "an address without a host takes the families that the process may use",
  ignore: !canRun || !hasBoth,
  async fn() {
    const listen = (hosts: string) => listenWith(`--allow-net${hosts}`, ":0");
    assertEquals(await listen(""), ["::"]);
    assertEquals(await listen("=[::]"), ["::"]);
    assertEquals(await listen("=0.0.0.0"), ["0.0.0.0"]);
    assertEquals(await listen("=0.0.0.0:0"), ["0.0.0.0"]);
    assertEquals(await listen("=127.0.0.1"), ["NotCapable"]);
  },
});

const hasPython = canRun && Deno.build.os === "linux" &&
  await (async () => {
    try {
      const args = ["-c", "import ctypes"];
      const options = { args, stdout: "null", stderr: "null" } as const;
      const python = new Deno.Command("python3", options);
      return (await python.output()).success;
    } catch {
      return false;
    }
  })();

Deno.test({
  name: "an address without a host is IPv4 alone on a system without IPv6",
  ignore: !hasPython,
  async fn() {
    const script =
      new URL("../programs/_without_ipv6.py", import.meta.url).pathname;
    assertEquals(
      await listenWith("--allow-net", ":0", ["python3", script]),
      ["0.0.0.0"],
    );
  },
});
