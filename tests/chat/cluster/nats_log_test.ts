import { assertEquals, assertRejects } from "@std/assert";
import type { ChatLog } from "../../../chat/cluster/chat_log.ts";
import {
  natsLog,
  type NatsLogOptions,
} from "../../../chat/cluster/nats_log.ts";
import { Child, hasProgram } from "../_child.ts";
import { Reading, testLogContract, toBatch } from "./_log_contract.ts";
import {
  answered,
  ENTRY,
  LEASE_TIME,
  loadClient,
  NatsBroker,
} from "./_nats_broker.ts";

const PROGRAM = new URL("_nats_lease_program.ts", import.meta.url).href;
/** Milliseconds after which a broker is taken for silent. */
const SHORT_TIMEOUT = 500;
const ignore = ENTRY === undefined || !hasProgram("nats-server");

testLogContract("natsLog()", { start: () => NatsBroker.start(), ignore });

function test(
  name: string,
  run: (broker: NatsBroker) => Promise<void>,
  config?: string,
): void {
  Deno.test({
    name: `natsLog() ${name}`,
    ignore,
    async fn() {
      await using broker = await NatsBroker.start({ config });
      await run(broker);
    },
  });
}

/** Appends a batch until it is stored. */
async function insist(log: ChatLog, text: string): Promise<void> {
  while (true) {
    try {
      return await log.append(toBatch(text), text);
    } catch {
      // The broker is away.
    }
  }
}

/** Stops the broker, and waits until it does not answer any more. */
async function silence(broker: NatsBroker, log: ChatLog): Promise<void> {
  broker.server.pause();
  try {
    while (true) await log.end();
  } catch (error) {
    assertEquals((error as Error).name, "TimeoutError");
  }
}

/** Opens a log that does not wait for long. */
function openShort(
  broker: NatsBroker,
  options: Partial<NatsLogOptions> = {},
): Promise<ChatLog> {
  return answered(() => broker.open({ timeout: SHORT_TIMEOUT, ...options }));
}

/** Lists the servers as soon as the broker answers. */
async function askServers(log: ChatLog): Promise<readonly string[]> {
  while (true) {
    try {
      return await log.servers();
    } catch {
      // The broker is away, or slower than the log allows.
    }
  }
}

/** Waits until a server has a lease, or has none. */
async function untilListed(
  log: ChatLog,
  server: string,
  isListed: boolean,
): Promise<void> {
  while (true) {
    const servers = await askServers(log);
    if (servers.includes(server) === isListed) return;
  }
}

test("is opened by several servers at once that find no stream", async (broker) => {
  for (let round = 0; round < 40; round++) {
    const stream = `CHAT${round}`;
    const logs = await Promise.all(
      Array.from({ length: 4 }, () => broker.open({ stream })),
    );
    const [{ epoch }] = logs;
    assertEquals(logs.map((log) => log.epoch), [epoch, epoch, epoch, epoch]);
  }
});

test("loses and doubles nothing when the broker is killed again and again", async (broker) => {
  const logs = [await broker.open(), await broker.open()];
  const lease = await logs[0]?.lease("east.1");
  let isLost = false;
  lease?.lost.then(() => isLost = true);
  const readings = logs.map((log) => new Reading(log));
  let isOver = false;
  const appended = logs.map(async (log, server) => {
    const texts: string[] = [];
    while (!isOver) {
      const text = `${server}/${texts.length}`;
      await insist(log, text);
      texts.push(text);
    }
    return texts;
  });
  for (let kill = 1; kill <= 3; kill++) {
    await Promise.all(readings.map((one) => one.until(one.texts.length + 50)));
    await broker.server.kill();
    await broker.server.start();
  }
  await Promise.all(readings.map((one) => one.until(one.texts.length + 50)));
  isOver = true;
  const texts = await Promise.all(appended);
  const count = texts.flat().length;
  const [first, second] = await Promise.all(
    readings.map((one) => one.until(count)),
  );

  assertEquals(first?.batches, second?.batches);
  texts.forEach((own, server) => {
    const read = first?.texts.filter((text) => text.startsWith(`${server}/`));
    assertEquals(read, own);
  });
  await untilListed(logs[1] as ChatLog, "east.1", true);
  assertEquals(isLost, false);
  for (const one of readings) await one.stop();
});

test("keeps its lease over an outage of the broker, longer than the lease", async (broker) => {
  const [log, other] = [await broker.open(), await broker.open()];
  const lease = await log.lease("east.1");
  let isLost = false;
  lease.lost.then(() => isLost = true);
  await untilListed(other, "east.1", true);
  const { streams } = await broker.manager();
  // As the broker does at its start, for leases that have lapsed meanwhile.
  await streams.purge("CHAT_SERVERS", { filter: "CHAT.servers.>" });
  await untilListed(other, "east.1", true);

  assertEquals(isLost, false);
  await lease.release();
  assertEquals(await other.servers(), []);
});

