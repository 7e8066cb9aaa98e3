/** Ways to lose packets, by what the system's kernel can do, the best first. */
export const LOSSES: ReadonlyArray<readonly string[]> = [
  ["netem", "loss", "3%", "delay", "1ms", "reorder", "95%"],
  ["netem", "loss", "3%"],
  // A link that is slow and has next to no queue: it loses in bursts.
  ["tbf", "rate", "40mbit", "burst", "3000", "limit", "8000"],
];

/** A slow link, of 1 Mbit/s, with a queue of 400 ms. */
export const SLOW: ReadonlyArray<readonly string[]> = [
  ["tbf", "rate", "1mbit", "burst", "16kb", "latency", "400ms"],
];

const NETWORK = "10.211.55.0/30";
const SERVER = "10.211.55.1";
const CLIENT = "10.211.55.2";

/** Two network namespaces with a bad link between them. */
export class BadLink implements Disposable {
  readonly #names: readonly [string, string];
  /** The server's address. */
  readonly hostname = SERVER;
  /** How it treats packets, as `tc` has it. */
  readonly discipline: string;

  private constructor(names: readonly [string, string], discipline: string) {
    this.#names = names;
    this.discipline = discipline;
  }

  /**
   * Makes the namespaces; `undefined` where the system does not allow it.
   *
   * @param disciplines How it may treat packets: the first one that the system
   * knows is taken.
   * @param congestion The congestion control of both ends, if not the system's.
   */
  static make(
    disciplines: ReadonlyArray<readonly string[]>,
    congestion?: string,
  ): BadLink | undefined {
    if (Deno.build.os !== "linux" || !isAllowed()) return undefined;
    const names = [`vnet_a_${Deno.pid}`, `vnet_b_${Deno.pid}`] as const;
    const discipline = build(names, disciplines);
    if (discipline !== undefined) {
      if (congestion !== undefined) setCongestion(names, congestion);
      return new BadLink(names, discipline);
    }
    remove(names);
    return undefined;
  }

  /** Runs a program in one of the namespaces. */
  spawn(end: "server" | "client", ...args: string[]): Deno.ChildProcess {
    const name = this.#names[end === "server" ? 0 : 1];
    return new Deno.Command("ip", {
      args: ["netns", "exec", name, Deno.execPath(), ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
  }

  /** Removes the namespaces, and with them the link. */
  [Symbol.dispose](): void {
    remove(this.#names);
  }
}

function isAllowed(): boolean {
  return (["run", "read"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );
}

/** Runs a command, and tells whether it has worked. */
function run(command: string): boolean {
  const [program, ...args] = command.split(" ");
  try {
    const { success } = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return success;
  } catch {
    return false;
  }
}

/** Builds the link, and tells how it treats packets. */
function build(
  [a, b]: readonly [string, string],
  disciplines: ReadonlyArray<readonly string[]>,
): string | undefined {
  const isBuilt = [
    `ip netns add ${a}`,
    `ip netns add ${b}`,
    `ip -n ${a} link add veth0 type veth peer name veth0 netns ${b}`,
    `ip -n ${a} addr add ${SERVER}/30 dev veth0`,
    `ip -n ${b} addr add ${CLIENT}/30 dev veth0`,
    `ip -n ${a} link set lo up`,
    `ip -n ${b} link set lo up`,
    `ip -n ${a} link set veth0 up`,
    `ip -n ${b} link set veth0 up`,
  ].every(run);
  if (!isBuilt) return undefined;
  const found = disciplines.find((discipline) =>
    [a, b].every((name) =>
      run(`tc -n ${name} qdisc replace dev veth0 root ${discipline.join(" ")}`)
    )
  );
  return found?.join(" ");
}

function setCongestion(names: readonly string[], congestion: string): void {
  const route = `${NETWORK} dev veth0 congctl ${congestion}`;
  for (const name of names) run(`ip -n ${name} route replace ${route}`);
}

function remove(names: readonly string[]): void {
  for (const name of names) run(`ip netns del ${name}`);
}
