import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { Admission } from "../../../../chat/server/admission/_admission.ts";
import {
  FrontendListener,
} from "../../../../chat/server/frontends/_frontend_listener.ts";
import { Monitor } from "../../../../chat/server/monitoring/_monitor.ts";
import { dialTcp } from "../../../../tcp/dial_tcp.ts";

Deno.test("FrontendListener counts a connection until it is closed, also if its frontend goes on", async () => {
  const limits = {
    maxConnections: 1,
    maxPerAddress: 10,
    maxNewPerAddress: 10,
    exemptLoopback: true,
  };
  const monitor = new Monitor(undefined);
  const admission = new Admission(limits, monitor, {
    isStopping: false,
    isBanned: () => false,
  });
  const waiting = Promise.withResolvers<void>();
  const served: string[] = [];
  const listener = new FrontendListener(
    { hostname: "127.0.0.1", port: 0 },
    {
      kind: "tcp",
      async serve(conn) {
        await conn.writeString("served\n");
        conn.close();
        served.push("served");
        await waiting.promise;
      },
      async reject(conn, reason) {
        await conn.writeString(`${reason}\n`);
        conn.close();
      },
    },
    { admission, monitor, telling: 0 },
  );
  const serving = listener.serve((error) => {
    throw error;
  });
  const answers: (string | null)[] = [];
  for (let n = 0; n < 2; n++) {
    using client = await dialTcp(listener.addr);
    answers.push(await client.readLine());
    client.close();
    while (listener.connectionCount > 0) {
      await delay(0);
    }
  }
  assertEquals(answers, ["served", "served"]);
  assertEquals(served.length, 2);
  waiting.resolve();
  listener.close();
  await serving;
});
