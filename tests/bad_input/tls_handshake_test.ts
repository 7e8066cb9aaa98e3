import { assert, assertEquals, assertMatch } from "@std/assert";
import { createConnection } from "node:net";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import type { TlsListener } from "../../tcp/tls/tls_listener.ts";
import { serverCert, serverKey } from "../certificates.ts";
import { drain, encode } from "../tcp/support/_bytes.ts";
import { hasProgram } from "../tcp/support/_peer.ts";
import { until } from "../tcp/support/_outcomes.ts";
import { testAttack } from "./_attack.ts";
import { besideBystander, HANGS } from "./_bystander.ts";

const BACKENDS = ["layer", "runtime"] as const;
type Backend = typeof BACKENDS[number];

const HAS_OPENSSL = hasProgram("openssl", "version");

function listen(tlsBackend: Backend, handshakeTimeout = 5000): TlsListener {
  return listenTls("127.0.0.1:0", {
    cert: serverCert,
    key: serverKey,
    tlsBackend,
    handshakeTimeout,
  });
}

/** A whole ClientHello of TLS 1.2, which offers one cipher suite. */
const HELLO = Uint8Array.from([
  ...[22, 3, 1, 0, 47, 1, 0, 0, 43, 3, 3],
  ...new Uint8Array(32).fill(7),
  ...[0, 0, 2, 0xc0, 0x2f, 1, 0, 0, 0],
]);

/** The header of a record of so many bytes. */
function header(type: number, length: number): number[] {
  return [type, 3, 3, length >> 8, length & 0xff];
}

/** What comes instead of a handshake. The client ends its direction behind it. */
const NOISE: Record<string, () => Uint8Array> = {
  "a plain HTTP request": () =>
    encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  "a line of text": () => encode("EHLO localhost\r\n"),
  "random bytes": () => crypto.getRandomValues(new Uint8Array(5000)),
  "nothing at all": () => new Uint8Array(0),
  "one byte": () => Uint8Array.of(22),
  "half a ClientHello": () => HELLO.slice(0, 30),
  "a ClientHello without its last byte": () => HELLO.slice(0, -1),
  "a ClientHello that can't be agreed to": () => HELLO,
  "a ClientHello of SSL 2": () =>
    Uint8Array.of(0x80, 0x2e, 1, 0, 2, 0, 21, 0, 0, 0, 16, 1, 0, 128),
  "records without a byte in them": () =>
    Uint8Array.from(Array(2000).fill(header(22, 0)).flat()),
  "a record that is too long": () =>
    Uint8Array.from([...header(22, 0xffff), ...new Uint8Array(70_000)]),
  "a handshake message of 16 MiB": () =>
    Uint8Array.from([
      ...header(22, 16_384),
      ...[1, 0xff, 0xff, 0xff],
      ...new Uint8Array(16_380),
    ]),
  "data before the handshake": () =>
    Uint8Array.from([...header(23, 100), ...new Uint8Array(100)]),
  "an alert": () => Uint8Array.from([...header(21, 2), 2, 40]),
};

/** Checks that an error tells what could not be done, with whom, and why. */
function assertToldWell(error: unknown): void {
  assert(error instanceof Error, String(error));
  assertMatch(
    error.message,
    /^Cannot complete the TLS handshake with 127\.0\.0\.1:\d+: \S/,
  );
  const isKnown = [
    Deno.errors.InvalidData,
    Deno.errors.UnexpectedEof,
    Deno.errors.ConnectionReset,
    Deno.errors.ConnectionAborted,
    Deno.errors.BrokenPipe,
  ].some((type) => error instanceof type);
  assert(isKnown, String(error));
}

/** Of those, the beginnings of a handshake that ends in the middle. */
const CUT = [
  "one byte",
  "half a ClientHello",
  "a ClientHello without its last byte",
];

/**
 * Whether such input is an error: a client that leaves without a byte is none,
 * and the runtime's TLS does not tell how many have come.
 */
function isError(what: string, backend: Backend): boolean {
  if (what === "nothing at all") return false;
  return backend === "layer" || !CUT.includes(what);
}

