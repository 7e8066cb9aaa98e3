import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { acceptTls } from "../../../tcp/tls/accept_tls.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { pipe } from "../../../tcp/pipe.ts";
import { startTls } from "../../../tcp/tls/start_tls.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { assertSameBytes, drain, pattern } from "../support/_bytes.ts";
import {
  assertClosed,
  assertTimeout,
  errorOf,
  until,
} from "../support/_outcomes.ts";
import { hasProgram, isEnded } from "../support/_peer.ts";
import { canUseFiles, testEachKind } from "../support/kinds.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };
const SERVER = { cert: serverCert, key: serverKey, ...HANGS };
const CLIENT = { serverName: "localhost", caCerts: [caCert], ...HANGS };

/** A ClientHello, up to its end. */
async function takeHello(): Promise<Uint8Array> {
  using listener = listenTcp("127.0.0.1:0");
  const plain = await dialTcp(listener.addr);
  const starting = startTls(plain, CLIENT).catch(() => {});
  using server = await listener.accept(HANGS);
  const header = new Uint8Array(5);
  await server.readFull(header, HANGS);
  const body = new Uint8Array((header[3] ?? 0) * 256 + (header[4] ?? 0));
  await server.readFull(body, HANGS);
  server.terminate();
  await starting;
  return Uint8Array.from([...header, ...body]);
}

async function connect(): Promise<[client: TcpConn, server: TcpConn]> {
  using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept(HANGS);
  return [await dialTcp(listener.addr), await accepting];
}

Deno.test("acceptTls() serves STARTTLS behind a greeting, and carries bytes both ways", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const data = pattern(1024 * 1024);
  const serving = listener.serve(async (plain) => {
    await plain.writeString("220 ready\r\n");
    assertEquals(await plain.readLine(HANGS), "STARTTLS");
    await plain.writeString("220 go ahead\r\n");
    const conn = await acceptTls(plain, SERVER);
    assertEquals(conn.remoteAddr, plain.remoteAddr);
    assertEquals(conn.serverName, "localhost");
    assertSameBytes(await drain(conn), data);
    await conn.writeString("got it\n");
  });
  const plain = await dialTcp(listener.addr);
  assertEquals(await plain.readLine(HANGS), "220 ready");
  await plain.writeString("STARTTLS\r\n");
  assertEquals(await plain.readLine(HANGS), "220 go ahead");
  using client = await startTls(plain, CLIENT);
  await client.write(data);
  await client.closeWrite();
  assertEquals(await client.readLine(HANGS), "got it");
  assertEquals(await client.read(new Uint8Array(1), HANGS), null);
  await listener.shutdown(HANGS);
  await serving;
});

/** Talks SMTP as far as a client goes, and tells which lines come in secret. */
async function serveMail(plain: TcpConn): Promise<string[]> {
  await plain.writeString("220 localhost\r\n");
  assertEquals((await plain.readLine(HANGS))?.slice(0, 5), "EHLO ");
  await plain.writeString("250-localhost\r\n250 STARTTLS\r\n");
  assertEquals(await plain.readLine(HANGS), "STARTTLS");
  await plain.writeString("220 go ahead\r\n");
  const conn = await acceptTls(plain, SERVER);
  const lines: string[] = [];
  let isMail = false;
  for await (const line of conn.lines()) {
    lines.push(line);
    if (isMail && line !== ".") continue;
    isMail = line === "DATA";
    await conn.writeString(isMail ? "354 go ahead\r\n" : "250 OK\r\n");
    if (line === "QUIT") break;
  }
  return lines;
}

/** A program that sends mail. */
interface Mailer {
  /** What it only tells its version by. */
  readonly probe: string;
  readonly args: (port: number, ca: string) => string[];
  readonly input: string;
}

const MAILERS: Record<string, Mailer> = {
  curl: {
    probe: "-V",
    args: (port, ca) => [
      ...[
        "-sS",
        "--noproxy",
        "*",
        "--ssl-reqd",
        "--cacert",
        ca,
        `smtp://127.0.0.1:${port}`,
      ],
      ...["--mail-from", "a@a.test", "--mail-rcpt", "b@a.test", "-T", "-"],
    ],
    input: "Subject: hello\r\n\r\nIn secret\r\n",
  },
  openssl: {
    probe: "version",
    args: (port, ca) => [
      ...["s_client", "-starttls", "smtp", "-connect", `127.0.0.1:${port}`],
      ...["-CAfile", ca, "-verify_return_error", "-quiet", "-ign_eof"],
    ],
    input: "DATA\r\nIn secret\r\n.\r\nQUIT\r\n",
  },
};

