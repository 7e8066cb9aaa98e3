import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { delay } from "@std/async";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import {
  listenTls,
  type ListenTlsOptions,
} from "../../../tcp/tls/listen_tls.ts";
import type { TlsConn } from "../../../tcp/tls/tls_conn.ts";
import type { TlsListener } from "../../../tcp/tls/tls_listener.ts";
import { serverCert, serverKey } from "../../certificates.ts";
import {
  alice,
  caCert,
  expired,
  mallory,
  otherCaCert,
  serverA,
  serverB,
} from "../support/_certificates.ts";
import { errorOf, until } from "../support/_outcomes.ts";
import { hasProgram } from "../support/_peer.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };
const TRUST = { caCerts: [caCert], ...HANGS };

/** What a client of Node's has seen. */
interface Seen {
  readonly name: string | undefined;
  readonly line: string;
  readonly protocol: string | null;
}

/** Dials by `node:tls`, which knows more than Deno's own, and reads a line. */
async function look(
  listener: TlsListener,
  options: ConnectionOptions = {},
): Promise<Seen> {
  const { promise, resolve, reject } = Promise.withResolvers<Seen>();
  const socket: TLSSocket = connect({
    host: "127.0.0.1",
    port: listener.addr.port,
    servername: "a.test",
    ca: caCert,
    checkServerIdentity: () => undefined,
    ...options,
  });
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("The connection was closed")));
  socket.on("data", (line: Uint8Array) => {
    const { CN } = socket.getPeerCertificate().subject ?? {};
    resolve({
      name: CN as string | undefined,
      line: new TextDecoder().decode(line),
      protocol: socket.getProtocol(),
    });
  });
  try {
    return await promise;
  } finally {
    socket.destroy();
    if (!socket.closed) {
      await new Promise<void>((resolve) =>
        socket.once("close", () => resolve())
      );
    }
  }
}

/** Serves each client what it is known by. */
function serve(options: ListenTlsOptions) {
  const listener = listenTls("127.0.0.1:0", options);
  const errors: unknown[] = [];
  const serving = listener.serve(async (conn) => {
    await conn.writeString(describe(conn));
    await conn.read(new Uint8Array(1)).catch(() => {});
  }, { onError: (error) => errors.push(error) });
  return {
    listener,
    errors,
    async [Symbol.asyncDispose]() {
      await listener.shutdown({ timeout: 1000 });
      await serving;
    },
  };
}

function describe({ serverName, peerCertificate }: TlsConn): string {
  const who = peerCertificate?.subject["CN"] ?? "nobody";
  return `${serverName ?? "no name"}: ${who}\n`;
}

Deno.test("listenTls() chooses the certificate by the name that a client asks for", async () => {
  const asked: string[] = [];
  await using server = serve({
    certificate: async (serverName) => {
      asked.push(serverName);
      await delay(0);
      if (serverName === "b.test") return serverB;
      return serverName === "unknown.test" ? undefined : serverA;
    },
  });
  const { listener, errors } = server;
  assertEquals((await look(listener)).name, "a.test");
  const seen = await look(listener, { servername: "B.test" });
  assertEquals([seen.name, seen.line], ["b.test", "b.test: nobody\n"]);
  assertEquals((await look(listener, { servername: "" })).name, "a.test");
  assertInstanceOf(
    await errorOf(look(listener, { servername: "unknown.test" })),
    Error,
  );
  assertEquals(asked, ["a.test", "b.test", "", "unknown.test"]);
  await until(() => errors.length === 1);
  const [error] = errors;
  assertInstanceOf(error, Deno.errors.InvalidData);
  assertStringIncludes(
    error.message,
    'no certificate for the name "unknown.test"',
  );
});

Deno.test("a certificate function that throws, rejects or gives no PEM ends its connection only", async () => {
  const reason = new RangeError("Stopped by the test");
  const outcomes: (() => unknown)[] = [
    () => {
      throw reason;
    },
    () => Promise.reject(reason),
    () => ({ cert: "no PEM", key: "no PEM" }),
    () => null,
    () => ({ ...serverA, key: serverB.key }),
  ];
  const count = outcomes.length;
  await using server = serve({
    certificate: () => (outcomes.shift() ?? (() => serverA))() as never,
  });
  const { listener, errors } = server;
  for (let index = 0; index < count; index++) await errorOf(look(listener));
  assertEquals((await look(listener)).name, "a.test");
  await until(() => errors.length === count);
  assertEquals(listener.connectionCountOf("127.0.0.1") <= 1, true);
  for (const error of errors) {
    assertInstanceOf(error, Error);
    assertStringIncludes(error.message, "Cannot complete the TLS handshake");
  }
});

