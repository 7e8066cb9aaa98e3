// The PROXY protocol as HAProxy and nginx speak it.

import { assert, assertEquals } from "@std/assert";
import { joinAddress } from "../../../internal/address/address.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { readAll } from "../../../tcp/read_all.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import { startTls } from "../../../tcp/tls/start_tls.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import type { TcpListener } from "../../../tcp/tcp_listener.ts";
import type { TlsConn } from "../../../tcp/tls/tls_conn.ts";
import type { TlsListener } from "../../../tcp/tls/tls_listener.ts";
import { listenUnix } from "../../../tcp/unix/listen_unix.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { isEnded } from "../support/_peer.ts";
import { until } from "../support/_outcomes.ts";
import { HAS_HAPROXY, HAS_NGINX, ProxyProgram } from "./_proxy_programs.ts";
import { FROM_HERE, HANGS } from "./_support.ts";

const IDENTITY = { cert: serverCert, key: serverKey };

/** Serves lines behind the address of the client, and gathers errors. */
function serveLines(listener: TcpListener | TlsListener) {
  const errors: unknown[] = [];
  const serving = listener.serve(
    async (conn: TcpConn | TlsConn) => {
      const line = await conn.readLine(HANGS);
      if (line === null) return;
      await conn.writeString(
        `${conn.peerIp} by ${conn.proxyAddr?.hostname}: ${line}\n`,
      );
      // Until the client ends.
      await conn.readLine();
    },
    { onError: (error) => errors.push(error) },
  );
  return {
    listener,
    errors,
    target: joinAddress(listener.addr.hostname, listener.addr.port),
    async [Symbol.asyncDispose]() {
      await listener.shutdown({ timeout: 5000 });
      await serving;
    },
  };
}

/** Dials a proxy from an address of this machine. */
async function dialFrom(
  hostname: string,
  proxy: ProxyProgram,
): Promise<TcpConn> {
  return await dialTcp(proxy.addr, { localAddress: hostname, ...HANGS });
}

async function ask(
  conn: Pick<TcpConn, "writeString" | "readLine">,
): Promise<string | null> {
  await conn.writeString("hello\n");
  return await conn.readLine(HANGS);
}

/** The proxies, each with the server that it passes connections on to. */
const PROXIES: Record<
  string,
  { ignore: boolean; start(target: string): Promise<ProxyProgram> }
> = {
  "HAProxy's send-proxy": {
    ignore: !HAS_HAPROXY,
    start: (target) => ProxyProgram.haproxy(`${target} send-proxy`),
  },
  "HAProxy's send-proxy-v2": {
    ignore: !HAS_HAPROXY,
    start: (target) => ProxyProgram.haproxy(`${target} send-proxy-v2`),
  },
  "HAProxy's send-proxy-v2 with extensions": {
    ignore: !HAS_HAPROXY,
    start: (target) =>
      ProxyProgram.haproxy(
        `${target} send-proxy-v2-ssl-cn proxy-v2-options ssl,cert-cn,crc32c`,
      ),
  },
  "nginx's proxy_protocol": {
    ignore: !HAS_NGINX,
    start: (target) => ProxyProgram.nginx(target),
  },
};

for (const [name, { ignore, start }] of Object.entries(PROXIES)) {
  Deno.test({
    name: `${name} tells the client's address, and its limits count clients`,
    ignore,
    async fn() {
      await using served = serveLines(
        listenTcp("127.0.0.1:0", { ...FROM_HERE, maxConnectionsPerIp: 1 }),
      );
      await using proxy = await start(served.target);
      using first = await dialFrom("127.0.0.2", proxy);
      assertEquals(await ask(first), "127.0.0.2 by 127.0.0.1: hello");
      using other = await dialFrom("127.0.0.3", proxy);
      assertEquals(await ask(other), "127.0.0.3 by 127.0.0.1: hello");
      using tooMany = await dialFrom("127.0.0.2", proxy);
      await tooMany.writeString("hello\n");
      assert(await isEnded(tooMany));

      assertEquals(served.listener.droppedCount, 1);
      const [server] = served.listener.activeConnections;
      assertEquals(server?.remoteAddr, first.localAddr);
      first.close();
      await until(() => served.listener.connectionCountOf("127.0.0.2") === 0);
      using again = await dialFrom("127.0.0.2", proxy);
      assertEquals(await ask(again), "127.0.0.2 by 127.0.0.1: hello");
      assertEquals(served.errors, []);
    },
  });

  Deno.test({
    name: `${name} passes a mebibyte on behind its header, and half-closes`,
    ignore,
    async fn() {
      using listener = listenTcp("127.0.0.1:0", FROM_HERE);
      const target = joinAddress(listener.addr.hostname, listener.addr.port);
      await using proxy = await start(target);
      const sent = Uint8Array.from(
        { length: 1 << 20 },
        (_, index) => index % 251,
      );
      using client = await dialFrom("127.0.0.2", proxy);
      const writing = client.write(sent).then(() => client.closeWrite());
      using conn = await listener.accept(HANGS);
      assertEquals(await readAll(conn, HANGS), sent);
      await writing;
      await conn.writeString("thanks\n");
      conn.close();

      assertEquals(await client.readLine(HANGS), "thanks");
      assertEquals(await client.readLine(HANGS), null);
    },
  });

  Deno.test({
    name: `${name} comes before the TLS that it passes on`,
    ignore,
    async fn() {
      await using served = serveLines(
        listenTls("127.0.0.1:0", { ...IDENTITY, ...FROM_HERE }),
      );
      await using proxy = await start(served.target);
      using client = await startTls(await dialFrom("127.0.0.2", proxy), {
        serverName: "localhost",
        caCerts: [caCert],
        ...HANGS,
      });

      assertEquals(await ask(client), "127.0.0.2 by 127.0.0.1: hello");
      assertEquals(served.errors, []);
    },
  });
}

Deno.test({
  name: "nginx's proxy_protocol tells the client's address over a Unix socket",
  ignore: !HAS_NGINX,
  async fn() {
    const directory = await Deno.makeTempDir();
    {
      const path = `${directory}/upstream.sock`;
      using listener = await listenUnix(path, {
        proxyProtocol: { from: ["unix"] },
      });
      await using proxy = await ProxyProgram.nginx(`unix:${path}`);
      using client = await dialFrom("127.0.0.2", proxy);
      using conn = await listener.accept(HANGS);

      assertEquals<unknown>(conn.remoteAddr, client.localAddr);
      assertEquals(conn.proxyAddr?.transport, "unix");
    }
    await Deno.remove(directory, { recursive: true });
  },
});

const CHECKS: Record<string, string> = {
  "that connect": "check inter 20 rise 10",
  "that connect, with headers of version 1":
    "send-proxy check inter 20 rise 10",
  "that connect, with headers of version 2":
    "send-proxy-v2 check inter 20 rise 10",
};

for (const [name, check] of Object.entries(CHECKS)) {
  for (const isTls of [false, true]) {
    Deno.test({
      name: `HAProxy's health checks ${name} are no errors, ${
        isTls ? "before TLS" : "in plain"
      }`,
      ignore: !HAS_HAPROXY,
      async fn() {
        await using served = serveLines(
          isTls
            ? listenTls("127.0.0.1:0", { ...IDENTITY, ...FROM_HERE })
            : listenTcp("127.0.0.1:0", FROM_HERE),
        );
        await using proxy = await ProxyProgram.haproxy(
          `${served.target} ${check}`,
        );
        await proxy.hasChecked();

        assertEquals(served.errors, []);
        assertEquals(served.listener.errorCount, 0);
      },
    });
  }
}
