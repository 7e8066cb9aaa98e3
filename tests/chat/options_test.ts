import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChatClient } from "../../chat/client/chat_client.ts";
import type {
  ChatClientOptions,
  ChatSearchOptions,
} from "../../chat/client/chat_client_options.ts";
import type { ChatServerOptions } from "../../chat/server/chat_server_options.ts";
import { serveChat } from "../../chat/server/serve_chat.ts";
import type { ChatLog } from "../../chat/cluster/chat_log.ts";
import { openSqliteStore } from "../../chat/store/sqlite_store.ts";
import { FakeBroker } from "./cluster/_fake_log.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";

type Cases<T> = { readonly [K in keyof T]-?: readonly unknown[] };

const NOT_TIMES = [-1, NaN, "1", null, {}];
const NOT_FUNCTIONS = ["f", {}, null, 1];
const NOT_STRINGS = [1, null, {}, true];
const NOT_SIGNALS = ["x", {}, null, new AbortController()];
const NOT_COUNTS = [-1, 1.5, NaN, "1", null, 1n];
const NOT_AMOUNTS = [0, -1, NaN, "1", null];
const NOT_PORTS = [-1, 65536, 1.5, NaN, "80", null];

/** Every option with values that can't be. */
function* each<T>(cases: Cases<T>): Generator<[string, unknown]> {
  for (const [name, values] of Object.entries<readonly unknown[]>(cases)) {
    for (const value of values) yield [name, value];
  }
}

const NO_NAMES = ["", " ", "a b", "a:b", "/a", "a\u200bb", "x".repeat(33)];

const ANY_ERROR = Error;

const LOG_MEMBERS = [
  ...["epoch", "maxBatchBytes", "append", "read", "end", "first", "trim"],
  ...["lease", "servers", "loadSnapshots", "saveSnapshot", "close"],
];

/** A log that lacks a member. */
function logWithout(name: string): ChatLog {
  return Object.defineProperty(new FakeBroker().open(), name, {
    value: undefined,
  });
}

Deno.test("serveChat() refuses every invalid option before it listens", () => {
  const cases: Cases<ChatServerOptions> = {
    tcp: [
      ...[true, "x", null, 1],
      ...NOT_PORTS.map((port) => ({ port })),
      ...NOT_STRINGS.map((hostname) => ({ hostname })),
      ...[{ cert: "x" }, { key: "x" }, { cert: 1, key: 1 }],
      { proxyProtocol: { from: ["localhost"] } },
    ],
    http: [
      ...[true, "x", null, 1],
      ...NOT_PORTS.map((port) => ({ port })),
      ...[{ allowedHosts: "x" }, { allowedHosts: ["a b"] }, { cert: "x" }],
      ...[{ trustedProxies: { from: ["x"] } }, { trustedProxies: [] }],
      ...[{ forwardedOrigin: true }, { forwardedOrigin: "on" }],
      ...[{ proxyProtocol: { from: [] } }, { proxyProtocol: true }],
      ...["team", "/", "/team/", "/a/../b", "/a b", 1]
        .map((basePath) => ({ basePath })),
    ],
    cluster: [
      ...[null, 1, {}, { log: {}, name: "east" }, { log: 1 }],
      ...LOG_MEMBERS.map((name) => ({ log: logWithout(name), name: "east" })),
      { log: new FakeBroker().open(), name: "two words" },
    ],
    name: [...NOT_STRINGS, "", " ", "two\nlines", "x".repeat(65)],
    reservedNicknames: ["Cook", 1, null, [1], new Set([1])],
    store: [null, {}, "x", { load: () => {} }],
    access: [
      ...[true, "x", null, 1],
      ...[1, null, "", "1234567", "x".repeat(1025)]
        .map((password) => ({ password })),
      ...[1, null, {}, { add: () => {} }, { add() {}, take() {} }]
        .map((invitations) => ({ invitations })),
      ...["", "a b", "Host", 1, null, "X-Forwarded-User"]
        .map((userHeader) => ({ userHeader })),
    ],
    operatorToken: [...NOT_STRINGS, "short"],
    maxRooms: [...NOT_COUNTS, 0],
    editTime: NOT_TIMES,
    syntax: [1, "short", null],
    language: NOT_STRINGS,
    maxConnections: NOT_COUNTS,
    maxPerAddress: NOT_COUNTS,
    maxNewPerAddress: NOT_COUNTS,
    exemptLoopback: ["on", 1, null],
    nicknameTimeout: NOT_TIMES,
    requestTimeout: NOT_TIMES,
    maxLineLength: [...NOT_COUNTS, 0, Infinity, 2 ** 40],
    burst: [...NOT_AMOUNTS, 0.5],
    rate: NOT_AMOUNTS,
    maxQueuedBytes: [...NOT_COUNTS, 0, Infinity],
    pingInterval: NOT_TIMES,
    drainTimeout: NOT_TIMES,
    signal: NOT_SIGNALS,
    onEvent: NOT_FUNCTIONS,
    onError: NOT_FUNCTIONS,
  };
  for (const [name, value] of each(cases)) {
    const options = { tcp: { port: 0 }, [name]: value } as ChatServerOptions;
    assertThrows(
      () => void serveChat(options).shutdown(),
      ANY_ERROR,
      "Cannot",
      `${name}: ${Deno.inspect(value)}`,
    );
  }
  for (const wrong of [null, 1, "x"]) {
    const options = wrong as unknown as ChatServerOptions;
    assertThrows(() => serveChat(options), TypeError, "options");
  }
});