Deno.test("a certificate function that fails is printed where no onError takes it", async () => {
  const reason = new RangeError("Stopped by the test");
  const printed: unknown[][] = [];
  const { error } = console;
  console.error = (...values: unknown[]) => printed.push(values);
  try {
    const listener = listenTls("127.0.0.1:0", {
      certificate: () => Promise.reject(reason),
    });
    const serving = listener.serve(() => {});
    await errorOf(look(listener));
    await until(() => listener.errorCount === 1);
    const [what, failure] = printed[0] ?? [];
    assertEquals(what, "Uncaught error in certificate:");
    assertInstanceOf(failure, Error);
    assertInstanceOf(failure.cause, Error);
    assertEquals(failure.cause.cause, reason);
    // What is no TLS is no failure of the function.
    using client = await dialTcp(listener.addr);
    await client.writeString("GET / HTTP/1.1\r\n\r\n");
    await client.readLine(HANGS);
    await listener.shutdown(HANGS);
    await serving;
    assertEquals(listener.errorCount, 2);
    assertEquals(printed.length, 1);
  } finally {
    console.error = error;
  }
});

Deno.test("setCertificate() renews the certificate, and drops no connection", async () => {
  await using server = serve(serverA);
  const { listener } = server;
  const before = await Promise.all(
    Array.from({ length: 10 }, () => dialTls(listener.addr, TRUST)),
  );
  const dials: Promise<string | undefined>[] = [];
  for (let round = 0; round < 10; round++) {
    dials.push(look(listener).then(({ name }) => name));
    listener.setCertificate(round % 2 === 0 ? serverB : serverA);
    dials.push(look(listener).then(({ name }) => name));
    await dials.at(-1);
  }
  // Each has got one of the two, whole.
  for (const name of await Promise.all(dials)) {
    assert(name === "a.test" || name === "b.test", `${name}`);
  }
  for (const client of before) {
    assertEquals(await client.readLine(HANGS), "no name: nobody");
    client.close();
  }
  assertEquals(server.errors, []);
  listener.setCertificate(serverB);
  assertEquals((await look(listener)).name, "b.test");
  assertThrows(
    () => listener.setCertificate({ ...serverB, key: serverA.key }),
    Deno.errors.InvalidData,
    `Cannot set the certificate of 127.0.0.1:${listener.addr.port}: the private key`,
  );
  assertEquals((await look(listener)).name, "b.test");
});

Deno.test("setCertificate() holds although a handshake with the old one is under way", async () => {
  await using server = serve(serverA);
  const { listener } = server;
  const first = look(listener);
  await until(() => listener.acceptedCount === 1);
  listener.setCertificate(serverB);
  await first;
  assertEquals((await look(listener)).name, "b.test");
});

const CLIENTS = {
  cert: serverA.cert,
  key: serverA.key,
  clientCaCerts: [caCert],
};

Deno.test("a listener that asks for certificates knows its clients by them", async () => {
  await using server = serve({ ...CLIENTS, requireClientCertificate: true });
  const { listener } = server;
  assertEquals((await look(listener, alice)).line, "a.test: alice\n");
  // Deno's own client, too.
  using client = await Deno.connectTls({
    hostname: "127.0.0.1",
    port: listener.addr.port,
    caCerts: [caCert],
    ...alice,
  });
  const buffer = new Uint8Array(64);
  const length = await client.read(buffer) ?? 0;
  const line = new TextDecoder().decode(buffer.subarray(0, length));
  assertEquals(line, "no name: alice\n");
});

Deno.test("the certificate of a client is on the connection, with all its names", async () => {
  using listener = listenTls("127.0.0.1:0", CLIENTS);
  const accepting = listener.accept(HANGS);
  const looking = errorOf(look(listener, alice));
  using conn = await accepting;
  const certificate = conn.peerCertificate;
  assert(certificate !== undefined);
  assertEquals(certificate.subject, { O: "vnet", CN: "alice" });
  assertEquals(certificate.issuer, { CN: "vnet second test authority" });
  assertEquals(
    certificate.subjectAltName,
    "email:alice@example.com, URI:urn:user:alice",
  );
  assertEquals(certificate.fingerprint256.length, 95);
  assert(certificate.validTo.getTime() > Date.now());
  assert(certificate.validFrom.getTime() <= Date.now());
  const digest = await crypto.subtle.digest("SHA-256", certificate.der);
  assertEquals(
    new Uint8Array(digest).toHex(),
    certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
  );
  conn.terminate();
  // It stays known after the end.
  assertEquals(conn.peerCertificate, certificate);
  await looking;
});

