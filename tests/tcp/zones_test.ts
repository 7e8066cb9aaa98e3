import { assertEquals } from "@std/assert";

const canRun = Deno.build.os === "linux" &&
  (["run", "read", "env"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );

/** Runs a command, and tells whether it has worked. */
function run(command: string): boolean {
  const [program = "", ...args] = command.split(" ");
  try {
    const options = { args, stdin: "null", stdout: "null", stderr: "null" };
    return new Deno.Command(program, options as Deno.CommandOptions)
      .outputSync().success;
  } catch {
    return false;
  }
}

/** Two namespaces with two links between them, which have the same network. */
class TwoLinks implements Disposable {
  readonly #names = [`vnet_s_${Deno.pid}`, `vnet_p_${Deno.pid}`] as const;

  /** Makes them, and tells whether the system allows it. */
  make(): boolean {
    const [server, peer] = this.#names;
    const addresses = [
      [server, "l1", "fe80::1"],
      [server, "l2", "fe80::11"],
      [peer, "p1", "fe80::2"],
      [peer, "p2", "fe80::2"],
    ];
    return [
      `ip netns add ${server}`,
      `ip netns add ${peer}`,
      `ip -n ${server} link set lo up`,
      ...[1, 2].map((n) =>
        `ip -n ${server} link add l${n} type veth peer name p${n} netns ${peer}`
      ),
      ...addresses.flatMap(([name, link, address]) => [
        `ip -n ${name} link set ${link} addrgenmode none`,
        `ip -n ${name} link set ${link} up`,
        `ip -n ${name} addr add ${address}/64 dev ${link} nodad`,
      ]),
    ].every(run);
  }

  spawn(end: "server" | "client"): Deno.ChildProcess {
    const program =
      new URL("./programs/_zones_program.ts", import.meta.url).pathname;
    const args = ["run", "--no-check", "-A", "--unstable-net", program, end];
    const name = this.#names[end === "server" ? 0 : 1];
    return new Deno.Command("ip", {
      args: ["netns", "exec", name, Deno.execPath(), ...args],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
  }

  [Symbol.dispose](): void {
    for (const name of this.#names) run(`ip netns del ${name}`);
  }
}

function isPossible(): boolean {
  if (!canRun) return false;
  using links = new TwoLinks();
  return links.make();
}

Deno.test({
  name: "link-local addresses keep their zone, and answers their link",
  ignore: !isPossible(),
  fn: async () => {
    using links = new TwoLinks();
    links.make();
    const server = links.spawn("server");
    const reader = server.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    const { value } = await reader.read();
    assertEquals(value, "ready fe80::11%l2 fe80::11%l2 fe80::11%l2\n");
    const client = links.spawn("client");
    await client.stdin.close();
    const { stdout, code } = await client.output();
    assertEquals(new TextDecoder().decode(stdout).split("\n"), [
      // Told by the address listened on, and by the connection's own address.
      "fe80::2%p2 fe80::11%p2 fe80::2%l2",
      "fe80::2%p2 fe80::11%p2 fe80::2%l2",
      "node fe80::11%p2 fe80::2%p2 fe80::11%p2",
      "native fe80::11%p2 fe80::2%p2 fe80::11%p2",
      "",
    ]);
    assertEquals(code, 0);
    await server.stdin.close();
    await reader.cancel();
    assertEquals((await server.status).code, 0);
  },
});
