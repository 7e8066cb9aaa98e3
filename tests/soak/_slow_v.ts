import { type Client, newClient } from "../../websocket/callbacks/client.ts";
import { newServer } from "../../websocket/callbacks/server.ts";
import { OPCode } from "../../websocket/opcode.ts";
import { assertSameBytes, pattern } from "../tcp/support/_bytes.ts";
import type { SlowTask } from "./_slow_task.ts";

const MESSAGE = 50_000;
const ECHOED = 3;
const TAIL = 10;
const TAIL_PLEASE = "the tail, please";

/** Makes a promise of the one close that `onClose` reports. */
function closeOf(
  source: { onClose(callback: (ws: Client, code: number) => void): unknown },
): Promise<number> {
  return new Promise((resolve) => source.onClose((_ws, code) => resolve(code)));
}

/** V's client and server: echoes, then a tail that the server closes behind. */
export const slowV: SlowTask = {
  name: "v",
  async serve(hostname) {
    const faults: unknown[] = [];
    const server = newServer(0, "", { hostname });
    server.onError((_ws, error) => faults.push(error));
    server.onMessage(async (ws, message) => {
      if (message.opcode === OPCode.binaryFrame) {
        return await ws.write(message.payload, message.opcode);
      }
      if (message.opcode !== OPCode.textFrame) return;
      for (let index = 0; index < TAIL; index++) {
        ws.write(pattern(MESSAGE, index), OPCode.binaryFrame);
      }
      return await ws.close(1000, "done");
    });
    const closed = closeOf(server);
    const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
    const serving = server.listen({ onListen: resolve });
    return {
      addrs: [await promise],
      async stop() {
        const code = await closed;
        await server.close();
        await serving;
        if (faults.length > 0) throw faults[0];
        if (code !== 1000) throw new Error(`The server was told ${code}`);
      },
    };
  },
  async dial([address]) {
    const client = newClient(`ws://${address}/`);
    let count = 0;
    const echoed = Promise.withResolvers<void>();
    const faults: unknown[] = [];
    client.onError((_ws, error) => faults.push(error));
    client.onMessage((_ws, { opcode, payload }) => {
      if (opcode !== OPCode.binaryFrame) return;
      const index = count < ECHOED ? count : count - ECHOED;
      try {
        assertSameBytes(payload, pattern(MESSAGE, index));
      } catch (error) {
        faults.push(error);
      }
      if (++count === ECHOED) echoed.resolve();
    });
    const closed = closeOf(client);
    await client.connect();
    const listening = client.listen();
    for (let index = 0; index < ECHOED; index++) {
      await client.write(pattern(MESSAGE, index), OPCode.binaryFrame);
    }
    await echoed.promise;
    await client.writeString(TAIL_PLEASE);
    const code = await closed;
    await listening;
    if (faults.length > 0) throw faults[0];
    if (code !== 1000) throw new Error(`The client was told ${code}`);
    if (count !== ECHOED + TAIL) throw new Error(`${count} messages came`);
    return `${count} messages of ${MESSAGE} bytes, closed by the server`;
  },
};
