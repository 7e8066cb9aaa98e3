// Dialling through proxies that others have written.

import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { ProxyError } from "../../../tcp/proxy/proxy_error.ts";
import { readAll } from "../../../tcp/read_all.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { acceptWebSocket } from "../../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../../websocket/dial_websocket.ts";
import { HandshakeError } from "../../../websocket/handshake_error.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { DEAD_ADDR } from "../support/_dead_addr.ts";
import { pattern } from "../support/_bytes.ts";
import {
  HAS_MICROSOCKS,
  HAS_TINYPROXY,
  TunnelProgram,
} from "./support/_proxy_programs.ts";

const PROGRAMS = [
  ["microsocks", !HAS_MICROSOCKS, TunnelProgram.microsocks],
  ["tinyproxy", !HAS_TINYPROXY, TunnelProgram.tinyproxy],
] as const;

for (const [name, ignore, start] of PROGRAMS) {
  Deno.test({
    name: `dialTcp(), dialTls() and dialWebSocket() go through ${name}`,
    ignore,
    async fn() {
      await using program = await start();
      const proxy = program.as("me", "secret");

      using plain = listenTcp("127.0.0.1:0");
      const accepting = plain.accept();
      using conn = await dialTcp(plain.addr, { proxy });
      using server = await accepting;
      const data = pattern(200_000);
      const reading = readAll(server);
      await conn.write(data);
      await server.writeString("hello\n");
      assertEquals(await conn.readLine(), "hello");
      // Either of them ends both directions when one ends.
      await conn.closeWrite();
      assertEquals(await reading, data);

      using secure = listenTls("127.0.0.1:0", {
        cert: serverCert,
        key: serverKey,
      });
      const securing = secure.accept();
      const { port } = secure.addr;
      using tls = await dialTls(`localhost:${port}`, {
        proxy,
        caCerts: [caCert],
      });
      using tlsServer = await securing;
      await tls.writeString("hello\n");
      assertEquals(await tlsServer.readLine(), "hello");

      const upgrading = plain.accept().then((conn) => acceptWebSocket(conn));
      await using socket = await dialWebSocket(
        `ws://127.0.0.1:${plain.addr.port}/`,
        { proxy },
      );
      await using webServer = await upgrading;
      await webServer.write("hello");
      assertEquals(await socket.read(), "hello");
    },
  });

  Deno.test({
    name:
      `${name} refuses a wrong password, and a target where nothing listens`,
    ignore,
    async fn() {
      await using program = await start();
      const isHttp = name === "tinyproxy";
      const target = `127.0.0.1:${DEAD_ADDR.port}`;
      const wrong = await assertRejects(
        () => dialTcp(target, { proxy: program.as("me", "other") }),
        ProxyError,
      );
      assertEquals(wrong.proxy, program.url.host);
      if (isHttp) assertEquals([401, 407].includes(wrong.status ?? 0), true);

      const proxy = program.as("me", "secret");
      const closed = await assertRejects(
        () => dialTcp(target, { proxy }),
        ProxyError,
      );
      if (isHttp) assertEquals(closed.status, 500);
      else assertEquals([closed.reply, closed.code], [5, "ECONNREFUSED"]);

      const error = await assertRejects(
        () => dialWebSocket(`ws://${target}/`, { proxy }),
      );
      assertInstanceOf(error, isHttp ? HandshakeError : ProxyError);
    },
  });
}
