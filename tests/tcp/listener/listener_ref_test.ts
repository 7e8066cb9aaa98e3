import { assertEquals } from "@std/assert";

const canRun = ["run", "read"].every((name) =>
  Deno.permissions.querySync({ name } as Deno.PermissionDescriptor).state ===
    "granted"
);

/** How long a process may live on that should end. */
const PATIENCE = 60_000;

/** Runs the program and tells whether it ends by itself. */
async function ends(kind: string, what: string): Promise<boolean> {
  const program = import.meta.resolve("../programs/_listener_ref_program.ts");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-net", program, kind, what],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  // It is at its end: now it ends, or something keeps it alive.
  await reader.read();
  let isKilled = false;
  const shouldEnd = what !== "wait" && what !== "ref again";
  const kill = () => {
    isKilled = true;
    child.kill("SIGKILL");
  };
  const watchdog = setTimeout(kill, shouldEnd ? PATIENCE : 300);
  await child.status;
  clearTimeout(watchdog);
  await reader.cancel();
  return !isKilled;
}

for (const kind of ["tcp", "tls", "runtime"]) {
  for (
    const [what, title] of [
      ["idle", "a listener that nobody accepts on lets the process end"],
      ["unref", "unref() lets the process end although an accept is pending"],
      ["unref before", "unref() holds for later accepts"],
      ["timed out", "an accept that has timed out lets the process end"],
    ] as const
  ) {
    // The runtime does not heed `unref` on a TLS listener of its own.
    if (kind === "runtime" && what !== "idle") continue;
    Deno.test({
      name: `${title} (${kind})`,
      ignore: !canRun,
      fn: async () => assertEquals(await ends(kind, what), true),
    });
  }
  for (
    const [what, title] of [
      ["wait", "a pending accept keeps the process alive"],
      ["ref again", "ref() after unref() keeps the process alive"],
    ] as const
  ) {
    Deno.test({
      name: `${title} (${kind})`,
      ignore: !canRun,
      fn: async () => assertEquals(await ends(kind, what), false),
    });
  }
}
