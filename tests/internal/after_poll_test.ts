import { assertEquals } from "@std/assert";
import { afterPoll } from "../../internal/after_poll.ts";

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
