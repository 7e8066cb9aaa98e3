import type { TcpConn } from "../../../tcp/tcp_conn.ts";

/** How long a test waits for an end that should come at once. */
const PATIENCE = 60_000;

/**
 * Reads until the peer has ended the connection, in whichever way, and tells
 * whether it has.
 */
export async function isEnded(conn: TcpConn): Promise<boolean> {
  const limit = { deadline: Date.now() + PATIENCE };
  const buffer = new Uint8Array(1024);
  try {
    while (await conn.read(buffer, limit) !== null) { /* An alert, perhaps. */ }
    return true;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionReset;
  }
}

/** Whether a program is there, and the tests may run it. */
export function hasProgram(program: string, ...args: string[]): boolean {
  const { state } = Deno.permissions.querySync({ name: "run" });
  if (state !== "granted") return false;
  try {
    new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return true;
  } catch {
    return false;
  }
}