for (const [program, { probe, args, input }] of Object.entries(MAILERS)) {
  Deno.test({
    name: `acceptTls() takes mail of ${program} by STARTTLS`,
    ignore: !canUseFiles() || !hasProgram(program, probe),
    fn: async () => {
      const directory = await Deno.makeTempDir();
      const ca = `${directory}/ca.pem`;
      await Deno.writeTextFile(ca, caCert);
      const lines: string[] = [];
      const listener = listenTcp("127.0.0.1:0");
      const serving = listener.serve(async (plain) => {
        lines.push(...await serveMail(plain));
      });
      const child = new Deno.Command(program, {
        args: args(listener.addr.port, ca),
        stdin: "piped",
        stdout: "null",
        stderr: "null",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(input));
      await writer.close();
      assertEquals((await child.status).code, 0);
      await listener.shutdown(HANGS);
      await serving;
      assert(lines.includes("In secret"), lines.join("\n"));
      assertEquals(lines.at(-1), "QUIT");
      await Deno.remove(directory, { recursive: true });
    },
  });
}

for (const injected of ["RSET\r\n", "MAIL FROM:<mallory@example.com>\r\n"]) {
  Deno.test(`acceptTls() refuses the plain text "${injected.slice(0, 4)}" before the handshake`, async () => {
    const [client, server] = await connect();
    using _client = client;
    await client.write(
      new Uint8Array([
        ...new TextEncoder().encode(`STARTTLS\r\n${injected}`),
        ...await takeHello(),
      ]),
    );
    assertEquals(await server.readLine(HANGS), "STARTTLS");
    const error = await errorOf(acceptTls(server, SERVER));
    assertInstanceOf(error, Deno.errors.InvalidData);
    assertStringIncludes(error.message, "Cannot start TLS with 127.0.0.1:");
    assertEquals(server.state, "closed");
    await server.closed;
    assert(await isEnded(client));
  });
}

Deno.test("acceptTls() takes a handshake that a read before it has begun to bring", async () => {
  const [client, server] = await connect();
  await client.writeString("STARTTLS\r\n");
  assertEquals(await server.readLine(HANGS), "STARTTLS");
  // A read that has given up takes what comes next all the same.
  assertTimeout(await errorOf(server.read(new Uint8Array(9), { timeout: 1 })));
  const handshake = startTls(client, CLIENT);
  await until(() => server.bytesRead > 10);
  using conn = await acceptTls(server, SERVER);
  using secure = await handshake;
  await secure.writeString("hello\n");
  assertEquals(await conn.readLine(HANGS), "hello");
});

Deno.test("acceptTls() takes a ClientHello byte by byte", async () => {
  const hello = await takeHello();
  const [client, server] = await connect();
  using _client = client;
  const accepting = errorOf(acceptTls(server, SERVER));
  for (const byte of hello) await client.write(new Uint8Array([byte]));
  // The answer is a record of the handshake: the hello was whole.
  const answer = new Uint8Array(1);
  assertEquals(await client.readFull(answer, HANGS), 1);
  assertEquals(answer[0], 22);
  client.close();
  assertInstanceOf(await accepting, Error);
});

Deno.test("acceptTls() finds the name in a ClientHello of one-byte records in time", async () => {
  const hello = await takeHello();
  const records = [...hello.subarray(5)].flatMap((
    byte,
  ) => [22, 3, 1, 0, 1, byte]);
  const names: string[] = [];
  const [client, server] = await connect();
  using _client = client;
  const accepting = errorOf(acceptTls(server, {
    certificate: (serverName) => {
      names.push(serverName);
      return undefined;
    },
    ...HANGS,
  }));
  await client.write(new Uint8Array(records));
  assertInstanceOf(await accepting, Deno.errors.InvalidData);
  assertEquals(names, ["localhost"]);
  // The alert: fatal, unrecognized_name.
  const alert = new Uint8Array(7);
  await client.readFull(alert, HANGS);
  assertEquals([...alert.subarray(5)], [2, 112]);
});

Deno.test("acceptTls() at a limit frees the connection of a silent client", async () => {
  for (
    const make of [
      () => ({ timeout: 20 }),
      () => ({ deadline: Date.now() + 20 }),
    ]
  ) {
    const [client, server] = await connect();
    using _client = client;
    assertTimeout(await errorOf(acceptTls(server, { ...SERVER, ...make() })));
    await server.closed;
    assert(await isEnded(client));
  }
  const [client, server] = await connect();
  using _client = client;
  const reason = { stopped: true };
  const controller = new AbortController();
  const accepting = errorOf(
    acceptTls(server, { ...SERVER, signal: controller.signal }),
  );
  controller.abort(reason);
  assertStrictEquals(await accepting, reason);
  await server.closed;
  assert(await isEnded(client));
});

Deno.test("acceptTls() of a connection that is closed, before and meanwhile, is ClosedError", async () => {
  const [left, right] = pipe();
  using _left = left;
  const accepting = errorOf(acceptTls(right, SERVER));
  right.close();
  assertClosed(await accepting);
  assertClosed(await errorOf(acceptTls(right, SERVER)));
});

Deno.test("acceptTls() checks the certificate first, and leaves the connection as it was", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  const error = await errorOf(acceptTls(right, { ...SERVER, key: "no PEM" }));
  assertInstanceOf(error, Deno.errors.InvalidData);
  assertStringIncludes(error.message, "Cannot start TLS with the left end");
  // What is wrong is an argument, not what the peer says.
  assertEquals("code" in error && error.code, "EINVAL");
  await assertRejects(() => acceptTls(right, HANGS), TypeError);
  assertEquals(right.state, "open");
});

