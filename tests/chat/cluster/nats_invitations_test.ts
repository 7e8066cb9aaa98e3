import { assertEquals, assertRejects } from "@std/assert";
import {
  NatsInvitations,
  type NatsInvitationsOptions,
} from "../../../chat/cluster/_nats_invitations.ts";
import { Invitations } from "../../../chat/server/access/_invitations.ts";
import type { StoredInvitation } from "../../../chat/server/access/invitation_store.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { hasProgram } from "../_child.ts";
import { JsonUser } from "../_json_user.ts";
import { answered, ENTRY, loadClient, NatsBroker } from "./_nats_broker.ts";

const ignore = ENTRY === undefined || !hasProgram("nats-server");
const TIMEOUT = 5000;

function test(
  name: string,
  run: (
    open: (more?: Partial<NatsInvitationsOptions>) => Promise<NatsInvitations>,
    broker: NatsBroker,
  ) => Promise<void>,
): void {
  Deno.test({
    name: `NatsInvitations ${name}`,
    ignore,
    async fn() {
      await using broker = await NatsBroker.start();
      const stores: NatsInvitations[] = [];
      await run(async (more = {}) => {
        const connection = await broker.connect();
        const manager = await loadClient().jetstreamManager(connection, {
          checkAPI: false,
          timeout: TIMEOUT,
        });
        const store = await NatsInvitations.open({
          ...{ connection, manager, stream: "CHAT", timeout: TIMEOUT },
          ...more,
        });
        stores.push(store);
        return store;
      }, broker);
      for (const store of stores) store[Symbol.dispose]();
    },
  });
}

function entry(
  hash: string,
  rest: Partial<StoredInvitation> = {},
): StoredInvitation {
  return { type: "invitation", hash, until: 1000, uses: 1, ...rest };
}

test("has the same for all servers, of which one gets the last use", async (open) => {
  const [east, west] = [await open(), await open()];
  await east.add(entry("a", { uses: 3 }), 0);
  assertEquals(await west.take("a", 0, 0), "invitation");
  const last = await Promise.all(
    Array.from({ length: 6 }, (_, n) => (n % 2 ? east : west).take("a", 0, 0)),
  );
  assertEquals(last.filter((type) => type !== undefined), [
    ...["invitation", "invitation"],
  ]);
  assertEquals(await east.take("a", 0, 0), undefined);
  await west.giveBack("a");
  assertEquals(await east.take("a", 1000, 0), undefined);
  assertEquals(await east.take("a", 999, 0), "invitation");
  assertEquals(await east.take("never-made", 0, 0), undefined);

  await west.add(entry("b", { type: "pass" }), 0);
  assertEquals(await east.take("b", 999, 5000), "pass");
  assertEquals(await west.take("b", 4999, 9000), "pass");
  assertEquals(await west.take("b", 9000, 9999), undefined);
  await west.giveBack("b");
});

test("ends all for all servers when told so", async (open) => {
  const [east, west] = [await open(), await open()];
  await east.add(entry("a", { uses: 2 }), 0);
  await east.add(entry("b", { type: "pass" }), 0);
  assertEquals(await east.take("a", 0, 0), "invitation");
  await west.clear();
  await east.giveBack("a");
  assertEquals(await east.take("a", 0, 0), undefined);
  assertEquals(await east.take("b", 0, 9), undefined);
  await east.add(entry("a"), 0);
  assertEquals(await west.take("a", 0, 0), "invitation");
});

test("has a limit on valid invitations, and drops the pass that ends first", async (open) => {
  const store = await open({ maxInvitations: 3 });
  for (const hash of ["a", "b", "c"]) await store.add(entry(hash), 0);
  await assertRejects(() => store.add(entry("d"), 0), RangeError, "3 valid");
  // One was used, the others have ended.
  assertEquals(await store.take("a", 0, 0), "invitation");
  await store.add(entry("d", { until: 2000 }), 0);
  await assertRejects(() => store.add(entry("e"), 0), RangeError);
  await store.add(entry("e", { until: 3000 }), 1000);
  assertEquals(await store.take("d", 1000, 0), "invitation");

  for (let n = 0; n < 30; n++) {
    await store.add(entry(`p${n}`, { type: "pass" }), 0);
  }
  // It is prolonged, and so is not the first to end any more.
  assertEquals(await store.take("p0", 0, 2000), "pass");
  await store.add(entry("p30", { type: "pass" }), 0);
  const passes = ["p0", "p1", "p2", "p30"];
  const types = passes.map((hash) => store.take(hash, 0, 2000));
  assertEquals(await Promise.all(types), ["pass", undefined, "pass", "pass"]);
});

test(
  "rejects while the broker is away, so that nobody is let in by mistake",
  async (open, broker) => {
    const store = await answered(() => open({ timeout: 200 }));
    await answered(() => store.add(entry("a"), 0));
    await broker.server.kill();
    await assertRejects(() => store.take("a", 0, 0));
    await assertRejects(() => store.add(entry("b"), 0));
    await broker.server.start();
  },
);

test(
  "lets a user in by an invitation and its pass, over another server",
  async (open, broker) => {
    const servers = await Promise.all(
      ["east", "west"].map(async (name) =>
        serveChat({
          http: { port: 0 },
          cluster: { name, log: await broker.open() },
          access: { invitations: await open() },
        })
      ),
    );
    const [east, west] = servers;
    const token = await new Invitations(await open()).create({
      ...{ time: 60_000, uses: 1 },
    });
    const hello = { type: "hello", version: 1 };
    using alice = await JsonUser.connect(east.httpAddr);
    alice.send({ ...hello, nickname: "alice", invite: token });
    await alice.until("welcome");
    const { token: pass } = await alice.until("pass");
    using bob = await JsonUser.connect(west.httpAddr);
    bob.send({ ...hello, nickname: "bob", invite: token });
    assertEquals((await bob.until("error"))["code"], "wrong-invitation");
    bob.send({ ...hello, nickname: "bob", invite: pass });
    await bob.until("welcome");
    await Promise.all(servers.map((server) => server.shutdown()));
  },
);
