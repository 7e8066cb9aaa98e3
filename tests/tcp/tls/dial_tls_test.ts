import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type { SystemErrorInfo } from "../../../internal/errors/system_error.ts";
import { dialTls, type DialTlsOptions } from "../../../tcp/tls/dial_tls.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { readClientStart } from "../../../tcp/tls/_client_hello.ts";
import type { TlsConn } from "../../../tcp/tls/tls_conn.ts";
import type { TcpListener } from "../../../tcp/tcp_listener.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { authority, identities, identityKey } from "../support/_identities.ts";
import { errorOf, until } from "../support/_outcomes.ts";
import { hasProgram, isEnded } from "../support/_peer.ts";
import { CAN_COUNT, socketsTo } from "../support/_sockets.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };
/** What a client needs that trusts the tests' authority. */
const TRUST = { caCerts: [caCert], ...HANGS };

async function greet(conn: TlsConn): Promise<void> {
  await conn.writeString("hello\n");
}

/** A certificate of a server, and how a dial to it ends. */
interface Verification {
  readonly title: string;
  readonly cert: string;
  readonly serverName: string;
  /** A part of the error; none if it is accepted. */
  readonly error?: string;
}

const VERIFICATIONS: readonly Verification[] = [
  {
    title: "accepts a certificate for the address",
    cert: identities.address,
    serverName: "127.0.0.1",
  },
  {
    title: "refuses a certificate for an address to a name",
    cert: identities.address,
    serverName: "localhost",
    error: 'not valid for name "localhost"',
  },
  {
    title: "refuses an address that stands as a host name",
    cert: identities.addressAsName,
    serverName: "127.0.0.1",
    error: 'not valid for name "127.0.0.1"',
  },
  {
    title: "refuses a common name without a subjectAltName",
    cert: identities.commonName,
    serverName: "localhost",
    error: "its subjectAltName has no names",
  },
  {
    title: "accepts a wildcard for one label",
    cert: identities.wildcard,
    serverName: "a.example.test",
  },
  {
    title: "accepts a name in capitals, with the dot of the root",
    cert: identities.wildcard,
    serverName: "A.EXAMPLE.TEST.",
  },
  {
    title: "refuses a wildcard for two labels",
    cert: identities.wildcard,
    serverName: "a.b.example.test",
    error: "it is valid for DNS:*.example.test",
  },
  {
    title: "refuses a wildcard for no label",
    cert: identities.wildcard,
    serverName: "example.test",
    error: "it is valid for DNS:*.example.test",
  },
  {
    title: "refuses a wildcard for a part of a label",
    cert: identities.partialWildcard,
    serverName: "www.example.test",
    error: "its subjectAltName has no names",
  },
  {
    title: "refuses a certificate that has expired",
    cert: identities.expired,
    serverName: "localhost",
    error: "expired",
  },
  {
    title: "refuses a certificate for clients only",
    cert: identities.forClients,
    serverName: "localhost",
    error: "not for servers",
  },
];

for (const { title, cert, serverName, error } of VERIFICATIONS) {
  Deno.test(`dialTls() ${title}`, async () => {
    const listener = listenTls("127.0.0.1:0", { cert, key: identityKey });
    const serving = listener.serve(greet);
    const options = { caCerts: [authority], serverName, ...HANGS };
    if (error === undefined) {
      using conn = await dialTls(listener.addr, options);
      assertEquals(await conn.readLine(HANGS), "hello");
    } else {
      const { port } = listener.addr;
      const found = await errorOf(dialTls(listener.addr, options));
      assertInstanceOf(found, Deno.errors.InvalidData);
      assertStringIncludes(
        found.message,
        `Cannot dial 127.0.0.1:${port}: invalid peer certificate: `,
      );
      assertStringIncludes(found.message, error);
      const { operation, address, code } = found as Error & SystemErrorInfo;
      assertEquals(operation, "dial");
      assertEquals(address, `127.0.0.1:${port}`);
      assertEquals(code, "EPROTO");
    }
    listener.close();
    await serving;
  });
}

