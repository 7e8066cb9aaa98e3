import { assertEquals, assertMatch } from "@std/assert";
import { dialTcp, type TcpConn } from "@vnet/net/tcp";
import { Child } from "../chat/_child.ts";

/** Where the examples are. */
export const EXAMPLES: URL = new URL("../../examples/", import.meta.url);

/** Whether examples can't be run, for want of permissions. */
export const ignore: boolean = (["read", "run"] as const).some((name) =>
  Deno.permissions.querySync({ name }).state !== "granted"
);

/** A line that an example prints. */
export type Line = string | RegExp;

/** Starts an example with the permissions that its comment tells. */
export async function start(name: string, ...args: string[]): Promise<Child> {
  const { flags, url } = await describe(name);
  return new Child(
    Deno.execPath(),
    ["run", "--no-prompt", ...flags, url.href, ...args],
    { env: { NO_COLOR: "1" } },
  );
}

/** What the comment at the top of an example says. */
export async function describe(
  name: string,
): Promise<{ text: string; flags: string[]; url: URL }> {
  const url = new URL(name, EXAMPLES);
  const source = await Deno.readTextFile(url);
  const [text = ""] = /^\/\*\*\n.*? \* @module\n \*\/\n/s.exec(source) ?? [];
  const pattern = new RegExp(`^ \\* deno run (.*) examples/${name}$`, "m");
  const [, flags = ""] = pattern.exec(text) ?? [];
  return { text, flags: flags.split(" "), url };
}

/** Checks that an example ends well, having printed these lines at the end. */
export async function assertEnds(child: Child, lines: Line[]): Promise<void> {
  const end = await child.end();

  assertEquals(end.errors, "");
  assertLines(end.lines, lines);
  assertEquals(end.code, 0);
}

/** Checks lines one by one. */
export function assertLines(actual: string[], expected: Line[]): void {
  const isSame = (line: Line | undefined, index: number) =>
    line instanceof RegExp && line.test(actual[index] ?? "");
  const told = expected.map((line, index) =>
    isSame(line, index) ? actual[index] : String(line)
  );

  assertEquals(actual, told);
}

/** Reads the next line of an example, and returns the group in it. */
export async function readGroup(child: Child, line: RegExp): Promise<string> {
  const text = await child.next() ?? "(the end)";

  assertMatch(text, line);
  return line.exec(text)?.[1] ?? "";
}

/** Reads the next lines of an example, which have to be these. */
export async function assertNext(
  child: Child,
  ...lines: string[]
): Promise<void> {
  for (const line of lines) assertEquals(await child.next(), line);
}

/** Ends a server by a signal, as Ctrl-C does. */
export async function stop(child: Child): Promise<void> {
  child.process.kill("SIGTERM");
  const { lines, errors } = await child.end();

  assertEquals([lines, errors], [[], ""]);
}

/** Connects to an example as `nc` does. */
export class Peer implements Disposable {
  readonly conn: TcpConn;

  private constructor(conn: TcpConn) {
    this.conn = conn;
  }

  static async dial(port: string): Promise<Peer> {
    return new Peer(await dialTcp(`127.0.0.1:${port}`, { timeout: 10_000 }));
  }

  /** Types a line, ended as telnet does. */
  async type(line: string): Promise<void> {
    await this.conn.writeString(`${line}\r\n`);
  }

  /** Reads the next lines, which have to be these; `null` is the end. */
  async hears(...lines: (string | null)[]): Promise<void> {
    for (const line of lines) {
      assertEquals(await this.conn.readLine({ timeout: 60_000 }), line);
    }
  }

  /** Reads as many bytes as this text has, which they have to be. */
  async hearsBytes(text: string): Promise<void> {
    const buffer = new Uint8Array(new TextEncoder().encode(text).length);
    await this.conn.readFull(buffer, { timeout: 60_000 });
    assertEquals(new TextDecoder().decode(buffer), text);
  }

  [Symbol.dispose](): void {
    this.conn.close();
  }
}
