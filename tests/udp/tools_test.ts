import { assertEquals } from "@std/assert";
import { listenUdp } from "@vnet/net/udp";
import { bytes, isGranted, text } from "./support/_support.ts";

function hasTool(name: string): boolean {
  if (!isGranted("run")) return false;
  try {
    new Deno.Command(name, { args: ["-h"], stdout: "null", stderr: "null" })
      .outputSync();
    return true;
  } catch {
    return false;
  }
}

/** Writes a line to a program that talks with a server, until it answers. */
async function exchange(command: string, args: string[]): Promise<string> {
  await using child = new Deno.Command(command, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(bytes("hello\n"));
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  await writer.close().catch(() => {});
  child.kill();
  await child.status;
  return text(value ?? new Uint8Array());
}

for (const backend of ["native", "node"] as const) {
  const tools: [string, (port: number) => string[]][] = [
    ["socat", (port) => ["-", `UDP4:127.0.0.1:${port}`]],
    ["nc", (port) => ["-u", "127.0.0.1", String(port)]],
  ];
  for (const [tool, args] of tools) {
    Deno.test({
      name: `${tool} gets an answer from an echo (${backend})`,
      ignore: !hasTool(tool),
      fn: async () => {
        using server = await listenUdp("127.0.0.1:0", { backend });
        const serving = server.readable.pipeTo(server.writable);

        assertEquals(await exchange(tool, args(server.addr.port)), "hello\n");
        server.close();
        await serving;
      },
    });
  }
}
