import { assert, assertEquals, assertMatch } from "@std/assert";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { serveChat } from "../../../../chat/server/serve_chat.ts";
import { dialTcp } from "../../../../tcp/dial_tcp.ts";
import { dialTls } from "../../../../tcp/tls/dial_tls.ts";
import { caCert, serverCert, serverKey } from "../../../certificates.ts";
import { until } from "../../../tcp/support/_outcomes.ts";
import { Child } from "../../_child.ts";

const MAIN = new URL("../../../../chat/main.ts", import.meta.url);
const tls = { cert: serverCert, key: serverKey };
/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

Deno.test("the chat counts sockets in a TLS handshake, and closes one too many before TLS", async () => {
  await using server = serveChat({
    tcp: { port: 0, ...tls },
    http: { port: 0, ...tls },
    exemptLoopback: false,
    maxPerAddress: 4,
  });
  // On both sides together.
  const silent = await Promise.all(
    [0, 1, 2, 3].map((n) => dialTcp(n < 2 ? server.tcpAddr : server.httpAddr)),
  );
  const surplus: string[] = [];
  for (const addr of [server.tcpAddr, server.httpAddr]) {
    using conn = await dialTcp(addr);
    surplus.push(`${await conn.read(new Uint8Array(1), HANGS)}`);
  }
  assertEquals(surplus, ["null", "null"]);
  assertEquals(server.stats.refused, { "too-many-connections": 2 });
  // The beginning of a record: one that ends without a byte is not counted.
  for (const conn of silent) {
    await conn.write(Uint8Array.of(0x16));
    conn.close();
  }
  await until(() => server.stats.refused["broken"] === 4);
  // Their places are free again, and that of a user counts until it is over.
  for (let round = 0; round < 6; round++) {
    const user = await dialTls(server.tcpAddr, { caCerts: [caCert], ...HANGS });
    assertMatch(await user.readLine(HANGS) ?? "", /^\*\*\* Welcome/);
    user.close();
    await until(() => server.stats.connections.tcp === 0);
  }
});

Deno.test("the chat chooses its certificate by the name that a client asks for", async () => {
  const names: string[] = [];
  const certificate = (serverName: string) => {
    names.push(serverName);
    return tls;
  };
  await using server = serveChat({ tcp: { port: 0, certificate } });
  const address = `localhost:${server.tcpAddr.port}`;
  using user = await dialTls(address, {
    caCerts: [caCert],
    network: "tcp4",
    ...HANGS,
  });
  assertMatch(await user.readLine(HANGS) ?? "", /^\*\*\* Welcome/);
  assertEquals(names, ["localhost"]);
});

/** Reads the first line of a chat over TLS, from another address of this machine. */
async function greetFrom(localAddress: string, port: number): Promise<string> {
  const socket = connectTcp({ host: "127.0.0.1", port, localAddress });
  const secure = connectTls({ socket, servername: "localhost", ca: caCert });
  try {
    return await new Promise((resolve, reject) => {
      for (const one of [socket, secure]) one.on("error", reject);
      secure.on("data", (data: Uint8Array) => {
        resolve(new TextDecoder().decode(data));
      });
      secure.on("close", () => reject(new Error("The connection was closed")));
    });
  } finally {
    secure.destroy();
    socket.destroy();
  }
}

/** Limits that act first, and such that the files run out. */
const LIMITS = {
  "": [],
  ", though they take all": ["--max-per-address", "1000", "--max-new", "1000"],
};

for (const [how, limits] of Object.entries(LIMITS)) {
  Deno.test({
    name:
      `400 silent handshakes of one address keep nobody else out of a chat with 256 files${how}`,
    // Elsewhere, 127.0.0.2 is no address of this machine.
    ignore: Deno.build.os !== "linux" ||
      (["run", "read", "write"] as const).some((name) =>
        Deno.permissions.querySync({ name }).state !== "granted"
      ),
    fn: async () => {
      const directory = await Deno.makeTempDir();
      try {
        const [cert, key] = [`${directory}/cert.pem`, `${directory}/key.pem`];
        await Deno.writeTextFile(cert, serverCert);
        await Deno.writeTextFile(key, serverKey);
        const run = [
          ...[Deno.execPath(), "run", "--no-prompt", "--allow-net"],
          ...[`--allow-read=${directory}`, MAIN.href],
          ...["--port", "0", "--http-port", "0", "--exempt-loopback", "off"],
          ...["--tls-cert", cert, "--tls-key", key, ...limits],
        ];
        await using child = new Child("bash", [
          ...["-c", 'ulimit -n "$0" && exec "$@"', "256", ...run],
        ]);
        const line = await child.next() ?? "";
        const port = Number(/ on 127\.0\.0\.1:(\d+) /.exec(line)?.[1]);
        assert(port > 0, `Expected a port, got ${line}`);
        const address = { hostname: "127.0.0.1", port };
        const silent = await Promise.all(
          Array.from({ length: 400 }, () => dialTcp(address)),
        );
        for (let user = 0; user < 3; user++) {
          assertMatch(await greetFrom("127.0.0.2", port), /^\*\*\* Welcome/);
        }
        for (const conn of silent) conn.terminate();
        child.process.kill("SIGTERM");
        assertEquals((await child.end()).code, 0);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}
