import type { Client, NamedServer } from "./_contestants.ts";
import type { Kit } from "./_kit.ts";

/** The ways of this project to serve WebSockets, by the name in the results. */
export const OUR_SERVERS = {
  callbacks: "vnet, callbacks",
  read: "vnet, read",
  iterate: "vnet, for await",
  pipe: "vnet, pipeTo",
} as const;

/** One of the ways of this project to serve WebSockets. */
export type OurServer = keyof typeof OUR_SERVERS;

/** The name of Bun's own server in the results. */
export const BUN = "Bun";

/** The WebSocket servers that do a task. */
export function webSocketServers(
  kit: Kit,
  task: "echo" | "broadcast" | "publish" | "deflate" | "texts",
  ways: readonly OurServer[],
): NamedServer[] {
  const server = "servers/ws_echo.ts";
  return [
    ["Deno", task === "deflate" ? undefined : kit.deno(server, "deno", task)],
    ...ways.map((way): NamedServer => [
      OUR_SERVERS[way],
      kit.deno(server, way, task),
    ]),
    ["ws, Node", kit.npmUnderNode("servers/ws_npm.mjs", task)],
    ["ws, Deno", kit.npmUnderDeno("servers/ws_npm.mjs", task)],
    [BUN, isForBun(task) ? kit.bun("servers/ws_bun.mjs", task) : undefined],
    ["C", task === "echo" ? kit.c("ws_server") : undefined],
  ];
}

/** Whether Bun takes part: it is a peer of echoes, broadcasts and topics. */
function isForBun(task: string): boolean {
  return task === "echo" || task === "broadcast" || task === "publish";
}

/**
 * The WebSocket clients.
 *
 * @param size Of a message, in bytes.
 * @param window How many messages are in flight, or `"latency"`.
 */
export function webSocketClients(
  kit: Kit,
  size: number,
  window: number | "latency",
): (readonly [name: string, client: Client])[] {
  const ours = (way: string): Client => (port, seconds) =>
    kit.deno("clients/ws_client.ts", way, port, seconds, size, window);
  const npm = "clients/ws_client_npm.mjs";
  const limit: Client = (...to) =>
    window === "latency"
      ? kit.c("latency_load", ...to, size)
      : kit.c("ws_load", ...to, 1, size, window, "binary");
  return [
    ["Deno", ours("deno")],
    [OUR_SERVERS.callbacks, ours("callbacks")],
    [OUR_SERVERS.read, ours("read")],
    ["ws, Node", (...to) => kit.npmUnderNode(npm, ...to, size, window)],
    ["ws, Deno", (...to) => kit.npmUnderDeno(npm, ...to, size, window)],
    ["C", limit],
  ];
}