Deno.test("a connection with TLS over it counts for its listener until that is freed", async () => {
  const listener = listenTcp("127.0.0.1:0", { maxConnectionsPerIp: 1 });
  let closeTls = () => {};
  const serving = listener.serve(async (plain) => {
    // An idle limit of the plain connection ends with it.
    plain.setIdleTimeout(1, "close");
    const conn = await acceptTls(plain, SERVER);
    closeTls = () => conn.terminate();
    await conn.writeString("hello\n");
    await conn.closed;
  });
  using client = await startTls(await dialTcp(listener.addr), CLIENT);
  assertEquals(await client.readLine(HANGS), "hello");
  assertEquals(listener.connectionCount, 1);
  assertEquals(listener.connectionCountOf("127.0.0.1"), 1);
  using surplus = await dialTcp(listener.addr);
  assert(await isEnded(surplus));
  closeTls();
  await until(() => listener.connectionCount === 0);
  // Cut without close_notify: not an end.
  const error = await errorOf(client.read(new Uint8Array(1), HANGS));
  assertInstanceOf(error, Deno.errors.UnexpectedEof);
  await listener.close();
  await serving;
});

Deno.test("closing the plain connection closes the TLS one over it in order", async () => {
  const [client, server] = await connect();
  const [secure, conn] = await Promise.all([
    startTls(client, CLIENT),
    acceptTls(server, SERVER),
  ]);
  using _secure = secure;
  const data = pattern(300_000);
  const writing = conn.write(data);
  assertClosed(await errorOf(server.writeString("in plain")));
  assertClosed(await errorOf(server.readLine()));
  server.close();
  assertEquals(conn.state, "closed");
  assertSameBytes(await drain(secure), data);
  await writing;
  secure.close();
  await Promise.all([server.closed, conn.closed]);
});

testEachKind(
  "acceptTls() works over any connection",
  async (left, right) => {
    const server = acceptTls(right, SERVER);
    const tls = await import("node:tls");
    const { Duplex } = await import("node:stream");
    const socket = tls.connect({
      socket: Duplex.fromWeb(left as never),
      servername: "localhost",
      ca: caCert,
    });
    socket.on("error", () => {});
    const conn = await server;
    await new Promise((resolve) => socket.write("hello\n", resolve));
    assertEquals(await conn.readLine(HANGS), "hello");
    conn.terminate();
    socket.destroy();
    await right.closed;
  },
  ["tcp", "unix", "pipe"],
);
