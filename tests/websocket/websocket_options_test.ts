import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { pipe } from "@vnet/net/testing";
import {
  acceptWebSocket,
  type AcceptWebSocketOptions,
  dialWebSocket,
  type DialWebSocketOptions,
  newClient,
  newServer,
  type ServerOptions,
  upgradeWebSocket,
  type UpgradeWebSocketOptions,
} from "@vnet/net/websocket";
import { serverCert, serverKey } from "../certificates.ts";

/** Values that no option of the name can have, of right and of wrong types. */
type Bad = readonly (readonly [name: string, value: unknown])[];

const NO_TIME = [-1, NaN, -Infinity, "5", null, {}];
const NO_COUNT = [-1, NaN, 0.5, "5", null];

function all(name: string, values: readonly unknown[]): Bad {
  return values.map((value) => [name, value] as const);
}

/** What is wrong for connections of all kinds. */
const COMMON: Bad = [
  ...all("maxMessageSize", [0, ...NO_COUNT]),
  ...all("maxBufferedBytes", NO_COUNT),
  ...all("sendPolicy", ["", "Wait", 1, null]),
  ...all("closeTimeout", NO_TIME),
  ...all("handshakeTimeout", NO_TIME),
  ...all("headers", [
    { upgrade: "h2c" },
    { "a b": "c" },
    { "x-a": "\x01" },
    { "x-a": "漢" },
    [["x"]],
  ]),
  ...all("protocols", [["a b"], [""], [1], "chat", {}, null]),
];

/** What is wrong for those that the package carries itself. */
const OWN: Bad = [
  ...COMMON,
  ["maxMessageSize", Infinity],
  ["maxMessageSize", 2 ** 40],
  ...all("maxFragments", [0, Infinity, ...NO_COUNT]),
  ...all("pingInterval", NO_TIME),
  ...all("pongTimeout", NO_TIME),
  ...all("deflate", [
    1,
    "yes",
    null,
    { level: 10 },
    { serverMaxWindowBits: 7 },
    { clientMaxWindowBits: 16 },
    { threshold: -1 },
    { threshold: "1" },
    { level: null },
    { clientNoContextTakeover: "x" },
    { serverNoContextTakeover: 1 },
    { serverNoContextTakeover: null },
  ]),
];

/** What is wrong for servers. */
const SERVING: Bad = [
  ...all("allowedOrigins", ["app.example", ["app.example"], [1], {}, null]),
  ...all("allowedOrigins", [["wss://a.example"], ["ftp://x"]]),
];

const CLIENT: Bad = [
  ...OWN,
  ["protocols", ["a", "a"]],
  ...all("caCerts", ["pem", [1], {}, null]),
  ...all("proxy", ["", "proxy:3128", "socks4://proxy", 1, null, {}]),
  ...all("proxyUrl", ["", "proxy:3128", "socks4://proxy", 1, null, {}]),
];

const ACCEPT: Bad = [
  ...OWN,
  ...SERVING,
  ...all("route", ["", "chat", "/a?b", "/a#b", 1, null]),
  ...all("onRequest", [1, {}, null]),
  ...all("onHttpRequest", [1, "page", null]),
  ...all("signal", [1, {}, null]),
];

const SERVER: Bad = [
  ...OWN,
  ...SERVING,
  ...all("onHttpRequest", [1, null]),
  ...all("maxConnections", NO_COUNT),
  ...all("maxConnectionsPerIp", NO_COUNT),
  ...all("hostname", ["a b", "a/b", "http://a", "u@a", 1, null]),
  ...all("cert", [serverCert, 1, null]),
  ...all("key", [serverKey, 1, null]),
];

const UPGRADE: Bad = [
  ...COMMON,
  ...SERVING,
  ...all("route", ["", "chat", "/a?b", 1]),
  ...all("maxQueuedBytes", NO_COUNT),
  ...all("idleTimeout", NO_TIME),
  ...all("onOpen", [1, {}, null]),
  ...all("onError", [1, {}, null]),
];

/** Checks that all are refused with an error that has the name, and no other. */
async function assertRefused(
  bad: Bad,
  call: (options: Record<string, unknown>) => unknown,
): Promise<void> {
  for (const [name, value] of bad) {
    const what = `${name}: ${Deno.inspect(value)}`;
    try {
      await call({ [name]: value });
    } catch (error) {
      const isGood = error instanceof TypeError ||
        error instanceof RangeError || error instanceof SyntaxError;
      if (!isGood) throw new Error(what, { cause: error });
      continue;
    }
    throw new Error(`Passed: ${what}`);
  }
}