test("lists the servers only when all could renew their leases", async (broker) => {
  const log = await broker.open();
  await log.lease("east.1");
  await broker.server.kill();
  await broker.server.start();
  const { streams } = await broker.manager();
  const listed = log.servers();
  await streams.purge("CHAT_SERVERS", { filter: "CHAT.servers.>" });

  assertEquals(await listed, ["east.1"]);
});

test("lists the servers only when all could renew their leases after a silence", async (broker) => {
  const other = await broker.open();
  const log = await openShort(broker);
  await other.lease("east.1");
  await askServers(log);
  await silence(broker, log);
  broker.server.resume();
  const listed = askServers(log);
  const { streams } = await broker.manager();
  await streams.purge("CHAT_SERVERS", { filter: "CHAT.servers.>" });

  assertEquals(await listed, ["east.1"]);
});

test("has lost its lease when its process was stopped for longer", async (broker) => {
  const log = await broker.open();
  const args = ["run", "-A", "--no-check", PROGRAM, `${ENTRY}`];
  args.push(`${broker.server.port}`, `${LEASE_TIME}`);
  await using child = new Child(Deno.execPath(), args);
  await child.until(/^held$/);
  child.process.kill("SIGSTOP");
  await untilListed(log, "paused.1", false);
  child.process.kill("SIGCONT");
  await child.until(/^lost$/);
  const { code, errors } = await child.end();

  assertEquals([code, errors], [0, ""]);
  assertEquals(await log.servers(), []);
});

test("rejects in time when the broker is silent, and stores a batch once", async (broker) => {
  await broker.open();
  const { jetstreamManager } = loadClient();
  let sent = 0;
  const log = await openShort(broker, {
    async jetstreamManager(connection, options) {
      const manager = await jetstreamManager(
        connection,
        options,
      );
      const client = manager.jetstream();
      return {
        streams: manager.streams,
        jetstream: () => ({
          consumers: client.consumers,
          publish(subject, payload, options) {
            sent++;
            return client.publish(subject, payload, options);
          },
        }),
      };
    },
  });
  const reading = new Reading(log);
  await insist(log, "a");
  const before = sent;
  await silence(broker, log);
  for (let attempt = 1; attempt <= 3; attempt++) {
    const error = await assertRejects(
      () => log.append(toBatch("b"), "b"),
      DOMException,
    );
    assertEquals(error.name, "TimeoutError");
  }
  // The client keeps what it could not send: no second copy of the batch.
  assertEquals(sent, before + 1);
  broker.server.resume();
  await insist(log, "b");
  await insist(log, "c");

  assertEquals((await reading.until(3)).texts, ["a", "b", "c"]);
  await reading.stop();
});

test("rejects what was under way when the connection is lost", async (broker) => {
  const log = await broker.open();
  await silence(broker, await openShort(broker));
  const appending = log.append(toBatch("a"), "a");
  const listing = log.servers();
  appending.catch(() => {});
  listing.catch(() => {});
  await broker.server.kill();

  await assertRejects(() => appending, Error, "was lost");
  await assertRejects(() => listing, Error, "was lost");
});

test("rejects in time while the broker is away", async (broker) => {
  await broker.open();
  const log = await openShort(broker);
  await broker.server.kill();
  while (log.isConnected) await log.end().catch(() => {});
  const error = await assertRejects(() => log.end(), DOMException);
  assertEquals(error.name, "TimeoutError");
  await broker.server.start();
  while (!log.isConnected) await log.end().catch(() => {});
  assertEquals(await answered(() => log.end()), 0);
});

test("reads on when its consumer is deleted", async (broker) => {
  const log = await broker.open();
  const reading = new Reading(log);
  await insist(log, "a");
  await reading.until(1);
  const { consumers } = await broker.manager();
  for await (const { name } of consumers.list("CHAT")) {
    await consumers.delete("CHAT", name);
  }
  await insist(log, "b");

  assertEquals((await reading.until(2)).texts, ["a", "b"]);
  await reading.stop();
});

test("ends when its stream is deleted", async (broker) => {
  const log = await broker.open();
  const reading = new Reading(log);
  const { streams } = await broker.manager();
  await streams.delete("CHAT");

  await assertRejects(() => reading.ended, Error, "it was deleted");
  await assertRejects(() => log.end(), Error, "it was deleted");
});

