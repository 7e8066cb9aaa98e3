import { dialUdp } from "../../udp/dial_udp.ts";
import { listenUdp } from "../../udp/listen_udp.ts";
import type { UdpSession } from "../../udp/udp_session.ts";
import type { Random } from "../property/_random.ts";
import { pattern } from "../tcp/support/_bytes.ts";
import { until } from "../tcp/support/_outcomes.ts";
import { Account } from "./_ledger.ts";
import { HANGS, type Traffic } from "./_traffic.ts";

/**
 * What is not answered: the answer could reach whoever gets the port next when
 * the client is gone.
 */
const ONE_WAY = new Uint8Array(10);

async function echo(session: UdpSession): Promise<void> {
  for await (const { data } of session) {
    if (data.length !== ONE_WAY.length) await session.write(data);
  }
}

/** UDP: short exchanges, each with a session of its own at the server. */
export async function startUdp(): Promise<Traffic> {
  const account = new Account();
  const server = await listenUdp("127.0.0.1:0");
  const sessions = server.sessions({ idleTimeout: 200 });
  const running = new Set<Promise<void>>();
  const serving = (async () => {
    for await (const session of sessions) {
      const run = echo(session).catch((error) => {
        account.faults.push(`udp server: ${error}`);
      });
      running.add(run);
      run.then(() => running.delete(run));
    }
    await Promise.all(running);
  })();

  async function use(random: Random): Promise<string> {
    using conn = await dialUdp(server.addr);
    const end = random.pick(["answered", "one way"]);
    for (let count = random.int(1, 20); count > 0; count--) {
      const data = pattern(random.pick([0, 1, 100, 1400]), count);
      account.sent++;
      await conn.write(data, HANGS);
      const { data: back } = await conn.receive(HANGS);
      if (!data.every((byte, at) => byte === back[at])) {
        throw new Error("A datagram has come back as another");
      }
      account.returned++;
    }
    if (end === "one way") {
      account.sent++;
      account.lost++;
      await conn.write(ONE_WAY);
    }
    return end;
  }

  return {
    name: "udp",
    account,
    workers: 3,
    step: use,
    async stop() {
      // What was sent last may be on its way; then all sessions fall idle.
      await until(() => server.stats.received === account.sent);
      const { dropped, truncated, queued } = server.stats;
      if (dropped + truncated + queued > 0) {
        account.faults.push(`${dropped} datagrams were dropped`);
      }
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          if (sessions.size > 0) return;
          clearInterval(timer);
          resolve();
        }, 20);
      });
      sessions.close();
      server.close();
      await serving;
      if (running.size > 0) account.faults.push(`${running.size} echoes left`);
    },
  };
}
