import type { Mark, Workload } from "../_workload.ts";
import {
  COMPARED_CLOSELY,
  type NamedServer,
  SERVER_TURNS,
  servers,
} from "./_contestants.ts";
import { type Kit, workload } from "./_kit.ts";

const MESSAGES = [{ unit: "messages/s" }];
const BULK_BUFFER = 256 * 1024;
const SERVER = "servers/tcp_echo.ts";
const NODE_SERVER = "servers/tcp_node.mjs";
const LINES_SERVER = "servers/tcp_lines.ts";
const NODE_LINES_SERVER = "servers/tcp_lines_node.mjs";
const NODE_NAMES = ["node:net, Node", "node:net, Deno"];
const STREAMS: readonly (readonly [way: string, name: string])[] = [
  ["pipe", "pipeTo"],
  ["iterate", "for await"],
  ["reader", "a reader"],
];

/** TCP servers, against Deno's own connections and `node:net`. */
export function tcpWorkloads(kit: Kit): Workload[] {
  return [
    ...callEchoes(kit),
    ...streamEchoes(kit),
    ...callBulk(kit),
    ...streamBulk(kit),
    ...lines(kit),
    ...workload({
      group: "TCP",
      name: "connections opened, used once and closed",
      measures: [{ unit: "connections/s" }],
      contestants: servers(
        kit,
        [
          ["Deno", kit.deno(SERVER, "deno", "calls")],
          ["vnet", kit.deno(SERVER, "vnet", "calls")],
          ...nodeServers(kit, "events"),
          ["C", kit.c("tcp_server")],
        ],
        "tcp_load",
        32,
        64,
        "connect",
      ),
      marks: [],
    }),
  ];
}

/** The usual way of each to read lines, one at a time. */
function lines(kit: Kit): Workload[] {
  return workload({
    group: "TCP",
    name: "lines of 60 bytes, as fast as they are taken",
    measures: [{ unit: "lines/s" }],
    contestants: servers(
      kit,
      [
        ["Deno, TextLineStream", kit.deno(LINES_SERVER, "streams")],
        ["vnet, lines", kit.deno(LINES_SERVER, "lines")],
        ["vnet, readLine", kit.deno(LINES_SERVER, "readLine")],
        ["node:readline, Node", kit.node(NODE_LINES_SERVER)],
        ["node:readline, Deno", kit.deno(NODE_LINES_SERVER)],
      ],
      "tcp_load",
      1,
      60,
      "lines",
    ),
    marks: [],
  });
}

function nodeServers(kit: Kit, way: "events" | "pipe"): NamedServer[] {
  return [
    ["node:net, Node", kit.node(NODE_SERVER, way)],
    ["node:net, Deno", kit.deno(NODE_SERVER, way)],
  ];
}

function callServers(kit: Kit, bufferSize: number): NamedServer[] {
  return [
    ["Deno", kit.deno(SERVER, "deno", "calls", bufferSize)],
    ["vnet", kit.deno(SERVER, "vnet", "calls", bufferSize)],
    ["vnet, limit set", kit.deno(SERVER, "vnet", "limit", bufferSize)],
    ...nodeServers(kit, "events"),
    ["C", kit.c("tcp_server")],
  ];
}

function streamServers(kit: Kit, way: string): NamedServer[] {
  return [
    ["Deno", kit.deno(SERVER, "deno", way)],
    ["vnet", kit.deno(SERVER, "vnet", way)],
    ...nodeServers(kit, "pipe"),
  ];
}

function callEchoes(kit: Kit): Workload[] {
  const marks: Mark[] = [
    { subject: "vnet", peers: ["Deno"], ratio: 0.95 },
    { subject: "vnet", peers: NODE_NAMES, ratio: 1 },
    { subject: "vnet, limit set", peers: ["Deno"], ratio: 0.9 },
    { subject: "vnet, limit set", peers: NODE_NAMES, ratio: 1 },
  ];
  return [
    ...callEcho(kit, "64 bytes, 1 connection", [1, 64]),
    ...callEcho(kit, "64 bytes, 32 connections", [32, 64], {
      ...COMPARED_CLOSELY,
      marks,
    }),
    ...callEcho(kit, "64 bytes, 64 connections", [64, 64]),
    ...callEcho(kit, "400 bytes, 32 connections", [32, 400]),
    ...callEcho(kit, "20,000 bytes, 32 connections", [32, 20_000]),
  ];
}

function callEcho(
  kit: Kit,
  name: string,
  [connections, size]: readonly [connections: number, size: number],
  rounds: Partial<Workload> = {},
): Workload[] {
  return workload({
    group: "TCP",
    name: `echo of ${name}, calls`,
    measures: MESSAGES,
    turns: SERVER_TURNS,
    marks: [],
    ...rounds,
    contestants: servers(
      kit,
      callServers(kit, Math.max(1024, size)),
      "tcp_load",
      connections,
      size,
      "echo",
    ),
  });
}

function streamEchoes(kit: Kit): Workload[] {
  return STREAMS.flatMap(([way, name]) =>
    workload({
      group: "TCP",
      name: `echo of 64 bytes, 32 connections, streams by ${name}`,
      measures: MESSAGES,
      turns: SERVER_TURNS,
      ...COMPARED_CLOSELY,
      contestants: servers(
        kit,
        streamServers(kit, way),
        "tcp_load",
        32,
        64,
        "echo",
      ),
      marks: [
        { subject: "vnet", peers: ["Deno"], ratio: 3 },
        { subject: "vnet", peers: NODE_NAMES, ratio: 1 },
      ],
    })
  );
}

function callBulk(kit: Kit): Workload[] {
  return workload({
    group: "TCP",
    name: "bulk of 64 KiB both ways, calls",
    measures: [{ unit: "bytes/s" }],
    contestants: servers(
      kit,
      callServers(kit, BULK_BUFFER),
      "tcp_load",
      1,
      64 * 1024,
      "bulk",
    ),
    marks: [{ subject: "vnet", peers: ["Deno"], ratio: 0.9 }],
  });
}

function streamBulk(kit: Kit): Workload[] {
  return STREAMS.flatMap(([way, name]) =>
    workload({
      group: "TCP",
      name: `bulk of 64 KiB both ways, streams by ${name}`,
      measures: [{ unit: "bytes/s" }],
      contestants: servers(
        kit,
        streamServers(kit, way),
        "tcp_load",
        1,
        64 * 1024,
        "bulk",
      ),
      marks: [{ subject: "vnet", peers: ["Deno"], ratio: 1.1 }],
    })
  );
}
