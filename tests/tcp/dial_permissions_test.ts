import { assertEquals } from "@std/assert";
import { listenTcp } from "../../tcp/listen_tcp.ts";

const canRun = ["run", "read"].every((name) =>
  Deno.permissions.querySync({ name } as Deno.PermissionDescriptor).state ===
    "granted"
);

/** Dials in a process of its own and tells what came of it. */
async function dialWith(
  permissions: string[],
  ...args: string[]
): Promise<string> {
  const program = import.meta.resolve("./programs/_dial_program.ts");
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, program, ...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout).trim() || decoder.decode(stderr);
}

/** Registers a test with a listener for other processes to dial. */
function testDial(
  name: string,
  run: (port: number) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: !canRun,
    fn: async () => {
      const listener = listenTcp("127.0.0.1:0");
      const serving = listener.serve((conn) => conn.close());
      await run(listener.addr.port);
      listener.close();
      await serving;
    },
  });
}

testDial("a dial needs permission to the name and port only", async (port) => {
  const address = `localhost:${port}`;
  const outcome = await dialWith([`--allow-net=${address}`], address);
  assertEquals(outcome, `127.0.0.1:${port}`);
});

testDial(
  "a dial by a name that may be looked up needs no permission to its addresses",
  async (port) => {
    const outcome = await dialWith(
      ["--allow-net=localhost"],
      `localhost:${port}`,
    );
    assertEquals(outcome, `127.0.0.1:${port}`);
  },
);

testDial(
  "a dial needs permission to the numeric address and port only",
  async (port) => {
    const address = `127.0.0.1:${port}`;
    assertEquals(await dialWith([`--allow-net=${address}`], address), address);
  },
);

testDial(
  "a dial by name with permission to its address only is not capable",
  async (port) => {
    const outcome = await dialWith(
      [`--allow-net=127.0.0.1:${port}`],
      `localhost:${port}`,
    );
    assertEquals(outcome, "NotCapable");
  },
);

testDial("a dial without permission is not capable", async (port) => {
  for (const host of ["localhost", "127.0.0.1"]) {
    assertEquals(await dialWith([], `${host}:${port}`), "NotCapable");
  }
  const other = [`--allow-net=127.0.0.1:${port === 1024 ? 1025 : 1024}`];
  assertEquals(await dialWith(other, `127.0.0.1:${port}`), "NotCapable");
});

testDial(
  "a dial by family needs permission to what the name stands for",
  async (port) => {
    const address = `localhost:${port}`;
    assertEquals(
      await dialWith([`--allow-net=${address}`], address, "tcp4"),
      "NotCapable",
    );
    assertEquals(
      await dialWith(
        [`--allow-net=localhost,127.0.0.1:${port}`],
        address,
        "tcp4",
      ),
      `127.0.0.1:${port}`,
    );
  },
);

testDial(
  "a dial with permission to the name and port can be limited",
  async (port) => {
    const address = `localhost:${port}`;
    const outcome = await dialWith(
      [`--allow-net=${address}`],
      address,
      "tcp",
      "aborted",
    );
    assertEquals(outcome, "RangeError");
  },
);

testDial(
  "a dial from a local address needs permission to that, too",
  async (port) => {
    const address = `127.0.0.1:${port}`;
    const from = "from=127.0.0.1";
    for (const allowed of ["", address, "127.0.0.1:0"]) {
      const permissions = allowed === "" ? [] : [`--allow-net=${allowed}`];
      const outcome = await dialWith(permissions, address, "tcp", from);
      assertEquals(outcome, "NotCapable", allowed);
    }
    const both = [`--allow-net=${address},127.0.0.1:0`];
    assertEquals(await dialWith(both, address, "tcp", from), address);
  },
);
