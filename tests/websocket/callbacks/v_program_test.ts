import { assertEquals } from "@std/assert";
import { newClient, newServer, OPCode } from "@vnet/net/websocket";
import { Log } from "../support/_servers.ts";

/** The server of V's example program, on a port that the system chooses. */
function startServer(
  log: (event: string) => void,
): { port: Promise<number>; stop: () => Promise<void> } {
  const s = newServer(0, "");
  s.pingInterval = 100;
  s.onConnect((peer) => {
    // Here you can look at the client info and accept or not accept
    // just returning a true/false
    if (peer.resourceName !== "/") {
      throw new Error("unexpected resource name in test");
    }
    return true;
  });
  s.onMessage((ws, msg) => {
    ws.write(msg.payload, msg.opcode);
  });
  s.onClose((ws) => {
    log(`client (${ws.id}) closed connection`);
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  const listening = s.listen({ onListen: ({ port }) => resolve(port) });
  return {
    port: promise,
    async stop() {
      await s.close();
      await listening;
    },
  };
}

Deno.test("V's program runs as written and gives 'a' twice and a pong", async () => {
  const serverLog = new Log<string>();
  const { port, stop } = startServer(serverLog.add);
  const events = new Log<string>();

  const ws = newClient(`ws://localhost:${await port}`);
  ws.onOpen((ws) => {
    events.add("open!");
    ws.pong();
  });
  ws.onError((_ws, err) => {
    events.add(`error: ${err}`);
  });
  ws.onClose(() => {
    events.add("closed");
  });
  ws.onMessage((_ws, msg) => {
    if (msg.opcode === OPCode.textFrame) {
      const smessage = new TextDecoder().decode(msg.payload);
      events.add(`Message: ${smessage}`);
    } else {
      events.add(`Other message: ${msg.opcode}`);
    }
  });
  await ws.connect();
  const listening = ws.listen();
  const text = ["a", "a"];
  for (const [index, msg] of text.entries()) {
    const bytes = new TextEncoder().encode(msg);
    assertEquals(await ws.write(bytes, OPCode.textFrame), 1);
    // Wait for the answer before sending a new one.
    await events.have(3 + index);
  }
  await ws.close(1000, "");
  await listening;
  await serverLog.have(1);
  await stop();

  assertEquals(events.items, [
    "open!",
    "Other message: 10",
    "Message: a",
    "Message: a",
    "closed",
  ]);
  assertEquals(serverLog.items.length, 1);
});
