import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
} from "@std/assert";
import { delay } from "@std/async";
import type {
  SystemErrorInfo,
  SystemOperation,
} from "../../internal/errors/system_error.ts";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import { dialUnix } from "../../tcp/unix/dial_unix.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { listenUnix } from "../../tcp/unix/listen_unix.ts";
import { resolveTcpAddress } from "../../tcp/resolve_tcp_address.ts";
import { startTls } from "../../tcp/tls/start_tls.ts";
import { TcpListener } from "../../tcp/tcp_listener.ts";
import { testCertificate } from "../../tcp/tls/test_certificate.ts";
import { dialUdp } from "../../udp/dial_udp.ts";
import { listenUdp } from "../../udp/listen_udp.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { errorOf } from "./support/_outcomes.ts";
import { DEAD_ADDR } from "./support/_dead_addr.ts";

const { cert, key, caCert } = testCertificate;

/** What is expected of an error. */
interface Expected {
  readonly operation: SystemOperation;
  readonly address: string;
  readonly code: string;
  /** How the message begins, unless it is as the operation and the address. */
  readonly message?: string;
}

/** Checks that an error tells by its fields and its message what has failed. */
function assertSystemError(error: unknown, expected: Expected): void {
  assert(error instanceof Error);
  const { operation, address, code } = error as Error & SystemErrorInfo;
  const { message = address, ...fields } = expected;
  assertEquals({ operation, address, code }, fields, error.message);
  assert(error.message.startsWith("Cannot "), error.message);
  assertStringIncludes(error.message, `${message}: `);
  assertInstanceOf(error.cause, Error);
}

/** The error of a call that throws or rejects. */
async function failureOf(call: () => unknown): Promise<unknown> {
  return await errorOf((async () => await call())());
}

/** Where a call gets to an address of the Internet. */
interface Address {
  readonly hostname: string;
  readonly port: number;
}

const dials = {
  dialTcp: (address: Address) => dialTcp(address),
  dialTls: (address: Address) => dialTls(address),
  dialWebSocket: ({ hostname, port }: Address) =>
    dialWebSocket(`ws://${hostname}:${port}/`),
};
const listens = {
  listenTcp: (address: Address) => listenTcp(address),
  listenTls: (address: Address) => listenTls(address, { cert, key }),
  listenUdp: (address: Address) => listenUdp(address),
  "listenUdp by node:dgram": (address: Address) =>
    listenUdp(address, { backend: "node" }),
};

for (const [name, dial] of Object.entries(dials)) {
  Deno.test(`${name}() tells by fields that nobody listens`, async () => {
    const error = await failureOf(() => dial(DEAD_ADDR));
    assertInstanceOf(error, Deno.errors.ConnectionRefused);
    assertSystemError(error, {
      operation: "dial",
      address: "127.0.0.1:1",
      code: "ECONNREFUSED",
    });
  });

  Deno.test(`${name}() tells by fields that a name has no address`, async () => {
    const address = { hostname: "nobody.invalid", port: 9 };
    const error = await failureOf(() => dial(address));
    assertInstanceOf(error, Deno.errors.NotFound);
    assertSystemError(error, {
      operation: "dial",
      address: "nobody.invalid:9",
      code: "ENOTFOUND",
    });
  });
}

for (const [name, listen] of Object.entries(listens)) {
  Deno.test(`${name}() tells by fields that an address is taken`, async () => {
    using tcp = listenTcp("127.0.0.1:0");
    using udp = await listenUdp("127.0.0.1:0");
    const { port } = (name.includes("Udp") ? udp : tcp).addr;
    const error = await failureOf(() =>
      listen({ hostname: "127.0.0.1", port })
    );
    assertInstanceOf(error, Deno.errors.AddrInUse);
    assertSystemError(error, {
      operation: "listen",
      address: `127.0.0.1:${port}`,
      code: "EADDRINUSE",
    });
  });

  Deno.test(`${name}() tells by fields that an address is of another machine`, async () => {
    const address = { hostname: "203.0.113.1", port: 0 };
    assertSystemError(await failureOf(() => listen(address)), {
      operation: "listen",
      address: "203.0.113.1:0",
      code: "EADDRNOTAVAIL",
    });
  });

  Deno.test(`${name}() tells by fields that a name has no address`, async () => {
    const address = { hostname: "nobody.invalid", port: 0 };
    const error = await failureOf(() => listen(address));
    assertInstanceOf(error, Deno.errors.NotFound);
    assertSystemError(error, {
      operation: "listen",
      address: "nobody.invalid:0",
      code: "ENOTFOUND",
    });
  });

  Deno.test(`${name}() tells by fields that a host is none`, async () => {
    const error = await failureOf(() => listen({ hostname: "a b", port: 0 }));
    assert(error instanceof Error);
    const { operation, address } = error as Error & SystemErrorInfo;
    assertEquals([operation, address], ["listen", "a b:0"]);
  });
}

