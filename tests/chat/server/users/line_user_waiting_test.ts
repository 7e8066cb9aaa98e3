// Users whose requests wait for the log of a cluster.

import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import type { ChatEntry } from "../../../../chat/room/log/_chat_entry.ts";
import { RoomReplica } from "../../../../chat/room/_room_replica.ts";
import { readRules } from "../../../../chat/room/_room_rules.ts";
import { ChatHub } from "../../../../chat/server/_chat_hub.ts";
import { Monitor } from "../../../../chat/server/monitoring/_monitor.ts";
import { LineUser } from "../../../../chat/server/users/_line_user.ts";
import { listenTcp } from "../../../../tcp/listen_tcp.ts";
import { SocketUser } from "../../_socket_user.ts";

const ORIGIN = "east";

/** A hub of a server whose log gives entries back when told to. */
function makeHub() {
  const entries: ChatEntry[] = [];
  const replica = new RoomReplica(readRules({}), {
    origin: ORIGIN,
    epoch: "1",
    isFull: false,
    propose(entry) {
      entries.push(entry);
      return [];
    },
    sessionKey: (token) => token,
  });
  const hub = new ChatHub(replica, {
    drainTimeout: 1000,
    nicknameTimeout: Infinity,
    maxLineLength: 100,
    monitor: new Monitor(undefined),
    isTicked: true,
    tickInterval: 1,
  });
  let id = 0;
  const order = () => {
    for (const entry of entries.splice(0)) {
      const place = { origin: ORIGIN, id: ++id, now: Date.now() };
      hub.take(replica.apply(entry, place), true);
    }
  };
  return { hub, entries, order, [Symbol.dispose]: () => hub.close() };
}

/** A user whose nickname waits for the log. */
async function enter(hub: ChatHub) {
  using listener = listenTcp("127.0.0.1:0");
  const client = await SocketUser.connect(listener.addr);
  const conn = await listener.accept();
  const user = new LineUser(conn, hub, {
    maxLineLength: 100,
    maxQueuedBytes: 65_536,
  });
  const probed = Promise.withResolvers<void>();
  const probe = user.probe.bind(user);
  user.probe = () => {
    probe();
    probed.resolve();
  };
  const running = user.run();
  await client.take(3);
  await client.type("alice\nhello\n");
  await probed.promise;
  return { client, running };
}

Deno.test("A user leaves whose connection ends while a request waits for the log", async () => {
  using server = makeHub();
  const { client, running } = await enter(server.hub);
  client.close();
  await running;
  assertEquals(server.hub.room.connected, 0);
  // What was behind the request was not decided early.
  assertEquals(server.entries.map(({ type }) => type), ["enter", "depart"]);
});

Deno.test("Lines that come while a request waits for the log are handled after it", async () => {
  using server = makeHub();
  const { client, running } = await enter(server.hub);
  await client.type("/nick bob\n/quit\n");
  const goodbye = client.rest().then((lines) => {
    client.close();
    return lines.at(-1);
  });
  let isOver = false;
  running.then(() => isOver = true);
  const seen: string[] = [];
  while (!isOver) {
    seen.push(...server.entries.map(({ type }) => type));
    server.order();
    await delay(0);
  }
  seen.push(...server.entries.map(({ type }) => type));
  assertEquals(seen, ["enter", "said", "rename", "depart"]);
  assertEquals(await goodbye, "*** Goodbye!");
});
