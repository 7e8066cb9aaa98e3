import { IDLE_MEASURES } from "../_idle_memory.ts";
import { underLoad } from "../_under_load.ts";
import type { Workload } from "../_workload.ts";
import {
  COMPARED_CLOSELY,
  idlers,
  type NamedServer,
  SERVER_TURNS,
  servers,
} from "./_contestants.ts";
import { type Kit, workload } from "./_kit.ts";

const LOAD = "tls_load";
const SERVER = "servers/tls_echo.ts";
const NODE_SERVER = "servers/tls_node.mjs";
const BULK_BUFFER = 256 * 1024;
const IDLE_CONNECTIONS = 5000;
/** What an idle connection may take, in bytes. */
const MOST_MEMORY = 48 * 1024;
/** Silent clients: how many a second, for so long, and at most at the end. */
const SILENT = { rate: 300, seconds: 5, most: 2000 };
/** What a good client may wait among them, in the median, in microseconds. */
const MOST_WAIT = 100_000;

/**
 * TLS servers, against Deno's own and bare `node:tls`: with the TLS layer of this
 * project, and with the runtime's TLS where that is asked for.
 */
export function tlsWorkloads(kit: Kit): Workload[] {
  return [
    ...handshakes(kit),
    ...roundTrips(kit, "1 connection", 1),
    ...roundTrips(kit, "32 connections", 32),
    ...bulk(kit),
    ...silentClients(kit),
    ...idle(kit),
  ];
}

function tlsServers(kit: Kit, bufferSize = 1024): NamedServer[] {
  const { certificate } = kit;
  return [
    ["Deno", kit.deno(SERVER, "deno", bufferSize)],
    ["vnet", kit.deno(SERVER, "vnet", bufferSize)],
    ["vnet, runtime", kit.deno(SERVER, "runtime", bufferSize)],
    ["node:tls, Node", kit.node(NODE_SERVER, certificate)],
    ["node:tls, Deno", kit.deno(NODE_SERVER, certificate)],
  ];
}

/** Eight clients that each do one full handshake after the other. */
function handshakes(kit: Kit): Workload[] {
  return workload({
    group: "TLS",
    name: "handshakes of 8 clients, used once and closed",
    measures: [{ unit: "handshakes/s" }],
    ...COMPARED_CLOSELY,
    contestants: servers(kit, tlsServers(kit), LOAD, 8, 64, "handshake"),
    marks: [{ subject: "vnet", peers: ["node:tls, Deno"], ratio: 0.8 }],
  });
}

function roundTrips(kit: Kit, label: string, connections: number): Workload[] {
  return workload({
    group: "TLS",
    name: `round trips of 64 bytes, ${label}`,
    measures: [{ unit: "messages/s" }],
    turns: SERVER_TURNS,
    ...COMPARED_CLOSELY,
    contestants: servers(kit, tlsServers(kit), LOAD, connections, 64, "echo"),
    marks: [{ subject: "vnet", peers: ["Deno"], ratio: 0.75 }],
  });
}

function bulk(kit: Kit): Workload[] {
  return workload({
    group: "TLS",
    name: "bulk of 64 KiB both ways",
    measures: [{ unit: "bytes/s" }],
    ...COMPARED_CLOSELY,
    contestants: servers(
      kit,
      tlsServers(kit, BULK_BUFFER),
      LOAD,
      1,
      64 * 1024,
      "bulk",
    ),
    marks: [{ subject: "vnet", peers: ["Deno"], ratio: 0.6 }],
  });
}

/** How long a good client waits among many that connect and say nothing. */
function silentClients(kit: Kit): Workload[] {
  const { rate, seconds, most } = SILENT;
  const contestants = tlsServers(kit).map(([name, server]) => {
    if (server === undefined || kit.load(LOAD) === undefined) return undefined;
    if (!kit.canOpen(most)) return undefined;
    return underLoad(name, {
      server,
      load: ([port = ""]) =>
        kit.load(LOAD, port, seconds, most, rate, "silent") ?? [],
    });
  });
  return workload({
    group: "TLS",
    name: `a good handshake among ${rate} silent clients a second`,
    measures: [
      { name: "median", unit: "µs", isLessBetter: true },
      { name: "most", unit: "µs", isLessBetter: true, isAside: true },
    ],
    maxRounds: 1,
    contestants,
    marks: [],
    limits: [{ subject: "vnet", most: MOST_WAIT, measure: "median" }],
  });
}

function idle(kit: Kit): Workload[] {
  return workload({
    group: "Memory",
    name: "one of 5,000 idle TLS connections",
    measures: IDLE_MEASURES,
    maxRounds: 1,
    contestants: idlers(kit, tlsServers(kit), "tls", IDLE_CONNECTIONS),
    marks: [],
    limits: [{
      subject: "vnet",
      most: MOST_MEMORY,
      measure: "after a minute",
    }],
  });
}