Deno.test("serveChat() refuses lines that may not fit into a batch of its log", async () => {
  const broker = new FakeBroker();
  broker.maxBatchBytes = 6 * 1000 + 2048;
  const options = (maxLineLength: number): ChatServerOptions => ({
    tcp: { port: 0 },
    maxLineLength,
    cluster: { log: broker.open(), name: "east" },
  });
  assertThrows(
    () => void serveChat(options(1001)).shutdown(),
    RangeError,
    "Cannot use maxLineLength 1001 with maxBatchBytes 8048 of cluster.log: expected maxLineLength of 1000 or less",
  );
  await using _server = serveChat(options(1000));
  broker.maxBatchBytes = 2000;
  assertThrows(
    () => void serveChat(options(1)).shutdown(),
    RangeError,
    "expected maxBatchBytes of 2054 or more",
  );
});

Deno.test("serveChat() refuses a store that belongs to another log", async () => {
  const log = new FakeBroker().open();
  const cluster = { log, name: "east" };
  using own = await openSqliteStore(":memory:", { epoch: log.epoch });
  await using _server = serveChat({ tcp: { port: 0 }, store: own, cluster });
  using other = await openSqliteStore(":memory:", { epoch: "another" });
  assertThrows(
    () =>
      void serveChat({ tcp: { port: 0 }, store: other, cluster }).shutdown(),
    TypeError,
    'Cannot use store of epoch "another" with cluster.log of epoch "epoch-1": expected',
  );
});

Deno.test("ChatClient refuses every invalid option", () => {
  const cases: Cases<ChatClientOptions> = {
    nickname: [...NOT_STRINGS, ...NO_NAMES],
    rooms: ["cats", [1], null, {}, ...NO_NAMES.map((name) => ["a", name])],
    password: NOT_STRINGS,
    invite: NOT_STRINGS,
    link: NOT_STRINGS,
    device: NOT_STRINGS,
    reconnect: ["yes", 1, null],
    maxAttempts: [...NOT_COUNTS, 0],
    minDelay: NOT_TIMES,
    maxDelay: NOT_AMOUNTS,
    connectTimeout: NOT_TIMES,
    pingInterval: NOT_TIMES,
    burst: [...NOT_AMOUNTS, 0.5],
    rate: NOT_AMOUNTS,
    caCerts: ["x", [1], null],
    signal: NOT_SIGNALS,
  };
  for (const [name, value] of each(cases)) {
    const options = { [name]: value } as ChatClientOptions;
    assertThrows(
      () => new ChatClient("ws://127.0.0.1:1", options),
      ANY_ERROR,
      "Cannot",
      `${name}: ${Deno.inspect(value)}`,
    );
  }
});

Deno.test("ChatClient refuses every invalid option of its lists", async () => {
  using client = new ChatClient("ws://127.0.0.1:1");
  const cases: Cases<ChatSearchOptions> = {
    room: NOT_STRINGS,
    before: [...NOT_COUNTS, Infinity],
    limit: [...NOT_COUNTS, 0],
    timeout: NOT_TIMES,
    deadline: [NaN, "x", {}],
    signal: NOT_SIGNALS,
  };
  for (const [name, value] of each(cases)) {
    const options = { [name]: value } as ChatSearchOptions;
    const calls = [
      () => client.search("x", options),
      () => client.history("lobby", options),
      () => client.users(undefined, options),
    ];
    for (const call of calls) {
      const what = `${name}: ${Deno.inspect(value)}`;
      await assertRejects(call, ANY_ERROR, "Cannot", what);
    }
  }
  assertEquals(client.pendingCount, 0);
});

Deno.test("ChatClient takes names in every form that a server takes", () => {
  const options = { nickname: " Ａlice ", rooms: ["#Tea", "李雷"] };
  using client = new ChatClient("ws://127.0.0.1:1", options);
  assertEquals(client.state, "idle");
});

Deno.test("connect() of a ChatClient refuses limits that are none, and can be called again", async () => {
  await using server = serveChat({ tcp: { port: 0, hostname: "127.0.0.1" } });
  const { port } = server.tcpAddr;
  await using client = new ChatClient(`127.0.0.1:${port}`, { nickname: "a" });
  const bad: unknown[] = [
    ...NOT_TIMES.map((timeout) => ({ timeout })),
    ...NOT_SIGNALS.map((signal) => ({ signal })),
    ...[NaN, "x", {}].map((deadline) => ({ deadline })),
    null,
    1,
  ];
  for (const wait of bad) {
    await assertRejects(
      () => client.connect(wait as WaitOptions),
      ANY_ERROR,
      "Cannot use",
      Deno.inspect(wait),
    );
    assertEquals(client.state, "idle");
  }
  await client.connect({ timeout: 60_000 });
});
