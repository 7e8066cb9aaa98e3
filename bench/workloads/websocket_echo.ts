import { deflateRawSync } from "node:zlib";
import { LIMIT, type Mark, type Workload } from "../_workload.ts";
import { COMPARED_CLOSELY, servers } from "./_contestants.ts";
import { type Kit, workload } from "./_kit.ts";
import { OUR_SERVERS, type OurServer, webSocketServers } from "./_websocket.ts";

const EVERY_WAY: readonly OurServer[] = [
  "callbacks",
  "read",
  "iterate",
  "pipe",
];
const MESSAGES = [{ unit: "messages/s" }];

/** Echoes of WebSocket servers, against Deno's own and npm's `ws`. */
export function webSocketEchoWorkloads(kit: Kit): Workload[] {
  const small = marks({ callbacks: 8, iterate: 3, pipe: 3 });
  const large = marks({ callbacks: 1.3 });
  return [
    ...echo(kit, "32 bytes, window 1,000", [1, 32, 1000], [
      ...small,
      { subject: OUR_SERVERS.read, peers: ["Deno"], ratio: 3 },
    ]),
    ...echo(kit, "32 bytes, 50 × window 32", [50, 32, 32], small),
    ...echo(kit, "32 bytes as text, window 1,000", [1, 32, 1000, "text"]),
    ...echo(
      kit,
      "1 KiB, window 200",
      [1, 1024, 200],
      marks({ callbacks: 4 }),
    ),
    ...echo(kit, "1 KiB as text, window 200", [1, 1024, 200, "text"]),
    ...echo(kit, "64 KiB, window 16", [1, 65536, 16], large, COMPARED_CLOSELY),
    ...echo(kit, "1 MiB, window 4", [1, 1 << 20, 4], large, COMPARED_CLOSELY),
    ...echo(kit, "400 bytes, 32 × window 1", [32, 400, 1]),
    ...echo(kit, "20,000 bytes, 32 × window 1", [32, 20_000, 1]),
    ...deflatedEcho(kit),
    ...shortConnections(kit),
  ];
}

function marks(ratios: Partial<Record<OurServer, number>>): Mark[] {
  const peers = ["Deno", "ws, Node"];
  return EVERY_WAY.flatMap((way) => {
    const ratio = ratios[way];
    const subject = OUR_SERVERS[way];
    return ratio === undefined ? [] : [{ subject, peers, ratio }];
  });
}

function echo(
  kit: Kit,
  name: string,
  [connections, size, window, kind = "binary"]: readonly [
    connections: number,
    size: number,
    window: number,
    kind?: "binary" | "text",
  ],
  marks: readonly Mark[] = [],
  rounds: Partial<Workload> = {},
): Workload[] {
  return workload({
    group: "WebSocket server",
    name: `echo of ${name}`,
    measures: MESSAGES,
    ...rounds,
    contestants: servers(
      kit,
      webSocketServers(kit, "echo", EVERY_WAY),
      "ws_load",
      connections,
      size,
      window,
      kind,
    ),
    marks,
  });
}

/** Messages that are compressed both ways; Deno's own cannot do that. */
function deflatedEcho(kit: Kit): Workload[] {
  // The stand-in for the load generator cannot do that either.
  if (kit.c("ws_load") === undefined) return [];
  const text = JSON.stringify(
    Array.from({ length: 16 }, (_, id) => ({
      id,
      name: `user ${id * 7919 % 1000}`,
      isOnline: id % 3 === 0,
    })),
  );
  // RFC 7692, 7.2.1: flushed, without the four bytes at the end.
  const compressed = deflateRawSync(text, { finishFlush: 2 }).subarray(0, -4);
  return workload({
    group: "WebSocket server",
    name: `echo of ${text.length} bytes of JSON, compressed, window 200`,
    measures: MESSAGES,
    contestants: servers(
      kit,
      webSocketServers(kit, "deflate", ["callbacks"]),
      "ws_load",
      1,
      text.length,
      200,
      "deflate",
      compressed.toString("hex"),
    ),
    marks: [],
  });
}

/** Connections that are opened, used for one message, and closed by the client. */
function shortConnections(kit: Kit): Workload[] {
  return workload({
    group: "WebSocket server",
    name: "connections opened, used once and closed",
    measures: [{ unit: "connections/s" }],
    contestants: servers(
      kit,
      // The server in C leaves closing to its clients.
      webSocketServers(kit, "echo", ["callbacks", "read"])
        .filter(([name]) => name !== LIMIT),
      "websocket_connect_load",
      32,
      64,
    ),
    marks: [],
  });
}
