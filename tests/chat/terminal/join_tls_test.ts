// The terminal program and servers with a certificate of a private authority.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { caCert as otherCaCert } from "../../tcp/support/_certificates.ts";
import { canRun } from "../_child.ts";
import { needsFiles, withPath } from "../store/_store_kit.ts";
import { start } from "./_join_program.ts";

const ignore = !canRun() || needsFiles.ignore;

const tls = { cert: serverCert, key: serverKey };

/** Gives a function a file with a text. */
function withFile(
  text: string,
  act: (path: string) => Promise<void>,
): Promise<void> {
  return withPath(async (path) => {
    await Deno.writeTextFile(path, text);
    await act(path);
  });
}

for (const scheme of ["tls", "wss", "https"] as const) {
  Deno.test({
    name: `chat/join.ts trusts the authorities of --tls-ca (${scheme})`,
    ignore,
    fn: () =>
      withFile(caCert, async (path) => {
        await using server = serveChat({
          tcp: { port: 0, ...tls },
          http: { port: 0, ...tls },
        });
        const { port } = scheme === "tls" ? server.tcpAddr : server.httpAddr;
        const address = `${scheme}://localhost:${port}`;
        const args = ["--lang", "zh", "--nick", "bob"];
        await using child = start(...args, "--tls-ca", path, address);
        await child.type("/list\n");
        await child.endInput();
        const { code, errors, lines } = await child.end();
        assertEquals([code, errors], [0, ""]);
        assert(lines.some((line) => line.includes("用户列表（1 人）")));
      }),
  });
}

Deno.test({
  name:
    "chat/join.ts refuses the certificate of an authority that no option names",
  ignore,
  fn: () =>
    withFile(otherCaCert, async (path) => {
      await using server = serveChat({
        http: { port: 0, ...tls },
        tcp: false,
      });
      const address = `wss://localhost:${server.httpAddr.port}`;
      for (const args of [[], ["--tls-ca", path]]) {
        await using child = start("--nick", "bob", ...args, address);
        await child.endInput();
        const { code, errors } = await child.end();
        assertEquals(code, 1);
        assertMatch(errors, /certificate|issuer/i);
      }
      assertEquals(server.room.online, 0);
    }),
});

Deno.test({
  name: "chat/join.ts says what is wrong with the file of --tls-ca",
  ignore,
  fn: () =>
    withFile(serverKey, async (path) => {
      for (
        const [file, error] of [
          [path, /^Cannot use --tls-ca ".*": expected certificates in PEM/],
          [`${path}.none`, /^Cannot read ".*": the file does not exist/],
        ] as const
      ) {
        await using child = start(
          ...["--nick", "bob", "--tls-ca", file, "tls://localhost:1"],
        );
        const { code, errors } = await child.end();
        assertEquals(code, 2);
        assertMatch(errors, error);
      }
    }),
});
