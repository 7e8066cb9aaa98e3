import { assertEquals } from "@std/assert";
import { afterPoll } from "../../../internal/wait/after_poll.ts";
import { turn } from "../_turn.ts";

Deno.test("afterPoll() runs its task after what has arrived was delivered", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  using client = await Deno.connect({ hostname: "127.0.0.1", port });
  using server = await listener.accept();
  const events: string[] = [];
  const polled = Promise.withResolvers<void>();
  const buffer = new Uint8Array(8);
  const reading = client.read(buffer).then(() => events.push("read"));
  await server.write(new Uint8Array([1]));
  afterPoll(() => {
    events.push("polled");
    polled.resolve();
  });
  await polled.promise;
  await reading;

  assertEquals(events, ["read", "polled"]);
});

Deno.test("the runtime polls within as many turns as afterPoll() waits for", async () => {
  // How often it does while it has other work is its own decision: should that
  // become rarer, `TURNS` has to grow.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  using client = await Deno.connect({ hostname: "127.0.0.1", port });
  using server = await listener.accept();
  const buffer = new Uint8Array(8);
  // A new socket is written to when it was polled once.
  await server.write(new Uint8Array([0]));
  await client.read(buffer);
  let early = 0;
  // It has other work all the time.
  let isBusy = true;
  const work = async () => {
    while (isBusy) await turn();
  };
  const working = work();
  for (let round = 0; round < 20; round++) {
    let isRead = false;
    const reading = client.read(buffer).then(() => isRead = true);
    // The read finds nothing, and waits for a poll, from here on.
    for (let count = 0; count < round; count++) await turn();
    const writing = server.write(new Uint8Array([1]));
    const polled = Promise.withResolvers<void>();
    afterPoll(polled.resolve);
    await polled.promise;
    if (!isRead) early++;
    await Promise.all([reading, writing]);
  }
  isBusy = false;
  await working;

  assertEquals(early, 0);
});