Deno.test("dialTls() tells the server by an alert that it refuses the certificate", async () => {
  for (const serverName of ["localhost", "example.com"]) {
    using listener = Deno.listenTls({
      hostname: "127.0.0.1",
      port: 0,
      cert: identities.address,
      key: identityKey,
    });
    const handshake = errorOf((async () => {
      using conn = await listener.accept();
      await conn.handshake();
    })());
    await assertRejects(
      () => dialTls(listener.addr, { caCerts: [authority], serverName }),
      Deno.errors.InvalidData,
    );
    const error = await handshake;
    assertInstanceOf(error, Deno.errors.InvalidData);
    assertStringIncludes(error.message, "CertificateUnknown");
  }
});

Deno.test("dialTls() trusts what it is told to trust for one dial only", async () => {
  const listener = listenTls("127.0.0.1:0", {
    cert: serverCert,
    key: serverKey,
  });
  const serving = listener.serve(greet);
  using conn = await dialTls(listener.addr, TRUST);
  assertEquals(await conn.readLine(HANGS), "hello");
  // No session is resumed without its certificate being verified again.
  for (const caCerts of [undefined, [], [authority]]) {
    const options: DialTlsOptions = { ...HANGS };
    if (caCerts !== undefined) options.caCerts = caCerts;
    await assertRejects(
      () => dialTls(listener.addr, options),
      Deno.errors.InvalidData,
    );
  }
  listener.close();
  await serving;
});

const canRun = (["read", "run", "write"] as const).every((name) =>
  Deno.permissions.querySync({ name }).state === "granted"
);

/** Runs a program with `dialTls` in a process of its own. */
async function runDial(
  env: Record<string, string>,
  port: number,
  ...caCerts: string[]
): Promise<string> {
  const program = new URL("../programs/_dial_tls_program.ts", import.meta.url);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      program.pathname,
      String(port),
      ...caCerts,
    ],
    env,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return text.decode(stdout).trim() || text.decode(stderr);
}

Deno.test({
  name:
    "dialTls() trusts caCerts beside the runtime's authorities, and no variable turns verification off",
  ignore: !canRun,
  fn: async () => {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, caCert);
    const listener = listenTls("127.0.0.1:0", {
      cert: serverCert,
      key: serverKey,
    });
    const serving = listener.serve(greet);
    const { port } = listener.addr;
    const [extra, both, off] = await Promise.all([
      runDial({ DENO_CERT: file }, port),
      runDial({ DENO_CERT: file }, port, authority),
      runDial({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }, port),
    ]);
    assertEquals(extra, "open");
    assertEquals(both, "open");
    assertStringIncludes(off, "InvalidData");
    listener.close();
    await serving;
    await Deno.remove(file);
  },
});

/** The name that a client tells a server. */
async function toldName(
  listener: TcpListener,
  options: DialTlsOptions,
): Promise<string> {
  const dialling = errorOf(dialTls(listener.addr, { ...HANGS, ...options }));
  using server = await listener.accept(HANGS);
  const hello = new Uint8Array(4096);
  let length = 0;
  let start = readClientStart(hello.subarray(0, 0));
  while (start.kind === "incomplete") {
    length += await server.read(hello.subarray(length), HANGS) ?? 0;
    start = readClientStart(hello.subarray(0, length));
  }
  server.terminate();
  await dialling;
  assert(start.kind === "hello", `Found ${start.kind}`);
  return start.serverName;
}

Deno.test("dialTls() tells the server its name, and no numeric address", async () => {
  using listener = listenTcp("127.0.0.1:0");
  assertEquals(await toldName(listener, {}), "");
  assertEquals(await toldName(listener, { serverName: "::1" }), "");
  for (const serverName of ["example.com", "example.com."]) {
    assertEquals(await toldName(listener, { serverName }), "example.com");
  }
});

for (
  const serverName of [
    "",
    "not a name",
    `${"a".repeat(64)}.test`,
    "a..b",
    ".a",
    "-a.test",
    "1.2.3",
    "127.0.0.1:443",
    "[::1]",
    "münchen.example",
  ]
) {
  Deno.test(`dialTls() refuses the server name "${serverName.slice(0, 16)}" before it dials`, async () => {
    using listener = listenTcp("127.0.0.1:0");
    await assertRejects(
      () => dialTls(listener.addr, { ...TRUST, serverName }),
      TypeError,
      "as serverName: expected a host name or a numeric address",
    );
    await assertRejects(() => listener.accept({ timeout: 0 }), DOMException);
  });
}

