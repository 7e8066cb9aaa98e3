import { assertEquals } from "@std/assert";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { listenUnix } from "../../tcp/unix/listen_unix.ts";
import { hasProgram } from "./support/_peer.ts";

/** Feeds text to a program, and tells what it prints until it ends. */
async function talk(
  program: string,
  args: string[],
  input: string,
): Promise<string> {
  const child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { stdout } = await child.output();
  return new TextDecoder().decode(stdout);
}

/** More than one buffer. */
const text = "The quick brown fox jumps over the lazy dog. 漢\n".repeat(2000);

interface Peer {
  readonly program: string;
  /** Whether it waits for the end of its input, the server gone or not. */
  readonly wantsEnd?: boolean;
  readonly probe: string;
  args(hostname: string, port: number): string[];
}

const peers: Peer[] = [
  {
    program: "nc",
    probe: "-h",
    args: (hostname, port) => ["-N", hostname, `${port}`],
  },
  {
    program: "socat",
    probe: "-V",
    args: (hostname, port) => ["-", `TCP:${hostname}:${port}`],
  },
];

for (const { program, probe, args } of peers) {
  Deno.test({
    name: `${program} gets back what it sends, and the end`,
    ignore: !hasProgram(program, probe),
    fn: async () => {
      const listener = listenTcp("127.0.0.1:0");
      const serving = listener.serve((conn) =>
        conn.readable.pipeTo(conn.writable)
      );
      const { hostname, port } = listener.addr;
      assertEquals(await talk(program, args(hostname, port), text), text);
      listener.close();
      await serving;
      assertEquals(listener.errorCount, 0);
    },
  });
}

const terminals: Peer[] = [
  {
    program: "curl",
    wantsEnd: true,
    probe: "-V",
    args: (hostname, port) => ["-sN", `telnet://${hostname}:${port}`],
  },
  {
    program: "telnet",
    probe: "--version",
    args: (hostname, port) => [hostname, `${port}`],
  },
];

for (const { program, probe, args, wantsEnd = false } of terminals) {
  Deno.test({
    name: `${program} talks line by line until the server hangs up`,
    ignore: !hasProgram(program, probe),
    fn: async () => {
      const listener = listenTcp("127.0.0.1:0");
      const lines: string[] = [];
      const serving = listener.serve(async (conn) => {
        await conn.writeString("who are you?\r\n");
        for await (const line of conn.lines()) {
          lines.push(line);
          await conn.writeString(`hello ${line}\r\n`);
          if (line === "bye") return;
        }
      });
      const { hostname, port } = listener.addr;
      const child = new Deno.Command(program, {
        args: args(hostname, port),
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode("me\nbye\n"));
      if (wantsEnd) await writer.close();
      const watchdog = setTimeout(() => child.kill(), 60_000);
      const printed = await new Response(child.stdout).text();
      if (!wantsEnd) await writer.close().catch(() => {});
      await child.status;
      clearTimeout(watchdog);
      assertEquals(lines, ["me", "bye"]);
      const heard = printed.replaceAll("\r", "").split("\n")
        .filter((line) => line.startsWith("hello") || line.startsWith("who"));
      assertEquals(heard, ["who are you?", "hello me", "hello bye"]);
      listener.close();
      await serving;
    },
  });
}

const canUseFiles = Deno.build.os !== "windows" &&
  (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );

Deno.test({
  name: "socat talks to a Unix listener",
  ignore: !canUseFiles || !hasProgram("socat", "-V"),
  fn: async () => {
    const directory = await Deno.makeTempDir();
    const path = `${directory}/socket`;
    const listener = await listenUnix(path);
    const serving = listener.serve((conn) =>
      conn.readable.pipeTo(conn.writable)
    );
    const args = ["-", `UNIX-CONNECT:${path}`];
    assertEquals(await talk("socat", args, text), text);
    // This waits until the file is gone, too.
    await listener.shutdown();
    await serving;
    await Deno.remove(directory);
  },
});
