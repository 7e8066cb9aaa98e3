import { assertEquals } from "@std/assert";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import type { TcpConn } from "../../tcp/tcp_conn.ts";

/** No wait takes this long unless something hangs. */
const HANGS = 60_000;

/** Somebody who is connected to a chat server, and reads line by line. */
export class SocketUser implements Disposable {
  readonly conn: TcpConn;

  private constructor(conn: TcpConn) {
    this.conn = conn;
    conn.setReadTimeout(HANGS);
    conn.setWriteTimeout(HANGS);
  }

  /** Connects, and leaves the greeting unread. */
  static async connect(addr: Deno.NetAddr): Promise<SocketUser> {
    return new SocketUser(await dialTcp(addr, { timeout: HANGS }));
  }

  /** Connects, reads the greeting and chooses a nickname. */
  static async enter(
    addr: Deno.NetAddr,
    nickname: string,
  ): Promise<SocketUser> {
    const user = await SocketUser.connect(addr);
    await user.take(3);
    await user.type(`${nickname}\n`);
    const [welcome = ""] = await user.take(2);
    assertEquals(welcome.slice(0, 11), "*** Welcome");
    return user;
  }

  /** Sends text as UTF-8. */
  async type(text: string): Promise<void> {
    await this.conn.writeString(text);
  }

  /** Reads the next line, `null` at the end. */
  next(): Promise<string | null> {
    return this.conn.readLine();
  }

  /** Reads so many lines. */
  async take(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) {
      const line = await this.next();
      if (line === null) break;
      lines.push(line);
    }
    return lines;
  }

  /** Reads up to the line given, and returns those before it. */
  async until(last: string): Promise<string[]> {
    const lines: string[] = [];
    for await (const line of this.conn.lines()) {
      if (line === last) return lines;
      lines.push(line);
    }
    throw new Error(`The stream ended before "${last}": ${lines.join("\n")}`);
  }

  /** Reads up to the end. */
  rest(): Promise<string[]> {
    return Array.fromAsync(this.conn.lines());
  }

  /** Leaves without a word. */
  close(): void {
    this.conn.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