test("rejects to read a log with a hole", async (broker) => {
  const log = await broker.open();
  for (const text of ["a", "b", "c"]) await insist(log, text);
  const { streams } = await broker.manager();
  await streams.deleteMessage("CHAT", 2);
  const reading = new Reading(log);

  await assertRejects(() => reading.ended, Error, "message 2 was removed");
  assertEquals(reading.texts, ["a"]);
});

test("ends when the connection is closed", async (broker) => {
  const connection = await broker.connect();
  const log = await broker.open({ connection });
  const reading = new Reading(log);
  await connection.close();

  await assertRejects(() => reading.ended, Error, "was closed");
  await assertRejects(() => log.end(), Error, "was closed");
  assertEquals(log.isConnected, false);
  await assertRejects(() => broker.open({ connection }), Error, "is closed");
});

test("shows no unfinished snapshot, and removes parts that are not needed", async (broker) => {
  const log = await broker.open();
  const manager = await broker.manager();
  const epoch = log.epoch.replace(/\W/g, "_");
  const put = (subject: string) =>
    manager.jetstream().publish(`CHAT.snapshots.${subject}`, toBatch("x"), {});
  await put(`${epoch}.1.crashed.0`);
  await put(`${epoch}.9.unfinished.0`);
  await put("another_epoch.50.old.0");
  await put("another_epoch.50.old.1");
  assertEquals(await log.loadSnapshots(), []);
  const data = crypto.getRandomValues(new Uint8Array(65_536));
  for (const sequence of [2, 3, 4]) await log.saveSnapshot({ sequence, data });
  const snapshots = await log.loadSnapshots();
  assertEquals(snapshots.map(({ sequence }) => sequence), [4, 3]);

  const filter = { subjects_filter: "CHAT.snapshots.>" };
  const { state } = await manager.streams.info("CHAT_SNAPSHOTS", filter);
  const kept = Object.keys(state.subjects ?? {}).map((subject) =>
    subject.split(".").slice(2, 4).join(".").replace(epoch, "epoch")
  );
  assertEquals(kept.toSorted(), ["epoch.3", "epoch.4", "epoch.9", "index"]);
});

test("falls back on the older snapshot if a part of the later one is lost", async (broker) => {
  const log = await broker.open();
  for (const sequence of [1, 2]) {
    await log.saveSnapshot({ sequence, data: toBatch(`state ${sequence}`) });
  }
  const { streams } = await broker.manager();
  const epoch = log.epoch.replace(/\W/g, "_");
  const filter = `CHAT.snapshots.${epoch}.2.>`;
  await streams.purge("CHAT_SNAPSHOTS", { filter });
  const snapshots = await log.loadSnapshots();

  assertEquals(snapshots.map(({ sequence }) => sequence), [1]);
});

test("keeps logs of several names apart", async (broker) => {
  const [log, other] = [
    await broker.open(),
    await broker.open({ stream: "T" }),
  ];
  await insist(log, "a");
  await log.lease("east.1");

  assertEquals([await log.end(), await other.end()], [1, 0]);
  assertEquals(await other.servers(), []);
});

test("refuses a stream that was created for something else", async (broker) => {
  await broker.open();
  await assertRejects(
    () => broker.open({ leaseTime: LEASE_TIME * 2 }),
    Error,
    'Cannot use stream "CHAT_SERVERS": it has max_age 1000000000, expected 2000000000',
  );
  await assertRejects(
    () => broker.open({ stream: "CHAT_SERVERS" }),
    Error,
    'it has subjects ["CHAT.servers.>"], expected ["CHAT_SERVERS.log"]',
  );
});

test("refuses names of servers that are no subjects", async (broker) => {
  const log = await broker.open();
  for (const name of ["", "a b", "a.*", ".a", "a..b", ">"]) {
    await assertRejects(() => log.lease(name), SyntaxError, `"${name}"`);
  }
});

Deno.test({
  name: "natsLog() refuses a broker without JetStream",
  ignore,
  async fn() {
    await using broker = await NatsBroker.start({ jetStream: false });
    await assertRejects(
      () => broker.open(),
      Error,
      'Cannot open stream "CHAT": jetstream is not enabled',
    );
  },
});

const RIGHTS = [
  "CHAT.>",
  ...["CHAT", "CHAT_SERVERS", "CHAT_SNAPSHOTS"].flatMap((stream) =>
    ["CREATE", "INFO", "PURGE"].map((verb) =>
      `$JS.API.STREAM.${verb}.${stream}`
    )
  ),
  "$JS.API.STREAM.MSG.GET.CHAT_SERVERS",
  "$JS.API.STREAM.MSG.GET.CHAT_SNAPSHOTS",
  "$JS.API.CONSUMER.*.CHAT.>",
  "$JS.API.CONSUMER.MSG.NEXT.CHAT.>",
];