Deno.test("newServer() refuses all bad options and arguments at once", async () => {
  await assertRefused(SERVER, (options: ServerOptions) => {
    newServer(0, "", options);
  });
  for (const port of [-1, 65536, 1.5, NaN, Infinity]) {
    assertThrows(() => newServer(port), RangeError, "port");
  }
  assertThrows(() => newServer("80" as unknown as number), TypeError, "port");
  assertThrows(() => newServer(0, null as unknown as string), TypeError);
  assertThrows(
    () => newServer(0, "", null as unknown as ServerOptions),
    TypeError,
    "options",
  );
  assertThrows(
    () => newServer(0, "", { maxMessageSize: Infinity }),
    RangeError,
    "Cannot use maxMessageSize Infinity",
  );
  assertThrows(
    () => newServer(0, "", { cert: serverCert }),
    TypeError,
    "both cert and key",
  );
});

Deno.test("newServer() takes options at the edges of what is good", () => {
  newServer(65535, "/", {
    hostname: "::1",
    cert: serverCert,
    key: serverKey,
    maxConnections: 0,
    maxConnectionsPerIp: Infinity,
    maxMessageSize: 1,
    maxFragments: 1,
    maxBufferedBytes: 0,
    pingInterval: 0,
    pongTimeout: Infinity,
    closeTimeout: 0,
    handshakeTimeout: Infinity,
    sendPolicy: "drop",
    deflate: {},
    protocols: [],
    allowedOrigins: [],
    headers: undefined,
  });
});

Deno.test("acceptWebSocket() refuses all bad options, and ends the connection", async () => {
  await assertRefused(ACCEPT, async (options: AcceptWebSocketOptions) => {
    const [left, right] = pipe();
    try {
      await acceptWebSocket(left, options);
    } finally {
      assertEquals(left.state, "closed");
      right.close();
    }
  });
});

Deno.test("dialWebSocket() refuses all bad options before it dials", async () => {
  const bad: Bad = [
    ...CLIENT,
    ...all("timeout", NO_TIME),
    ...all("deadline", [NaN, "now", new Date(NaN)]),
    ...all("signal", [1, {}]),
  ];
  await assertRefused(
    bad,
    (options: DialWebSocketOptions) =>
      dialWebSocket("ws://127.0.0.1:1/", options),
  );
  await assertRejects(
    () =>
      dialWebSocket(
        "ws://127.0.0.1:1/",
        null as unknown as DialWebSocketOptions,
      ),
    TypeError,
  );
});

Deno.test("newClient() refuses all bad options at once", async () => {
  const bad: Bad = [...CLIENT, ...all("panicOnCallback", [1, "yes", null])];
  await assertRefused(bad, (options) => {
    newClient("ws://127.0.0.1:1/", options);
  });
});

Deno.test("upgradeWebSocket() refuses all bad options at once", async () => {
  const request = new Request("http://127.0.0.1/");
  await assertRefused(UPGRADE, (options: UpgradeWebSocketOptions) => {
    upgradeWebSocket(request, options);
  });
});

Deno.test("The password of a malformed proxyUrl is in no error", async () => {
  const proxyUrl = "http://user:secret@proxy.example:port";
  const errors = [
    assertThrows(() => newClient("ws://127.0.0.1:1/", { proxyUrl })),
    await assertRejects(() => dialWebSocket("ws://127.0.0.1:1/", { proxyUrl })),
    await assertRejects(() => dialWebSocket("ws://user:secret@127.0.0.1:x/")),
    assertThrows(() => newClient("ws://user:secret@127.0.0.1:x/")),
  ];
  for (const error of errors) {
    assertEquals(Deno.inspect(error).includes("secret"), false);
  }
});

Deno.test("listen() refuses bad options before it takes the port", async () => {
  const server = newServer(0, "", { hostname: "127.0.0.1" });
  for (const options of [{ signal: 1 }, { onListen: 1 }]) {
    // deno-lint-ignore no-explicit-any
    await assertRejects(() => server.listen(options as any), TypeError);
  }
  assertEquals(server.listening, false);
});