for (const isRequired of [true, false]) {
  const title = isRequired ? "required" : "asked for";
  Deno.test(`where a certificate is ${title}, wrong ones are refused`, async () => {
    await using server = serve({
      ...CLIENTS,
      requireClientCertificate: isRequired,
    });
    const { listener, errors } = server;
    for (const [name, certificate] of Object.entries({ mallory, expired })) {
      for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
        const options = { ...certificate, maxVersion };
        assertInstanceOf(await errorOf(look(listener, options)), Error, name);
      }
    }
    if (isRequired) assertInstanceOf(await errorOf(look(listener)), Error);
    else assertEquals((await look(listener)).line, "a.test: nobody\n");
    const count = isRequired ? 5 : 4;
    await until(() => errors.length === count);
    for (const error of errors) {
      assertInstanceOf(error, Deno.errors.InvalidData);
      assertStringIncludes(error.message, "Cannot complete the TLS handshake");
    }
    assertEquals((await look(listener, alice)).line, "a.test: alice\n");
    await until(() => listener.connectionCount === 0);
  });
}

/** What a server demands, what a client has, and the alert that it gets. */
const REFUSALS: Readonly<
  Record<string, [Partial<ListenTlsOptions>, ConnectionOptions, string]>
> = {
  "a certificate, by TLS 1.2": [
    { ...CLIENTS, requireClientCertificate: true },
    { maxVersion: "TLSv1.2" },
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
  ],
  "a certificate, by TLS 1.3": [
    { ...CLIENTS, requireClientCertificate: true },
    { maxVersion: "TLSv1.3" },
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
  ],
  "a version of TLS": [
    { minVersion: "TLSv1.3" },
    { maxVersion: "TLSv1.2" },
    "TLSV1_ALERT_PROTOCOL_VERSION",
  ],
  "a protocol": [
    { alpnProtocols: ["chat"] },
    { ALPNProtocols: ["mail"] },
    "TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
  ],
};

for (const [what, [demands, client, alert]] of Object.entries(REFUSALS)) {
  Deno.test(`a client that lacks ${what} is told so by an alert`, async () => {
    await using server = serve({ ...serverA, ...demands });
    const error = await errorOf(look(server.listener, client));
    assertEquals((error as { code?: string }).code, `ERR_SSL_${alert}`);
    await until(() => server.errors.length === 1);
    assertInstanceOf(server.errors[0], Deno.errors.InvalidData);
    assertStringIncludes(
      server.errors[0].message,
      what.startsWith("a certificate")
        ? "the client has shown no certificate"
        : "Cannot complete the TLS handshake",
    );
  });
}

const CAN_RUN_OPENSSL = hasProgram("openssl", "version") &&
  (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );

/** A client by `openssl s_client`, which keeps a session in a file. */
class OpenSsl {
  readonly #directory = Deno.makeTempDirSync();

