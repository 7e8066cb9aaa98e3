import { delay } from "@std/async";
import type { ChaosCluster } from "./_chaos_cluster.ts";

/** Milliseconds for which something is down. */
const DOWN_TIME = 3000;
/** Milliseconds for which something is stopped: longer than a lease. */
const PAUSE_TIME = 9000;
const SECOND = 1000;

/** Something that fails, and comes back. */
export interface Fault {
  readonly name: string;
  /**
   * Lets it fail, and waits until it is back.
   *
   * @param server The index of the server with the most users.
   * @returns What was wrong with it, if anything.
   */
  run(cluster: ChaosCluster, server: number): Promise<string | undefined>;
}

const KILL_SERVER: Fault = {
  name: "SIGKILL of a server",
  async run(cluster, server) {
    await cluster.killServer(server);
    await delay(DOWN_TIME);
    await cluster.startServer(server);
    return undefined;
  },
};

const KILL_BROKER: Fault = {
  name: "SIGKILL of the broker",
  async run(cluster) {
    await cluster.broker.kill();
    await delay(DOWN_TIME);
    await cluster.startBroker();
    return undefined;
  },
};

const KILL_SERVERS: Fault = {
  name: "SIGKILL of both servers",
  async run(cluster) {
    const { servers } = cluster;
    await Promise.all(servers.map((one) => cluster.killServer(one)));
    await delay(DOWN_TIME);
    await Promise.all(servers.map((one) => cluster.startServer(one)));
    return undefined;
  },
};

const KILL_BOTH: Fault = {
  name: "SIGKILL of server and broker",
  async run(cluster, server) {
    await Promise.all([cluster.killServer(server), cluster.broker.kill()]);
    await delay(DOWN_TIME);
    await cluster.startBroker();
    await cluster.startServer(server);
    return undefined;
  },
};

const PAUSE_SERVER: Fault = {
  name: "SIGSTOP of a server",
  async run(cluster, server) {
    cluster.signal(server, "SIGSTOP");
    await delay(PAUSE_TIME);
    cluster.signal(server, "SIGCONT");
    const { code, errors } = await cluster.ended(server);
    await cluster.startServer(server);
    return code === 1 && errors.includes("Cannot stay in the cluster")
      ? undefined
      : `the server ended with code ${code}: ${errors}`;
  },
};

const PAUSE_BROKER: Fault = {
  name: "SIGSTOP of the broker",
  async run({ broker }) {
    broker.pause();
    await delay(PAUSE_TIME);
    broker.resume();
    return undefined;
  },
};

const STOP_SERVER: Fault = {
  name: "orderly stop of a server",
  async run(cluster, server) {
    cluster.signal(server, "SIGTERM");
    const { code, errors } = await cluster.ended(server);
    await delay(SECOND);
    await cluster.startServer(server);
    return code === 0
      ? undefined
      : `the server ended with code ${code}: ${errors}`;
  },
};

/** All faults, in turn. */
export const ALL_FAULTS: readonly Fault[] = [
  KILL_SERVER,
  KILL_BROKER,
  KILL_BOTH,
  KILL_SERVERS,
  PAUSE_SERVER,
  PAUSE_BROKER,
  STOP_SERVER,
];

/** Those of a short run. */
export const SHORT_FAULTS: readonly Fault[] = [KILL_SERVER, KILL_BROKER];
