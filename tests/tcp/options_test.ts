import { assertEquals, assertInstanceOf } from "@std/assert";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import { dialUnix } from "../../tcp/unix/dial_unix.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { listenUnix } from "../../tcp/unix/listen_unix.ts";
import { startTls } from "../../tcp/tls/start_tls.ts";
import { TcpConn } from "../../tcp/tcp_conn.ts";
import { TcpListener } from "../../tcp/tcp_listener.ts";
import { testCertificate } from "../../tcp/tls/test_certificate.ts";
import { UnixListener } from "../../tcp/unix/unix_listener.ts";
import { dialUdp } from "../../udp/dial_udp.ts";
import { listenUdp } from "../../udp/listen_udp.ts";

const { cert, key } = testCertificate;

/** Nothing is dialled or bound: no I/O comes before the check. */
const NOWHERE = "nobody.invalid:9";
const NO_FILE = "/nowhere/socket";

// Values that an option can't have, by the class of the error.
const wait = {
  TypeError: [
    { timeout: "1" },
    { deadline: "now" },
    { signal: { aborted: false } },
    { signal: null },
  ],
  RangeError: [{ timeout: -1 }, { timeout: NaN }, { deadline: NaN }],
};
const conn = {
  TypeError: [{ noDelay: 1 }, { noDelay: null }, { keepAlive: "yes" }],
  RangeError: [],
};
const listener = {
  TypeError: [{ maxConnections: "5" }, { maxConnections: null }],
  RangeError: [
    { maxConnections: -1 },
    { maxConnections: NaN },
    { maxConnections: 1.5 },
  ],
};
const netListener = {
  TypeError: [...listener.TypeError, { maxConnectionsPerIp: "5" }],
  RangeError: [...listener.RangeError, { maxConnectionsPerIp: -1 }],
};
const net = {
  TypeError: [{ network: "udp" }, { network: 4 }],
  RangeError: [],
};
const backlog = {
  TypeError: [{ backlog: "5" }, { backlog: null }],
  RangeError: [
    { backlog: -1 },
    { backlog: NaN },
    { backlog: 1.5 },
    { backlog: 1e10 },
  ],
};
const alpn = {
  TypeError: [{ alpnProtocols: "h2" }, { alpnProtocols: [2] }],
  RangeError: [{ alpnProtocols: [""] }, { alpnProtocols: ["x".repeat(256)] }],
};
const tls = {
  TypeError: [
    ...alpn.TypeError,
    { caCerts: "PEM" },
    { caCerts: [5] },
    { caCerts: { 0: "PEM" } },
    { serverName: "" },
    { serverName: 5 },
  ],
  RangeError: alpn.RangeError,
};
const handshake = {
  TypeError: [{ handshakeTimeout: "5" }],
  RangeError: [{ handshakeTimeout: -1 }, { handshakeTimeout: NaN }],
};
const udp = {
  TypeError: [
    ...wait.TypeError,
    { backend: "best" },
    { backend: 1 },
    { reuseAddress: 1 },
    { broadcast: "yes" },
    { overflow: "none" },
    { maxQueued: "5" },
    { maxQueuedBytes: {} },
    { maxDatagramSize: "5" },
  ],
  RangeError: [
    ...wait.RangeError,
    { maxQueued: -1 },
    { maxQueued: NaN },
    { maxQueuedBytes: -1 },
    { maxDatagramSize: 0 },
    { maxDatagramSize: 65_528 },
    { maxDatagramSize: Infinity },
  ],
};

/** What a raw connection or listener needs to be taken over. */
function raw(addr: object): never {
  const close = () => {};
  return { addr, localAddr: addr, remoteAddr: addr, close } as never;
}

const NET_ADDR = { transport: "tcp", hostname: "127.0.0.1", port: 9 };

interface Case {
  readonly name: string;
  readonly call: (options: object) => unknown;
  readonly bad: readonly {
    readonly TypeError: readonly object[];
    readonly RangeError: readonly object[];
  }[];
}

