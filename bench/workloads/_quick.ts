import { isOwn, LIMIT, type Workload } from "../_workload.ts";
import { BUN, OUR_SERVERS } from "./_websocket.ts";

const ECHO_SERVERS = [OUR_SERVERS.callbacks, OUR_SERVERS.iterate];

/** The workloads of a quick run, and which of this project's ways take part. */
const QUICK: ReadonlyMap<string, readonly string[]> = new Map([
  ["TCP: echo of 64 bytes, 32 connections, calls", ["vnet"]],
  ["TCP: echo of 64 bytes, 32 connections, streams by for await", ["vnet"]],
  ["TCP: bulk of 64 KiB both ways, calls", ["vnet"]],
  ["TCP: lines of 60 bytes, as fast as they are taken", ["vnet, lines"]],
  ["UDP: echo of 64 bytes to 32 sockets", ["vnet, read"]],
  ["WebSocket server: echo of 32 bytes, window 1,000", ECHO_SERVERS],
  ["WebSocket server: echo of 1 KiB, window 200", ECHO_SERVERS],
  ["WebSocket server: echo of 64 KiB, window 16", ECHO_SERVERS],
  [
    "WebSocket server: broadcast of 64 bytes to 1,000 clients, in bursts of 10",
    [OUR_SERVERS.callbacks],
  ],
  ["Chat: a room of 100 users over TCP and 100 over WebSocket", ["vnet"]],
]);

/**
 * What a quick run takes of all workloads: ten of them, each with one or two of
 * this project's ways, Deno's own and what runs under Node, in one process each
 * that warms up for two rounds.
 */
export function quickWorkloads(all: readonly Workload[]): Workload[] {
  return all.flatMap((workload) => {
    const ways = QUICK.get(`${workload.group}: ${workload.name}`);
    if (ways === undefined) return [];
    const contestants = workload.contestants.filter(({ name }) =>
      isOwn(name) ? ways.includes(name) : isMainPeer(name)
    );
    const rounds = { roundsFactor: 1, processes: 1, warmUp: 2 };
    return [{ ...workload, ...rounds, contestants }];
  });
}

/** Neither the limit of the machine, nor Bun, nor a library of Node's under Deno. */
function isMainPeer(name: string): boolean {
  return name !== LIMIT && name !== BUN && !name.endsWith(", Deno");
}
