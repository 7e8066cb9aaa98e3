import { idleMemory } from "../_idle_memory.ts";
import type { Command } from "../_program.ts";
import { underLoad } from "../_under_load.ts";
import type { Contestant } from "../_workload.ts";
import type { Argument, Kit } from "./_kit.ts";

/**
 * So many turns are made of a round where servers that stay up are compared more
 * closely than the machine stays the same for half a second.
 */
export const SERVER_TURNS = 5;

/**
 * How servers are compared where what sets them apart is no more than what sets
 * two processes of one program apart. The engine goes on optimizing a program for
 * more than a second.
 */
export const COMPARED_CLOSELY = { roundsFactor: 2, processes: 3, warmUp: 3 };

/** A client that is told its port and how long it has. */
export type Client = (port: string, seconds: number) => Command | undefined;

/** A server by the name that the results have for it. */
export type NamedServer = readonly [name: string, server: Command | undefined];

/** Servers under a load generator, which gets the port and the seconds first. */
export function servers(
  kit: Kit,
  named: readonly NamedServer[],
  load: string,
  ...args: Argument[]
): (Contestant | undefined)[] {
  if (kit.load(load) === undefined) return [];
  return named.map(([name, server]) =>
    server && underLoad(name, {
      server,
      load: (ports, seconds) =>
        kit.load(load, ...ports, seconds, ...args) ?? [],
    })
  );
}

/** Programs that are measured themselves, as clients of the same server. */
export function clients(
  named: readonly (readonly [name: string, client: Client])[],
  server: Command | undefined,
): (Contestant | undefined)[] {
  if (server === undefined) return [];
  return named.map(([name, client]) =>
    client("", 0) && underLoad(name, {
      server,
      load: ([port = ""], seconds) => client(port, seconds) ?? [],
      isLoadMeasured: true,
    })
  );
}

/** Servers with idle connections. */
export function idlers(
  kit: Kit,
  named: readonly NamedServer[],
  kind: "tcp" | "tls" | "ws",
  connections: number,
): (Contestant | undefined)[] {
  const load = (port: Argument) =>
    kind === "tls"
      ? kit.load("tls_load", port, 0, connections, 0, "idle")
      : kit.c("idle_load", port, connections, kind);
  return named.map(([name, server]) => {
    if (server === undefined || load("") === undefined) return undefined;
    if (!kit.canOpen(connections)) return undefined;
    return idleMemory(name, {
      server: [...server, "--memory"],
      load: (port) => load(port) ?? [],
      connections,
    });
  });
}