const cases: Case[] = [
  {
    name: "dialTcp",
    call: (options) => dialTcp(NOWHERE, options),
    bad: [wait, conn, net],
  },
  {
    name: "dialTls",
    call: (options) => dialTls(NOWHERE, options),
    bad: [wait, conn, net, tls],
  },
  {
    name: "dialUnix",
    call: (options) => dialUnix(NO_FILE, options),
    bad: [wait],
  },
  {
    name: "listenTcp",
    call: (options) => listenTcp("203.0.113.1:9", options),
    bad: [netListener, conn, net, backlog],
  },
  {
    name: "listenTls",
    call: (options) => listenTls("203.0.113.1:9", { cert, key, ...options }),
    bad: [
      netListener,
      net,
      backlog,
      alpn,
      handshake,
      conn,
      {
        TypeError: [
          { cert: 5 },
          { key: undefined },
          { certificate: "a.pem" },
          { minVersion: "TLSv1" },
          { clientCaCerts: "a.pem" },
          { requireClientCertificate: 1 },
          { tlsBackend: "node" },
        ],
        RangeError: [{ alpnProtocols: [""] }],
      },
    ],
  },
  {
    name: "listenUnix",
    call: (options) => listenUnix(NO_FILE, options),
    bad: [
      wait,
      listener,
      {
        TypeError: [{ mode: "0o600" }],
        RangeError: [{ mode: -1 }, { mode: 0o10000 }, { mode: 1.5 }],
      },
    ],
  },
  {
    name: "listenUdp",
    call: (options) => listenUdp(NOWHERE, options),
    bad: [
      udp,
      {
        TypeError: [{ maxReplyRatio: "3" }],
        RangeError: [{ maxReplyRatio: -1 }, { maxReplyRatio: NaN }],
      },
    ],
  },
  { name: "dialUdp", call: (options) => dialUdp(NOWHERE, options), bad: [udp] },
  {
    name: "dialUdp of two addresses",
    call: (options) => dialUdp("203.0.113.1:9", NOWHERE, options),
    bad: [udp],
  },
  {
    name: "new TcpConn",
    call: (options) => new TcpConn(raw(NET_ADDR), options),
    bad: [conn],
  },
  {
    name: "new TcpListener",
    call: (options) => new TcpListener(raw(NET_ADDR), options),
    bad: [netListener, conn],
  },
  {
    name: "new UnixListener",
    call: (options) =>
      new UnixListener(raw({ transport: "unix", path: NO_FILE }), options),
    bad: [listener],
  },
];

/** What a call throws or rejects with. */
async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}

for (const { name, call, bad } of cases) {
  Deno.test(`${name}() checks its options before anything else`, async () => {
    for (const Class of [TypeError, RangeError]) {
      const all = bad.flatMap((kind) =>
        kind[Class.name as "TypeError" | "RangeError"]
      );
      for (const options of all) {
        const error = await failureOf(() => call(options));
        const shown = `${name} ${Deno.inspect(options)}`;
        assertInstanceOf(error, Class, shown);
        // It is the check's word, not the runtime's.
        assertEquals(error.cause, undefined, shown);
      }
    }
    // That of listenTls() is put together by the case itself.
    if (name === "listenTls") return;
    for (const options of [null, 5]) {
      const error = await failureOf(() => call(options as never));
      assertInstanceOf(error, TypeError, `${name} ${options}`);
    }
  });
}

Deno.test("startTls() checks its options and leaves the connection", async () => {
  using listener = listenTcp("127.0.0.1:0");
  using plain = await dialTcp(listener.addr);
  for (const Class of [TypeError, RangeError]) {
    const kind = Class.name as "TypeError" | "RangeError";
    for (const options of [...wait[kind], ...tls[kind]]) {
      const given = { serverName: "localhost", ...options } as never;
      const error = await failureOf(() => startTls(plain, given));
      assertInstanceOf(error, Class, Deno.inspect(options));
    }
  }
  assertEquals(plain.state, "open");
});

Deno.test("connections of a listener have the options that it was given", async () => {
  const options: { noDelay: unknown } = { noDelay: false };
  using listener = listenTcp("127.0.0.1:0", options as object);
  options.noDelay = "changed later";
  using client = await dialTcp(listener.addr);
  using server = await listener.accept();
  assertEquals([client.state, server.state], ["open", "open"]);
});
