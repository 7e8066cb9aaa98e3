import type { Contestant, Workload } from "./_contest.ts";
import { compileLoad } from "./_load.ts";

/** Connections, bytes of a message, and messages in flight on each. */
const LOADS = [
  { connections: 1, size: 32, window: 1000 },
  { connections: 50, size: 32, window: 32 },
  { connections: 1, size: 1024, window: 200 },
  { connections: 1, size: 64 * 1024, window: 8 },
  { connections: 1, size: 1024 * 1024, window: 2 },
];

/** The comparisons of WebSocket echo servers with Deno's own and npm's `ws`. */
export async function wsWorkloads(): Promise<Workload[]> {
  const program = await compileLoad("ws_load");
  const peers = [server("deno"), await nodeServer()];
  const ours = ["callbacks", "pipe", "iterate"].map(server);
  return LOADS.map(({ connections, size, window }) => ({
    name: `WebSocket echo, ${size} bytes, ${connections} connections, ` +
      `${window} in flight`,
    unit: "messages/s",
    load: (port: number, seconds: number) =>
      [program, port, seconds, connections, size, window].map(String),
    contestants: [...peers, ...ours].filter((one) => one !== undefined),
  }));
}

function server(way: string): Contestant {
  const source = new URL("servers/ws_echo.ts", import.meta.url).pathname;
  return {
    name: way === "deno" ? "Deno.upgradeWebSocket" : `vnet ${way}`,
    server: [Deno.execPath(), "run", "--allow-net", source, way],
  };
}

/** npm's `ws` under Node, if both can be had. */
async function nodeServer(): Promise<Contestant | undefined> {
  const folder = `${Deno.env.get("TMPDIR") ?? "/tmp"}/vnet_bench_ws`;
  try {
    await Deno.mkdir(folder, { recursive: true });
    const { success } = await new Deno.Command("npm", {
      args: ["install", "--silent", "--prefix", folder, "ws@8"],
      stdout: "null",
      stderr: "null",
    }).output();
    if (!success) return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const source = new URL("servers/ws_echo.mjs", import.meta.url).pathname;
  return { name: "ws under Node", server: ["node", source, folder] };
}