  /** Connects, and returns what came and whether the session was resumed. */
  async look(
    { addr }: TlsListener,
    version: string,
    client?: { cert: string; key: string },
  ): Promise<{ line: string | undefined; isResumed: boolean }> {
    const args = ["s_client", "-connect", `127.0.0.1:${addr.port}`, version];
    if (client !== undefined) {
      const pem = `${this.#directory}/client.pem`;
      Deno.writeTextFileSync(pem, client.cert + client.key);
      args.push("-cert", pem, "-key", pem);
    }
    const session = `${this.#directory}/session`;
    const known = Deno.readTextFileSync(session);
    if (known !== "") args.push("-sess_in", session);
    args.push("-sess_out", session, "-servername", "a.test");
    const child = new Deno.Command("openssl", {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let text = "";
    let end: Promise<void> | undefined;
    const decoded = child.stdout.pipeThrough(new TextDecoderStream());
    for await (const part of decoded) {
      text += part;
      // What the server says comes last, and the session before it.
      if (/a\.test: \w+\n/.test(text)) end ??= child.stdin.close();
    }
    await (end ?? child.stdin.close()).catch(() => {});
    await child.status;
    return {
      line: /a\.test: (\w+)\n/.exec(text)?.[1],
      isResumed: /^Reused, /m.test(text),
    };
  }

  /** Forgets the session. */
  forget(): void {
    Deno.writeTextFileSync(`${this.#directory}/session`, "");
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

for (const version of ["-tls1_2", "-tls1_3"]) {
  Deno.test({
    name:
      `a session is resumed with the certificate of the client, but not with one that was refused (${version})`,
    ignore: !CAN_RUN_OPENSSL,
    fn: async () => {
      await using server = serve({
        ...CLIENTS,
        requireClientCertificate: true,
      });
      // The engine resumes sessions of all servers of the process.
      await using open = serve(serverA);
      await using other = serve({ ...serverA, clientCaCerts: [otherCaCert] });
      using client = new OpenSsl();
      client.forget();
      const first = await client.look(server.listener, version, alice);
      assertEquals(first, { line: "alice", isResumed: false });
      const second = await client.look(server.listener, version, alice);
      assertEquals(second, { line: "alice", isResumed: true });
      client.forget();
      for (let round = 0; round < 2; round++) {
        const refused = await client.look(server.listener, version, mallory);
        assertEquals(refused.line, undefined);
      }
      client.forget();
      const known = await client.look(other.listener, version, mallory);
      assertEquals(known.line, "mallory");
      const refused = await client.look(server.listener, version, mallory);
      assertEquals(refused.line, undefined);
      client.forget();
      await client.look(open.listener, version);
      const nobody = await client.look(server.listener, version);
      assertEquals(nobody.line, undefined);
    },
  });
}

Deno.test("listenTls() speaks no version older than minVersion", async () => {
  await using server = serve({ ...serverA, minVersion: "TLSv1.3" });
  const { listener, errors } = server;
  assertEquals((await look(listener)).protocol, "TLSv1.3");
  await errorOf(look(listener, { maxVersion: "TLSv1.2" }));
  await until(() => errors.length === 1);
  await using old = serve({ ...serverA, minVersion: "TLSv1.2" });
  const seen = await look(old.listener, { maxVersion: "TLSv1.2" });
  assertEquals(seen.protocol, "TLSv1.2");
});

Deno.test("listenTls() with bad certificates throws one clear error, and does not listen", () => {
  const address = "127.0.0.1:0";
  const good = { cert: serverCert, key: serverKey };
  const isolate = (pem: string) => pem.slice(0, 200);
  const cases: [object, string][] = [
    [{ ...good, cert: "no PEM" }, 'no certificate in PEM in the option "cert"'],
    [{ ...good, cert: "" }, 'no certificate in PEM in the option "cert"'],
    [{ ...good, cert: isolate(serverCert) }, "no certificate in PEM"],
    [{ ...good, cert: serverKey }, "no certificate in PEM"],
    [{ ...good, key: "no PEM" }, 'no private key in PEM in the option "key"'],
    [{ ...good, key: serverCert }, 'no private key in PEM in the option "key"'],
    [{ ...good, key: serverA.key }, "is not that of the certificate"],
    [{ ...good, clientCaCerts: ["garbage"] }, 'the option "clientCaCerts"'],
    [
      { ...good, clientCaCerts: [caCert, isolate(caCert)] },
      'the option "clientCaCerts"',
    ],
  ];
  for (const [options, message] of cases) {
    for (const tlsBackend of ["layer", "runtime"] as const) {
      const error = assertThrows(() =>
        listenTls(address, { ...options, tlsBackend })
      ) as Error & { operation: string; address: string; code: string };
      assertInstanceOf(error, Deno.errors.InvalidData);
      assertStringIncludes(error.message, "Cannot listen on 127.0.0.1:0: ");
      assertStringIncludes(error.message, message);
      assertEquals(
        [error.operation, error.address, error.code],
        ["listen", "127.0.0.1:0", "EINVAL"],
      );
    }
  }
});

Deno.test("listenTls() refuses options that do not go together", () => {
  const good = { cert: serverCert, key: serverKey };
  const certificate = () => good;
  const cases: object[] = [
    {},
    { cert: serverCert },
    { key: serverKey },
    { ...good, certificate },
    { certificate, key: serverKey },
    { ...good, requireClientCertificate: true },
    { certificate, tlsBackend: "runtime" },
    { ...good, minVersion: "TLSv1.3", tlsBackend: "runtime" },
    { ...good, clientCaCerts: [caCert], tlsBackend: "runtime" },
    { ...good, keepAlive: true, tlsBackend: "runtime" },
    { ...good, minVersion: "TLSv1.1" },
    { ...good, tlsBackend: "openssl" },
    { certificate: "a.pem" },
  ];
  for (const options of cases) {
    const error = assertThrows(
      () => listenTls("127.0.0.1:0", options),
      TypeError,
      "Cannot ",
    );
    assertEquals(error.cause, undefined, Deno.inspect(options));
  }
});

Deno.test("a listener by the runtime's TLS accepts, and keeps its certificate", async () => {
  await using server = serve({ ...serverA, tlsBackend: "runtime" });
  using client = await dialTls(server.listener.addr, TRUST);
  assertEquals(await client.readLine(HANGS), "no name: nobody");
  assertThrows(
    () => server.listener.setCertificate(serverB),
    Deno.errors.NotSupported,
    "Cannot set the certificate of 127.0.0.1:",
  );
});

Deno.test("a client that refuses an expired certificate is one error of the listener", async () => {
  await using server = serve(expired);
  const { listener, errors } = server;
  const error = await errorOf(dialTls(listener.addr, TRUST));
  assertInstanceOf(error, Deno.errors.InvalidData);
  await until(() => errors.length === 1);
  const [seen] = errors;
  assertInstanceOf(seen, Deno.errors.InvalidData);
  assertStringIncludes(seen.message, "Cannot complete the TLS handshake with");
  assertStringIncludes(seen.message, "ertificate");
  await until(() => listener.connectionCountOf("127.0.0.1") === 0);
});