/** Certificates that can't be used, each with what its error says. */
const BAD_CERTIFICATES: readonly [string, DialTlsOptions, string][] = [
  ["caCerts without PEM", { caCerts: ["garbage"] }, "caCerts"],
  ["caCerts of which one is empty", { caCerts: [caCert, ""] }, "caCerts"],
  [
    "caCerts with broken PEM",
    { caCerts: [caCert.replace("MII", "AAA")] },
    "caCerts",
  ],
  ["a key that is no PEM", { cert: serverCert, key: "garbage" }, "key"],
  ["a certificate that is no PEM", { cert: "garbage", key: serverKey }, "cert"],
  [
    "a key of another certificate",
    { cert: serverCert, key: identityKey },
    "key",
  ],
];

for (const [title, options, reason] of BAD_CERTIFICATES) {
  Deno.test(`dialTls() refuses ${title} before it dials`, async () => {
    using listener = listenTcp("127.0.0.1:0");
    const { port } = listener.addr;
    const error = await errorOf(dialTls(listener.addr, options));
    assertInstanceOf(error, Deno.errors.InvalidData);
    assertStringIncludes(error.message, `Cannot dial 127.0.0.1:${port}: `);
    assertStringIncludes(error.message, reason);
    const { operation, code } = error as Error & SystemErrorInfo;
    assertEquals([operation, code], ["dial", "EINVAL"]);
    await assertRejects(() => listener.accept({ timeout: 0 }), DOMException);
  });
}

Deno.test("dialTls() refuses a certificate without its key, and a key without its certificate", async () => {
  for (const options of [{ cert: serverCert }, { key: serverKey }]) {
    await assertRejects(
      () => dialTls("127.0.0.1:9", options),
      TypeError,
      'expected the options "cert" and "key" together',
    );
  }
});

Deno.test("dialTls() refuses a version of TLS that it doesn't know", async () => {
  const minVersion = "TLSv1.1" as "TLSv1.2";
  await assertRejects(
    () => dialTls("127.0.0.1:9", { minVersion }),
    TypeError,
    "minVersion",
  );
});

Deno.test("dialTls() frees its socket at a limit while the server stays silent", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const dialling = Array.from(
    { length: 30 },
    () => errorOf(dialTls(listener.addr, { timeout: 100 })),
  );
  const servers = await Promise.all(
    dialling.map(() => listener.accept(HANGS)),
  );
  for (const error of await Promise.all(dialling)) {
    assertInstanceOf(error, DOMException);
  }
  for (const server of servers) {
    assert(await isEnded(server));
    server.close();
  }
  if (CAN_COUNT) assertEquals(await socketsTo(listener.addr.port), []);
});

Deno.test("dialTls() that is aborted in the handshake frees its socket", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const controller = new AbortController();
  const { signal } = controller;
  const dialling = errorOf(dialTls(listener.addr, { signal }));
  using server = await listener.accept(HANGS);
  assert(await server.read(new Uint8Array(16), HANGS) !== null);
  controller.abort(new RangeError("Stopped by the test"));
  assertInstanceOf(await dialling, RangeError);
  assert(await isEnded(server));
});

Deno.test("a TLS connection that is cut while its peer does not read frees its socket", async () => {
  using listener = listenTls("127.0.0.1:0", {
    cert: serverCert,
    key: serverKey,
  });
  const accepting = listener.accept(HANGS);
  using client = await dialTls(listener.addr, TRUST);
  using server = await accepting;
  const writing = errorOf(client.write(new Uint8Array(64 * 1024 * 1024)));
  await until(() => client.bytesWritten > 1024 * 1024);
  client.terminate();
  const error = await writing as Error & { bytesWritten: number };
  assert(error.bytesWritten > 0 && error.bytesWritten === client.bytesWritten);
  await client.closed;
  if (CAN_COUNT) {
    const isFreed = async () =>
      (await socketsTo(listener.addr.port)).length === 0;
    for (let tries = 0; tries < 50 && !await isFreed(); tries++);
    assert(await isFreed());
  }
  server.terminate();
});

Deno.test("a TLS connection that its client cuts is no complete stream for the server", async () => {
  using listener = listenTls("127.0.0.1:0", {
    cert: serverCert,
    key: serverKey,
  });
  const accepting = listener.accept(HANGS);
  const client = await dialTls(listener.addr, TRUST);
  using server = await accepting;
  await client.writeString("half of i");
  assertEquals(await server.readFull(new Uint8Array(9), HANGS), 9);
  client.terminate();
  await assertRejects(
    () => server.read(new Uint8Array(1), HANGS),
    Deno.errors.UnexpectedEof,
  );
});

