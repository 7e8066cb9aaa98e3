import { dialTcp } from "../../tcp/dial_tcp.ts";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { caCert, serverCert, serverKey } from "../certificates.ts";
import { assertSameBytes, drain, pattern } from "../tcp/support/_bytes.ts";
import { serveConns, type SlowTask } from "./_slow_task.ts";

const TAIL = 2 * 1024 * 1024;
const TLS_TAIL = 600_000;
const PIPED_DOWN = 500_000;
const PIPED_UP = 150_000;
const CHUNK = 50_000;

const CERTIFICATE = { cert: serverCert, key: serverKey };

/** Bytes in chunks, as a stream. */
function chunks(size: number, from: number): ReadableStream<Uint8Array> {
  const all = pattern(size, from);
  return ReadableStream.from((function* () {
    for (let at = 0; at < size; at += CHUNK) yield all.slice(at, at + CHUNK);
  })());
}

/** A handler that answers a line and returns, while the client sends on. */
function answerLine(kind: "tcp" | "tls", size: number): SlowTask {
  return {
    name: `${kind} answer`,
    serve(hostname) {
      const listener = kind === "tcp"
        ? listenTcp({ hostname, port: 0 })
        : listenTls({ hostname, port: 0 }, CERTIFICATE);
      return serveConns(listener, async (conn) => {
        await conn.readLine();
        await conn.write(pattern(size));
      });
    },
    async dial([address]) {
      // The certificate is for names of the local host.
      const conn = kind === "tcp"
        ? await dialTcp(address)
        : await dialTls(address, {
          caCerts: [caCert],
          serverName: "localhost",
        });
      await conn.writeString("go\n");
      const first = new Uint8Array(1);
      await conn.readFull(first);
      await conn.writeString("x");
      const rest = await drain(conn);
      assertSameBytes(first, pattern(1));
      assertSameBytes(rest, pattern(size - 1, 1));
      conn.close();
      await conn.closed;
      return `${size} bytes, then the end`;
    },
  };
}

/** Streams of bytes that are piped into connections, both ways. */
const pipeStreams: SlowTask = {
  name: "tcp pipeTo",
  serve(hostname) {
    return serveConns(listenTcp({ hostname, port: 0 }), async (conn) => {
      const piping = chunks(PIPED_DOWN, 7).pipeTo(conn.writable);
      assertSameBytes(await drain(conn), pattern(PIPED_UP, 3));
      await piping;
    });
  },
  async dial([address]) {
    const conn = await dialTcp(address);
    const piping = chunks(PIPED_UP, 3).pipeTo(conn.writable);
    assertSameBytes(await drain(conn), pattern(PIPED_DOWN, 7));
    await piping;
    await conn.closed;
    return `${PIPED_DOWN} bytes down, ${PIPED_UP} up`;
  },
};

/** Streams of bytes. */
export const slowStreams: readonly SlowTask[] = [
  answerLine("tcp", TAIL),
  answerLine("tls", TLS_TAIL),
  pipeStreams,
];
