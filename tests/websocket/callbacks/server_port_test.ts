// Apart from others, as a process that is started in another thread has the
// listening socket, too, until its program runs.
import { assertEquals } from "@std/assert";
import { newClient } from "../../../websocket/callbacks/client.ts";
import { newServer } from "../../../websocket/callbacks/server.ts";
import { serve } from "../support/_servers.ts";

const HOST = { hostname: "127.0.0.1" };

Deno.test("A server can listen again after close(), on the same port", async () => {
  const first = newServer(0, "", HOST);
  const { port } = await serve(first).then(async (served) => {
    await served[Symbol.asyncDispose]();
    return served;
  });
  const second = newServer(port, "", HOST);
  for (let round = 0; round < 2; round++) {
    await using served = await serve(second);
    assertEquals(served.port, port);
    const client = newClient(served.url);
    await client.connect();
    await client.close();
  }
});