Deno.test("a link-local address without its zone is refused with its fields", async () => {
  const address = { hostname: "fe80::1", port: 9 };
  const calls: [SystemOperation, (address: Address) => unknown][] = [
    ["dial", dials.dialTcp],
    ["dial", dials.dialTls],
    ["listen", listens.listenTcp],
    ["listen", listens.listenTls],
    ["listen", listens.listenUdp],
  ];
  for (const [operation, call] of calls) {
    const error = await failureOf(() => call(address));
    assertSystemError(error, {
      operation,
      address: "[fe80::1]:9",
      code: "EINVAL",
    });
  }
});

Deno.test("listenTls() tells by fields that a certificate is none", async () => {
  for (const bad of [{ cert: "no PEM", key }, { cert, key: "no PEM" }]) {
    const error = await failureOf(() => listenTls("127.0.0.1:0", bad));
    assertInstanceOf(error, Deno.errors.InvalidData);
    assertSystemError(error, {
      operation: "listen",
      address: "127.0.0.1:0",
      code: "EINVAL",
    });
  }
});

Deno.test("a TLS handshake that fails tells it by fields, on both sides", async () => {
  using listener = listenTls("127.0.0.1:0", { cert, key });
  const errors: unknown[] = [];
  const serving = listener.serve(() => {}, {
    onError: (error) => errors.push(error),
  });
  const { port } = listener.addr;
  assertSystemError(
    await failureOf(() => dialTls(`127.0.0.1:${port}`, { timeout: 10_000 })),
    { operation: "dial", address: `127.0.0.1:${port}`, code: "EPROTO" },
  );
  const plain = await dialTcp(listener.addr);
  assertSystemError(
    await failureOf(() =>
      startTls(plain, { serverName: "example.com", caCerts: [caCert] })
    ),
    { operation: "start TLS", address: `127.0.0.1:${port}`, code: "EPROTO" },
  );
  while (errors.length < 2) {
    await delay(1);
  }
  await listener.shutdown();
  await serving;
  for (const error of errors) {
    const { operation, address, code } = error as Error & SystemErrorInfo;
    assertEquals(operation, "start TLS");
    assert(address.startsWith("127.0.0.1:"), address);
    assert(/^E[A-Z]+$/.test(code), code);
  }
});

Deno.test("dialUdp() tells by fields what has failed", async () => {
  using taken = await listenUdp("127.0.0.1:0");
  assertSystemError(await failureOf(() => dialUdp("nobody.invalid:9")), {
    operation: "dial",
    address: "nobody.invalid:9",
    code: "ENOTFOUND",
  });
  assertSystemError(
    await failureOf(() => dialUdp(taken.addr, "127.0.0.1:9")),
    { operation: "dial", address: "127.0.0.1:9", code: "EADDRINUSE" },
  );
});

Deno.test("resolveTcpAddress() tells by fields that a name has no address", async () => {
  const error = await failureOf(() =>
    resolveTcpAddress("tcp4", "nobody.invalid:80")
  );
  assertSystemError(error, {
    operation: "look up",
    address: "nobody.invalid",
    code: "ENOTFOUND",
    message: '"nobody.invalid"',
  });
});

