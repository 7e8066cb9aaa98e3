import { assertEquals, assertRejects } from "@std/assert";
import { dialTcp, listenTcp, type TcpConn } from "@vnet/net/tcp";
import { pipe } from "@vnet/net/testing";
import {
  HandshakeError,
  newServer,
  type Server,
  type ServerOptions,
} from "@vnet/net/websocket";
import { until } from "../../tcp/support/_outcomes.ts";
import { request } from "../support/_servers.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 10_000 };

/** A server whose connections a listener of the program accepts. */
class Handed implements AsyncDisposable {
  readonly server: Server;
  readonly #listener = listenTcp("127.0.0.1:0");
  readonly #serving: Promise<void>;
  readonly #conns: TcpConn[] = [];
  /** The statuses of refusals, as the server tells them. */
  readonly refusals: (number | undefined)[] = [];

  constructor(options: ServerOptions) {
    this.server = newServer(0, "", options);
    this.#serving = this.#listener.serve(async (conn) => {
      try {
        await this.server.handleHandshake(conn);
        await conn.closed;
      } catch (error) {
        if (!(error instanceof HandshakeError)) throw error;
        this.refusals.push(error.status);
      }
    });
  }

  async dial(): Promise<TcpConn> {
    const conn = await dialTcp(this.#listener.addr, HANGS);
    this.#conns.push(conn);
    return conn;
  }

  /** Connects, and tells the status of the answer. */
  async ask(): Promise<[conn: TcpConn, status: string | undefined]> {
    const conn = await this.dial();
    await conn.writeString(request("/"));
    return [conn, (await conn.readLine(HANGS))?.split(" ")[1]];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const conn of this.#conns) conn.terminate();
    await this.server.close();
    await this.#listener.shutdown(HANGS);
    await this.#serving;
  }
}

for (const name of ["maxConnections", "maxConnectionsPerIp"] as const) {
  Deno.test(`handleHandshake() holds ${name}, and gives places back`, async () => {
    await using handed = new Handed({ [name]: 2 });
    const { server } = handed;
    const asked = await Promise.all(
      Array.from({ length: 10 }, () => handed.ask()),
    );
    const statuses = asked.map(([, status]) => status).toSorted();
    assertEquals(statuses, ["101", "101", ...Array(8).fill("503")]);
    assertEquals(server.clients.size, 2);
    assertEquals(server.stats.refused[name], 8);
    assertEquals(server.stats.handshakesFailed, 0);
    await until(() => handed.refusals.length === 8);
    assertEquals(new Set(handed.refusals), new Set([503]));

    const [open] = asked.find(([, status]) => status === "101") ?? [];
    open?.terminate();
    await until(() => server.clients.size === 1);
    // The place is free when the connection is.
    let status: string | undefined;
    for (let round = 0; status !== "101" && round < 100; round++) {
      [, status] = await handed.ask();
    }
    assertEquals(status, "101");
    assertEquals(server.clients.size, 2);
  });
}

Deno.test("handleHandshake() counts handshakes that are under way", async () => {
  const server = newServer(0, "", { maxConnections: 1 });
  const [silent, far] = pipe();
  const first = server.handleHandshake(far);
  const [left, right] = pipe();
  await left.writeString(request("/"));
  const error = await assertRejects(
    () => server.handleHandshake(right),
    HandshakeError,
  );
  assertEquals(error.status, 503);
  left.terminate();

  await silent.writeString(request("/"));
  const peer = await first;
  assertEquals([...server.clients.values()], [peer]);
  silent.terminate();
  await server.close();
});
