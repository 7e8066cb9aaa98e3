/** Where the figures come from: without it they say little. */
export interface Machine {
  /** When the run began, as an ISO 8601 date. */
  readonly date: string;
  /** Such as `"linux 6.12 x86_64, TCP by cubic"`. */
  readonly system: string;
  /** The model of the processor, if the system tells. */
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Versions by program. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Describes this machine.
 *
 * @param versions Those of further programs.
 */
export async function describeMachine(
  versions: Readonly<Record<string, string>>,
): Promise<Machine> {
  const [release = ""] = /^\d+\.\d+/.exec(Deno.osRelease()) ?? [];
  return {
    date: new Date().toISOString().slice(0, 10),
    system: `${Deno.build.os} ${release} ${Deno.build.arch}` +
      await congestionControl(),
    processor: await processorModel(),
    cores: navigator.hardwareConcurrency,
    memoryGiB: Math.round(Deno.systemMemoryInfo().total / 2 ** 30),
    versions: { deno: Deno.version.deno, v8: Deno.version.v8, ...versions },
  };
}

/** What TCP paces its sending by, where the system tells: bulk depends on it. */
async function congestionControl(): Promise<string> {
  try {
    const path = "/proc/sys/net/ipv4/tcp_congestion_control";
    return `, TCP by ${(await Deno.readTextFile(path)).trim()}`;
  } catch {
    return "";
  }
}

async function processorModel(): Promise<string> {
  const { cpus } = await import("node:os");
  return cpus()[0]?.model ?? "unknown";
}
