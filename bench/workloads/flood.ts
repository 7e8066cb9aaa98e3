import { FLOOD_MEASURES, underFlood } from "../_under_flood.ts";
import { isOwn, type Limit, type Workload } from "../_workload.ts";
import type { NamedServer } from "./_contestants.ts";
import type { Kit } from "./_kit.ts";
import { webSocketServers } from "./_websocket.ts";

/** A flood: what is sent, as the load generator calls it and as it is shown. */
interface Flood {
  readonly kind: string;
  readonly label: string;
  readonly named: readonly NamedServer[];
}

/** Microseconds that others may wait, by the number of clients that flood. */
const LIMITS = [
  { flooders: 1, label: "1 client", limits: [20e3, 50e3, 100e3, 100e3] },
  { flooders: 8, label: "8 clients", limits: [30e3, 100e3, 100e3, 100e3] },
];
const BUFFER_SIZE = 64 * 1024;

/** How long others wait while one client or eight flood a server. */
export function floodWorkloads(kit: Kit): Workload[] {
  return LIMITS.flatMap(({ flooders, label, limits }) =>
    floods(kit).flatMap(({ kind, label: what, named }): Workload[] => {
      const contestants = named.flatMap(([name, server]) => {
        if (server === undefined || kit.c("flood_load") === undefined) {
          return [];
        }
        return underFlood(name, {
          server: [...server, "--timer"],
          load: (ports, seconds) =>
            kit.c("flood_load", kind, flooders, seconds, ...ports) ?? [],
        });
      });
      if (contestants.length === 0) return [];
      return [{
        group: "Others under a flood",
        name: `${what}, ${label}`,
        // The plot has the floods of one client only.
        measures: FLOOD_MEASURES.map((measure) => ({
          ...measure,
          isAside: measure.isAside || flooders > 1,
        })),
        maxRounds: 1,
        contestants,
        marks: [],
        limits: contestants.filter(({ name }) => isOwn(name))
          .flatMap(({ name }) => limitsFor(name, limits)),
      }];
    })
  );
}

function limitsFor(subject: string, limits: readonly number[]): Limit[] {
  return FLOOD_MEASURES.map(({ name }, index) => ({
    subject,
    most: limits[index] ?? NaN,
    measure: name,
  }));
}

function floods(kit: Kit): Flood[] {
  const echo = webSockets(kit, "echo");
  const chat: NamedServer = ["vnet", kit.deno("servers/chat_vnet.ts")];
  return [
    { kind: "tiny", label: "messages of 1 byte", named: echo },
    {
      kind: "tiny",
      label: "messages of 1 byte that get no answer",
      named: webSockets(kit, "texts"),
    },
    { kind: "pong", label: "pongs", named: echo },
    { kind: "ping", label: "pings", named: echo },
    { kind: "kib", label: "messages of 1 KiB", named: echo },
    { kind: "bytes", label: "pieces of 64 KiB over TCP", named: bytes(kit) },
    { kind: "lines", label: "lines of 2 bytes", named: lines(kit, "all") },
    {
      kind: "lines",
      label: "lines of 2 bytes that get no answer",
      named: lines(kit, "long"),
    },
    {
      kind: "datagrams",
      label: "datagrams beside a TCP server",
      named: datagrams(kit),
    },
    // The peer takes commands of telnet for text: it has nothing to compare with.
    { kind: "nop", label: "telnet NOPs in a chat", named: [chat] },
    {
      kind: "chatping",
      label: "pings in a chat",
      named: [
        ["net and ws, Node", kit.npmUnderNode("servers/chat_node.mjs")],
        chat,
      ],
    },
  ];
}

function webSockets(kit: Kit, task: "echo" | "texts"): NamedServer[] {
  return webSocketServers(kit, task, ["callbacks", "read"])
    .filter(([name]) => name !== "ws, Deno" && name !== "C");
}

function bytes(kit: Kit): NamedServer[] {
  const server = "servers/tcp_echo.ts";
  return [
    ["Deno", kit.deno(server, "deno", "calls", BUFFER_SIZE)],
    ["vnet, calls", kit.deno(server, "vnet", "calls", BUFFER_SIZE)],
    ["vnet, pipeTo", kit.deno(server, "vnet", "pipe")],
    ["vnet, for await", kit.deno(server, "vnet", "iterate")],
    ["node:net, Node", kit.node("servers/tcp_node.mjs", "events")],
  ];
}

function datagrams(kit: Kit): NamedServer[] {
  const server = "servers/udp_beside_tcp.ts";
  return [
    ["Deno", kit.deno(server, "deno")],
    ["vnet, read", kit.deno(server, "read")],
    ["vnet, receive", kit.deno(server, "receive")],
    ["vnet, streams", kit.deno(server, "stream")],
    ["node:dgram, Node", kit.node("servers/udp_beside_tcp_node.mjs")],
  ];
}

function lines(kit: Kit, which: "all" | "long"): NamedServer[] {
  const server = "servers/line_echo.ts";
  return [
    ["Deno, TextLineStream", kit.deno(server, "streams", which)],
    ["vnet, lines", kit.deno(server, "lines", which)],
    ["vnet, readLine", kit.deno(server, "readLine", which)],
    ["node:readline, Node", kit.node("servers/line_echo_node.mjs", which)],
  ];
}
