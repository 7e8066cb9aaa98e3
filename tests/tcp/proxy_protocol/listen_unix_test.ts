import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { dialUnix } from "../../../tcp/unix/dial_unix.ts";
import { listenUnix } from "../../../tcp/unix/listen_unix.ts";
import { UnixListener } from "../../../tcp/unix/unix_listener.ts";
import { until } from "../support/_outcomes.ts";
import { canUseFiles } from "../support/kinds.ts";
import { CLIENT, HANGS, headerOf, ownHeader } from "./_support.ts";

const FROM_UNIX = { proxyProtocol: { from: ["unix"] } };

/** Registers a test that gets the path of a socket to be. */
function test(name: string, run: (path: string) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !canUseFiles(),
    async fn() {
      const directory = await Deno.makeTempDir();
      try {
        await run(`${directory}/proxy.sock`);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

test("a connection over a Unix socket behind a header is the client's", async (path) => {
  using listener = await listenUnix(path, FROM_UNIX);
  using proxy = await dialUnix(path, HANGS);
  await proxy.write(headerOf());
  await proxy.writeString("hello\n");
  using conn = await listener.accept(HANGS);

  assertEquals(conn.remoteAddr, CLIENT);
  assertEquals(conn.proxyAddr?.transport, "unix");
  assertEquals<unknown>(conn.localAddr, { transport: "unix", path });
  assertEquals(String(conn), "UnixConn(203.0.113.7:50000)");
  assertEquals(await conn.readLine(HANGS), "hello");
});

test("a proxy's own connection over a Unix socket keeps its address", async (path) => {
  using listener = await listenUnix(path, FROM_UNIX);
  using proxy = await dialUnix(path, HANGS);
  await proxy.write(ownHeader());
  using conn = await listener.accept(HANGS);

  assertEquals(conn.remoteAddr.transport, "unix");
  assertEquals(conn.proxyAddr, undefined);
  assertEquals(String(conn), `UnixConn(${JSON.stringify(path)})`);
});

test("a Unix socket's connection without a header is cut, and one without a byte no error", async (path) => {
  const listener = await listenUnix(path, FROM_UNIX);
  const errors: unknown[] = [];
  const serving = listener.serve(() => {}, {
    onError: (error) => errors.push(error),
  });
  {
    using _check = await dialUnix(path, HANGS);
  }
  using proxy = await dialUnix(path, HANGS);
  await proxy.writeString("hello\n");
  await until(() => errors.length > 0);
  const [error] = errors;

  assertInstanceOf(error, Deno.errors.InvalidData);
  assertEquals(
    error.message,
    `Cannot accept ${
      JSON.stringify(path)
    }, a proxy by the option "proxyProtocol": expected a PROXY header, found "hello\\n"`,
  );
  assertEquals(errors.length, 1);
  listener.close();
  await serving;
});

test("a UnixListener reads headers, too", async (path) => {
  using listener = new UnixListener(
    Deno.listen({ transport: "unix", path }),
    FROM_UNIX,
  );
  using proxy = await dialUnix(path, HANGS);
  await proxy.write(headerOf());
  using conn = await listener.accept(HANGS);

  assertEquals<unknown>(conn.remoteAddr, CLIENT);
});

for (const from of [["127.0.0.1"], ["unix", "::1"], []]) {
  test(`listenUnix() refuses proxyProtocol from ${JSON.stringify(from)}`, async (path) => {
    const error = await assertRejects(
      () => listenUnix(path, { proxyProtocol: { from } }),
    );

    assertInstanceOf(error, from.length > 0 ? SyntaxError : TypeError);
    assertStringIncludes(error.message, "proxyProtocol.from");
  });
}
