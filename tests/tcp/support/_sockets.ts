import { hasProgram } from "./_peer.ts";

/** Whether sockets can be counted by the system's own tool. */
export const CAN_COUNT: boolean = Deno.build.os === "linux" &&
  hasProgram("ss", "-V");

/** How many connections on a port of this machine the system has established. */
export async function countSockets(port: number): Promise<number> {
  const { stdout } = await new Deno.Command("ss", {
    args: ["-Htn", "state", "established", `sport = :${port}`],
    stdin: "null",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).split("\n").filter(Boolean).length;
}

/**
 * The sockets of this process that are connected to a port, or about to be, each
 * as `ss` shows it with its timer.
 */
export async function socketsTo(port: number): Promise<string[]> {
  const { stdout } = await new Deno.Command("ss", {
    args: ["-tnopH", `dport = :${port}`],
    stdin: "null",
    stderr: "null",
  }).output();
  const lines = new TextDecoder().decode(stdout).split("\n");
  return lines.filter((line) => line.includes(`pid=${Deno.pid},`));
}
