import { assertEquals } from "@std/assert";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import type { TcpListener } from "../../tcp/tcp_listener.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { TlsListener } from "../../tcp/tls/tls_listener.ts";
import { caCert, serverCert, serverKey } from "../certificates.ts";

/** No answer takes this long unless something hangs. */
export const HANGS = { timeout: 60_000 };

const KEYS = { cert: serverCert, key: serverKey };

/** What a server of the tests does: it sends lines back. */
export async function echoLines(conn: StreamConn<unknown>): Promise<void> {
  for await (const line of conn.lines()) await conn.writeString(`${line}\n`);
}

/** Makes a listener of each kind, by the name of the kind. */
export const LISTENERS: Record<string, () => TcpListener | TlsListener> = {
  "tcp": () => listenTcp("127.0.0.1:0"),
  "tls": () => listenTls("127.0.0.1:0", KEYS),
  "tls of the runtime": () =>
    listenTls("127.0.0.1:0", { ...KEYS, tlsBackend: "runtime" }),
};

/** Connects to a listener of any kind. */
export function dialListener(
  listener: TcpListener | TlsListener,
): Promise<StreamConn<unknown>> {
  return listener instanceof TlsListener
    ? dialTls(listener.addr, { caCerts: [caCert], ...HANGS })
    : dialTcp(listener.addr, HANGS);
}

/** Somebody who behaves, and who has to be served whatever others do. */
export class Bystander implements AsyncDisposable {
  readonly #conn: StreamConn<unknown>;
  #count = 0;

  private constructor(conn: StreamConn<unknown>) {
    this.#conn = conn;
  }

  /** Connects to a listener whose connections {@linkcode echoLines} serves. */
  static async dial(listener: TcpListener | TlsListener): Promise<Bystander> {
    return new Bystander(await dialListener(listener));
  }

  /** Fails unless a line comes back. */
  async isServed(): Promise<void> {
    const line = `still served ${++this.#count}`;
    await this.#conn.writeString(`${line}\n`, HANGS);
    assertEquals(await this.#conn.readLine(HANGS), line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#conn.close();
    await this.#conn.closed;
  }
}

/** A TCP server under attack, with a bystander that has to be served. */
export async function besideBystander<L extends TcpListener | TlsListener>(
  listener: L,
  attack: (listener: L) => Promise<void>,
  handler: (conn: StreamConn<unknown>) => Promise<void> = echoLines,
): Promise<unknown[]> {
  const errors: unknown[] = [];
  const serving = listener.serve(
    (conn: StreamConn<unknown>) => handler(conn),
    { onError: (error) => errors.push(error) },
  );
  {
    await using before = await Bystander.dial(listener);
    await before.isServed();
    await attack(listener);
    await before.isServed();
    await using after = await Bystander.dial(listener);
    await after.isServed();
  }
  await listener.shutdown(HANGS);
  await serving;
  assertEquals(listener.connectionCount, 0);
  return errors;
}