for (const backend of BACKENDS) {
  for (const [what, make] of Object.entries(NOISE)) {
    const count = isError(what, backend) ? 1 : 0;
    testAttack(
      `a TLS server that gets ${what} has ${count} errors, and serves the others (${backend})`,
      async () => {
        const listener = listen(backend);
        const errors = await besideBystander(listener, async () => {
          using client = await dialTcp(listener.addr, HANGS);
          await client.write(make(), HANGS).catch(() => {});
          await client.closeWrite().catch(() => {});
          // It is answered by an alert at most, and shown out.
          const answer = await drain(client).catch(() => new Uint8Array(0));
          assert(answer.length <= 1000, `${answer.length} bytes`);
          await until(() => listener.errorCount === count);
        });
        assertEquals(errors.length, count);
        for (const error of errors) assertToldWell(error);
      },
    );
  }

  testAttack(
    `a TLS server ends resets in the handshake alone (${backend})`,
    async () => {
      const listener = listen(backend);
      const { port } = listener.addr;
      const errors = await besideBystander(listener, async () => {
        for (const bytes of [HELLO.slice(0, 0), HELLO.slice(0, 30), HELLO]) {
          const connected = Promise.withResolvers<void>();
          const socket = createConnection(
            { port, host: "127.0.0.1" },
            connected.resolve,
          );
          socket.on("error", () => {});
          await connected.promise;
          if (bytes.length > 0) {
            await new Promise((resolve) => socket.write(bytes, resolve));
          }
          const over = new Promise((resolve) => socket.once("close", resolve));
          socket.resetAndDestroy();
          await over;
        }
      });
      assert(errors.length <= 3);
      for (const error of errors) assertToldWell(error);
    },
  );

  testAttack(
    `a TLS server renegotiates nothing with a client of TLS 1.2 (${backend})`,
    async () => {
      const listener = listen(backend);
      await besideBystander(listener, async () => {
        await using client = new OpensslClient(listener, "-tls1_2");
        await client.write("hello\n");
        assert(await client.readUntil("\nhello\n"));
        // A command: ask for a new handshake. OpenSSL ends when it gets none.
        await client.write("R\n");
        assertEquals(await client.readUntil("Verify return code", 2), false);
      });
    },
    { ignore: !HAS_OPENSSL },
  );

  testAttack(
    `a TLS server takes new keys of a client of TLS 1.3 (${backend})`,
    async () => {
      const listener = listen(backend);
      await besideBystander(listener, async () => {
        await using client = new OpensslClient(listener, "-tls1_3");
        for (let round = 0; round < 10; round++) {
          await client.write(`hello ${round}\n`);
          assert(await client.readUntil(`\nhello ${round}\n`));
          // A command: change the keys of both directions.
          await client.write("K\n");
          assert(await client.readUntil("KEYUPDATE\n", round + 1));
        }
      });
    },
    { ignore: !HAS_OPENSSL },
  );
}

/** OpenSSL as a client, which does things that no library of ours can. */
class OpensslClient implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: readonly Promise<void>[];
  #text = "";
  #onText = (): void => {};

  constructor(listener: TlsListener, version: "-tls1_2" | "-tls1_3") {
    const address = `127.0.0.1:${listener.addr.port}`;
    this.#child = new Deno.Command("openssl", {
      args: ["s_client", "-connect", address, version],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { stdin, stdout, stderr } = this.#child;
    this.#input = stdin.getWriter();
    this.#reading = [stdout, stderr].map((stream) => this.#read(stream));
  }

  /** Keeps what it says: of its commands it speaks here and there. */
  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      this.#text += part;
      this.#onText();
    }
  }

  async write(text: string): Promise<void> {
    await this.#input.write(encode(text));
  }

  /** Waits until a text has come so many times; false if it ends before. */
  async readUntil(part: string, times = 1): Promise<boolean> {
    let isOver = false;
    const over = Promise.all(this.#reading).then(() => {
      isOver = true;
    });
    const isThere = () => this.#text.split(part).length > times;
    while (!isThere() && !isOver) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onText = resolve;
      await Promise.race([promise, over]);
    }
    return isThere();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    await Promise.all(this.#reading);
    await this.#child.status;
  }
}
