import { type Client, newClient } from "../../websocket/callbacks/client.ts";
import { newServer } from "../../websocket/callbacks/server.ts";
import { OPCode } from "../../websocket/opcode.ts";
import type { Random } from "../property/_random.ts";
import { until } from "../tcp/support/_outcomes.ts";
import { Account } from "./_ledger.ts";
import { HANGS, type Traffic } from "./_traffic.ts";

/** Counts what a client gets, and checks that it is what it has sent. */
function count(client: Client, sent: readonly string[], account: Account) {
  let returned = 0;
  client.onMessage((_client, message) => {
    if (message.opcode !== OPCode.textFrame) return;
    if (message.text() !== sent[returned]) {
      account.faults.push(`v: message ${returned} has come back as another`);
    }
    returned++;
  });
  return () => returned;
}

/** V's client and server, by callbacks. */
export async function startV(): Promise<Traffic> {
  const account = new Account();
  const server = newServer(0, "/echo", {
    hostname: "127.0.0.1",
    pingInterval: 1000,
  });
  server.onMessage(async (client, message) => {
    if (message.opcode !== OPCode.textFrame) return;
    // Whoever has left in the meantime gets no answer.
    await client.write(message.payload, message.opcode).catch(() => {});
  });
  const listening = Promise.withResolvers<Deno.NetAddr>();
  const serving = server.listen({ onListen: listening.resolve });
  const { port } = await listening.promise;
  let closed = 0;
  server.onClose(() => void closed++);
  let opened = 0;
  server.onAttached(() => void opened++);

  async function use(random: Random): Promise<string> {
    const client = newClient(`ws://127.0.0.1:${port}/echo`);
    const end = random.pick(["close", "close", "hasty close"]);
    let closes = 0;
    client.onClose(() => void closes++);
    const sent: string[] = [];
    const countReturned = count(client, sent, account);
    await client.connect(HANGS);
    const listen = client.listen().catch(() => {});
    for (let left = random.below(20); left > 0; left--) {
      const text = `${left} `.repeat(random.below(500));
      sent.push(text);
      account.sent++;
      await client.writeString(text);
    }
    if (end !== "hasty close") {
      await until(() => countReturned() === sent.length);
    }
    await client.close(1000, end);
    await listen;
    account.returned += countReturned();
    account.lost += sent.length - countReturned();
    if (end !== "hasty close" && countReturned() !== sent.length) {
      throw new Error("Messages are missing");
    }
    if (closes !== 1) throw new Error(`onClose was called ${closes} times`);
    return end;
  }

  return {
    name: "v",
    account,
    workers: 2,
    step: use,
    async stop() {
      await until(() => server.clients.size === 0);
      await server.close();
      await serving;
      if (opened !== closed) {
        account.faults.push(`${opened} were attached, ${closed} closed`);
      }
    },
  };
}