const USERS = `authorization { users: [
  { user: chat, password: secret, permissions: {
    publish: ${JSON.stringify(RIGHTS)}, subscribe: ["_INBOX.>"] } }
  { user: other, password: secret, permissions: {
    publish: ["CHAT.>", "$JS.API.STREAM.INFO.>"], subscribe: ["_INBOX.>"] } }
] }`;

test("needs only the permissions that it names", async (broker) => {
  const chat = { user: "chat", pass: "secret" };
  const connection = await broker.connect(chat);
  const errors: unknown[] = [];
  (async () => {
    for await (const status of connection.status()) {
      if (status.type === "error") errors.push(status);
    }
  })();
  const log = await broker.open({ connection });
  const reading = new Reading(log);
  const lease = await log.lease("east.1");
  await insist(log, "a");
  await reading.until(1);
  await broker.server.kill();
  await broker.server.start();
  await insist(log, "b");
  await reading.until(2);
  await reading.stop();
  await log.trim(2);
  assertEquals(await log.servers(), ["east.1"]);
  await lease.release();
  for (const sequence of [1, 2, 3]) {
    await log.saveSnapshot({ sequence, data: toBatch("state") });
  }
  assertEquals((await log.loadSnapshots()).length, 2);
  await log.close();
  await connection.flush();
  assertEquals(errors, []);
}, USERS);

test("names the permission that it lacks", async (broker) => {
  const other = { user: "other", pass: "secret" };
  const connection = await broker.connect(other);
  await assertRejects(
    () => broker.open({ connection }),
    Error,
    'Cannot create stream "CHAT": Permissions Violation for Publish to "$JS.API.STREAM.CREATE.CHAT"',
  );
}, USERS);

Deno.test("natsLog() refuses a broker that is too old", async () => {
  const options = (version: string): NatsLogOptions => ({
    connection: {
      info: { version, max_payload: 1024 },
      async *status() {},
    },
    jetstreamManager: () => Promise.reject(new Error("It is new enough")),
  });
  for (const version of ["2.8.4", "1.99.0", "0.1"]) {
    await assertRejects(
      () => natsLog(options(version)),
      Error,
      `Cannot use NATS server ${version}: expected version 2.9 or later`,
    );
  }
  for (const version of ["2.9.0", "2.10.0-beta.1", "3.0.0"]) {
    await assertRejects(
      () => natsLog(options(version)),
      Error,
      "It is new enough",
    );
  }
});

Deno.test("natsLog() refuses options that can't work", async () => {
  const good: NatsLogOptions = {
    connection: { async *status() {} },
    jetstreamManager: () => Promise.reject(new Error("Not called")),
  };
  const refused: [Partial<Record<keyof NatsLogOptions, unknown>>, string][] = [
    [{ connection: undefined }, "TypeError"],
    [{ connection: {} }, "TypeError"],
    [{ jetstreamManager: undefined }, "TypeError"],
    [{ stream: "a.b" }, "SyntaxError"],
    [{ stream: "" }, "SyntaxError"],
    [{ replicas: 0 }, "RangeError"],
    [{ replicas: 6 }, "RangeError"],
    [{ leaseTime: 999 }, "RangeError"],
    [{ timeout: 0 }, "RangeError"],
  ];
  for (const [options, name] of refused) {
    const wrong = { ...good, ...options } as NatsLogOptions;
    const error = await assertRejects(() => natsLog(wrong), Error);
    assertEquals([options, error.name], [options, name]);
  }
});

Deno.test({
  name: "natsLog() takes the objects of the packages, by their types",
  ignore: ENTRY === undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const log = new URL("../../../chat/cluster/nats_log.ts", import.meta.url);
      const packages = ["transport-node", "jetstream"];
      const dependencies = Object.fromEntries(
        packages.map((name) => [`@nats-io/${name}`, "*"]),
      );
      await Deno.writeTextFile(
        `${folder}/package.json`,
        JSON.stringify({ dependencies }),
      );
      await Deno.symlink(
        `${ENTRY?.slice(0, ENTRY.lastIndexOf("/"))}`,
        `${folder}/node_modules`,
      );
      await Deno.writeTextFile(
        `${folder}/program.ts`,
        `import { connect } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { natsLog } from ${JSON.stringify(log.href)};
const connection = await connect();
await natsLog({ connection, jetstreamManager });
// @ts-expect-error: the types are known.
await natsLog({ connection: jetstreamManager, jetstreamManager: connection });
`,
      );
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["check", "--no-lock", "--node-modules-dir=manual", "program.ts"],
        cwd: folder,
      }).output();
      assertEquals([code, code === 0 || new TextDecoder().decode(stderr)], [
        0,
        true,
      ]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