Deno.test("dialTls() to a server that does not speak TLS says so", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn) => {
    await conn.writeString("220 this is no TLS, but plain text\r\n");
    await isEnded(conn);
  });
  const error = await errorOf(dialTls(listener.addr, HANGS));
  assertInstanceOf(error, Deno.errors.InvalidData);
  assertStringIncludes(error.message, ": the peer does not speak TLS: ");
  listener.close();
  await serving;
});

Deno.test("a TLS connection tells the certificate of its server", async () => {
  const listener = listenTls("127.0.0.1:0", {
    cert: serverCert,
    key: serverKey,
  });
  const serving = listener.serve(greet);
  using conn = await dialTls(listener.addr, {
    ...TRUST,
    serverName: "localhost",
  });
  assertEquals(conn.serverName, "localhost");
  assertEquals(conn.peerCertificate?.subject, { CN: "localhost" });
  assertEquals(await conn.readLine(HANGS), "hello");
  listener.close();
  await serving;
});

/** A server by `openssl s_server`. */
async function startOpenssl(...args: string[]) {
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/cert`, serverCert);
  await Deno.writeTextFile(`${directory}/key`, serverKey);
  await Deno.writeTextFile(`${directory}/ca`, authority);
  const child = new Deno.Command("openssl", {
    args: [
      ...["s_server", "-accept", "127.0.0.1:0", "-naccept", "1"],
      ...["-cert", "cert", "-key", "key", "-CAfile", "ca", ...args],
    ],
    cwd: directory,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const says = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(text);
      if (match !== null) return match;
      const { value, done } = await output.read();
      assert(!done, `Never said ${pattern}: ${text}`);
      text += value;
    }
  };
  const [, port] = await says(/^ACCEPT \S*:(\d+)/m);
  return {
    address: `127.0.0.1:${port}`,
    says,
    async [Symbol.asyncDispose]() {
      await output.cancel();
      await child.stdin.close().catch(() => {});
      try {
        child.kill();
      } catch {
        // It has ended.
      }
      await child.status;
      await Deno.remove(directory, { recursive: true });
    },
  };
}

const hasOpenssl = hasProgram("openssl", "version");

for (const version of ["1.2", "1.3"]) {
  Deno.test({
    name:
      `dialTls() shows its certificate to openssl, which asks for it in TLS ${version}`,
    ignore: !hasOpenssl,
    fn: async () => {
      const tls = version === "1.2" ? "-tls1_2" : "-tls1_3";
      await using server = await startOpenssl("-Verify", "1", tls);
      using conn = await dialTls(server.address, {
        ...TRUST,
        cert: identities.client,
        key: identityKey,
      });
      await conn.writeString("hello\n");
      await server.says(/subject=CN = alice/);
      await server.says(/^hello$/m);
      conn.terminate();
    },
  });
}

Deno.test({
  name: "dialTls() without the certificate that openssl demands fails",
  ignore: !hasOpenssl,
  fn: async () => {
    await using server = await startOpenssl("-Verify", "1", "-tls1_3");
    // In TLS 1.3 a client hears of it after its own part of the handshake.
    const error = await errorOf((async () => {
      using conn = await dialTls(server.address, TRUST);
      await conn.readLine(HANGS);
    })());
    assertInstanceOf(error, Deno.errors.InvalidData);
  },
});

Deno.test({
  name: "dialTls() with a minimum of TLS 1.3 refuses openssl's TLS 1.2",
  ignore: !hasOpenssl,
  fn: async () => {
    await using server = await startOpenssl("-tls1_2");
    await assertRejects(
      () => dialTls(server.address, { ...TRUST, minVersion: "TLSv1.3" }),
      Deno.errors.InvalidData,
      "Cannot dial 127.0.0.1:",
    );
  },
});

Deno.test("dialTls() says where it can't dial to for want of a server name", async () => {
  await assertRejects(
    () => dialTls("127.0.0.1:443", { serverName: "" }),
    TypeError,
    'Cannot dial 127.0.0.1:443: cannot use "" as serverName',
  );
});