Deno.test("a reset tells by its fields whose it was", async () => {
  using listener = listenTcp("127.0.0.1:0");
  using client = await dialTcp(listener.addr);
  const server = await listener.accept();
  await client.writeString("unread");
  while (server.bytesRead === 0) await server.read(new Uint8Array(1));
  await client.writeString("unread too");
  // Unread bytes make the system reset the connection.
  const address = `127.0.0.1:${listener.addr.port}`;
  server.close();
  const buffer = new Uint8Array(1);
  const reading = await client.read(buffer).catch((error) => error);
  if (reading !== null) {
    assertSystemError(reading, {
      operation: "read",
      address,
      code: "ECONNRESET",
    });
  }
  const writing = await errorOf((async () => {
    while (true) await client.write(new Uint8Array(65_536));
  })());
  const { operation, address: where, code } = writing as
    & Error
    & SystemErrorInfo;
  assertEquals([operation, where], ["write", address]);
  assert(["EPIPE", "ECONNRESET"].includes(code), code);
});

const isAllowed = Deno.build.os !== "windows" &&
  (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );

Deno.test({
  name: "Unix sockets tell by fields what has failed",
  ignore: !isAllowed,
  fn: async () => {
    const directory = await Deno.makeTempDir();
    const path = `${directory}/socket`;
    const long = `${directory}/${"x".repeat(200)}`;
    {
      using _listener = await listenUnix(path);
      const cases: [() => unknown, SystemOperation, string, string][] = [
        [() => listenUnix(path), "listen", path, "EADDRINUSE"],
        [() => listenUnix(long), "listen", long, "EINVAL"],
        [() => dialUnix(long), "dial", long, "EINVAL"],
        [() => dialUnix(`${path}.none`), "dial", `${path}.none`, "ENOENT"],
        [() => listenUnix(`${path}/s`), "listen", `${path}/s`, "ENOTDIR"],
        [
          () => listenUnix(`${directory}/none/s`),
          "listen",
          `${directory}/none/s`,
          "ENOENT",
        ],
        [() => dialUnix(`${path}\0s`), "dial", `${path}\0s`, "EINVAL"],
        [() => listenUnix(`${path}\0s`), "listen", `${path}\0s`, "EINVAL"],
      ];
      for (const [call, operation, address, code] of cases) {
        assertSystemError(await failureOf(call), {
          operation,
          address,
          code,
          message: JSON.stringify(address),
        });
      }
    }
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test("a listener tells by fields that the system lacks descriptors", async () => {
  const failure = Object.assign(new Error("Too many open files"), {
    code: "EMFILE",
  });
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => {});
  let calls = 0;
  const raw = {
    addr: { transport: "tcp", hostname: "127.0.0.1", port: 9 },
    accept: () => calls++ === 0 ? Promise.reject(failure) : closed.promise,
    close: () => closed.reject(new Deno.errors.BadResource("Closed")),
    ref() {},
    unref() {},
  } as unknown as Deno.TcpListener;
  const listener = new TcpListener(raw);
  const told = Promise.withResolvers<unknown>();
  const serving = listener.serve(() => {}, { onError: told.resolve });
  assertSystemError(await told.promise, {
    operation: "accept",
    address: "127.0.0.1:9",
    code: "EMFILE",
  });
  listener.close();
  await serving;
});

Deno.test("a UDP connection tells by fields what could not be sent or joined", async () => {
  using conn = await listenUdp("127.0.0.1:0", { backend: "node" });
  assertSystemError(
    await failureOf(() =>
      conn.joinMulticast("239.1.2.3", { interface: "203.0.113.1" })
    ),
    {
      operation: "join",
      address: "239.1.2.3",
      code: "EINVAL",
      message: "239.1.2.3 on 203.0.113.1",
    },
  );
  assertSystemError(
    await failureOf(() => conn.writeToString("255.255.255.255:9", "hello")),
    { operation: "send", address: "255.255.255.255:9", code: "EACCES" },
  );
  const error = await failureOf(() =>
    conn.writeToString("nobody.invalid:9", "hello")
  );
  assertSystemError(error, {
    operation: "look up",
    address: "nobody.invalid",
    code: "ENOTFOUND",
    message: '"nobody.invalid"',
  });
});
