import { assertEquals } from "@std/assert";
import { serverCert, serverKey } from "../../../certificates.ts";

import { CAN_COUNT, socketsTo } from "../../support/_sockets.ts";

/** How often sockets are counted until they have to be gone. */
const COUNTS = 5;

const encoder = new TextEncoder();

/** The proxy's side of a connection, read in exact pieces. */
export class ProxyPeer {
  readonly conn: Deno.Conn;

  constructor(conn: Deno.Conn) {
    this.conn = conn;
  }

  /** Reads so many bytes; fails if the client ends before. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const read = await this.conn.read(bytes.subarray(at));
      if (read === null) throw new Error(`The client ended after ${at} bytes`);
      at += read;
    }
    return bytes;
  }

  /** Reads the head of an HTTP request. */
  async takeHead(): Promise<string> {
    let head = "";
    while (!head.endsWith("\r\n\r\n")) {
      head += String.fromCharCode(...await this.take(1));
    }
    return head;
  }

  /** Reads until the client ends or resets the connection. */
  async ended(): Promise<void> {
    const buffer = new Uint8Array(4096);
    try {
      while (await this.conn.read(buffer) !== null);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
  }

  async send(...parts: (string | number[] | Uint8Array)[]): Promise<void> {
    const bytes = toBytes(...parts);
    for (let at = 0; at < bytes.length;) {
      at += await this.conn.write(bytes.subarray(at));
    }
  }

  /** Passes bytes on in both directions, until both have ended. */
  async tunnel(far: Deno.TcpConn): Promise<void> {
    try {
      await Promise.all([pass(this.conn, far), pass(far, this.conn)]);
    } catch {
      // One side was cut: so is the other.
    }
    far.close();
  }
}

/** Puts text, numbers and bytes together. */
export function toBytes(
  ...parts: readonly (string | readonly number[] | Uint8Array)[]
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    parts.flatMap((part) => [
      ...(typeof part === "string" ? encoder.encode(part) : part),
    ]),
  );
}

async function pass(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  while (true) {
    const length = await from.read(buffer);
    if (length === null) break;
    for (let at = 0; at < length;) {
      at += await to.write(buffer.subarray(at, length));
    }
  }
  await to.closeWrite();
}

/** What a proxy does with a connection. */
export type Talk = (peer: ProxyPeer) => Promise<unknown>;

/** A proxy on a port of this machine, which is ended by `await using`. */
export class TestProxy implements AsyncDisposable {
  readonly port: number;
  readonly #listener: Deno.Listener<Deno.Conn>;
  readonly #serving: Promise<void>;
  readonly #conns = new Set<Deno.Conn>();
  /** What went wrong in the talks. */
  readonly errors: unknown[] = [];

  /** Listens, by TLS if it is to be an `https:` proxy. */
  constructor(talk: Talk, isTls = false) {
    const address = { hostname: "127.0.0.1", port: 0 };
    const tls = { ...address, cert: serverCert, key: serverKey };
    this.#listener = isTls ? Deno.listenTls(tls) : Deno.listen(address);
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#serving = this.#serve(talk);
  }

  /** Its URL. */
  url(scheme: string, credentials = ""): string {
    const at = credentials === "" ? "" : "@";
    const host = scheme === "https" ? "localhost" : "127.0.0.1";
    return `${scheme}://${credentials}${at}${host}:${this.port}`;
  }

  /** How it is called in messages. */
  get name(): string {
    return `127.0.0.1:${this.port}`;
  }

  async #serve(talk: Talk): Promise<void> {
    const talks: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      this.#conns.add(conn);
      talks.push(this.#talk(conn, talk));
    }
    await Promise.all(talks);
  }

  async #talk(conn: Deno.Conn, talk: Talk): Promise<void> {
    try {
      await talk(new ProxyPeer(conn));
    } catch (error) {
      this.errors.push(error);
    }
    close(conn);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#conns) close(conn);
    await this.#serving;
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // The talk has ended it.
  }
}

/**
 * Checks that no socket to a port is left. The runtime frees one when the calls
 * that were pending have ended, in one of its next turns.
 */
export async function assertNoSockets(port: number): Promise<void> {
  if (!CAN_COUNT) return;
  let left = await socketsTo(port);
  for (let count = 1; count < COUNTS && left.length > 0; count++) {
    left = await socketsTo(port);
  }
  assertEquals(left, []);
}

/** How a proxy answers that opens tunnels. */
export interface TunnelTalk {
  /** `user:password`, which it demands. */
  readonly credentials?: string;
  /** The targets that it was asked for are added here. */
  readonly asked?: string[];
  /** Where it dials instead of the target. */
  readonly to?: { readonly hostname: string; readonly port: number };
  /** Bytes of the target that go out together with the proxy's answer. */
  readonly prefix?: string;
}

/** A proxy that knows `CONNECT`. */
export function httpTalk(options: TunnelTalk = {}): Talk {
  const { credentials, asked = [], to, prefix = "" } = options;
  return async (peer) => {
    const head = await peer.takeHead();
    const [, host = "", port] = /^CONNECT (.*):(\d+) HTTP\/1\.1\r\n/
      .exec(head) ?? [];
    asked.push(`${host}:${port}`);
    const basic = /^proxy-authorization: Basic (.*)\r$/mi.exec(head)?.[1];
    if (credentials !== undefined && basic !== btoa(credentials)) {
      await peer.send("HTTP/1.1 407 No\r\nContent-Length: 5\r\n\r\nnever");
      return await peer.ended();
    }
    const hostname = host.replace(/^\[|\]$/g, "");
    const far = await Deno.connect(to ?? { hostname, port: Number(port) });
    await peer.send(`HTTP/1.1 200 Established\r\nVia: test\r\n\r\n${prefix}`);
    await peer.tunnel(far);
  };
}

/** A proxy that speaks SOCKS5. */
export function socks5Talk(options: TunnelTalk = {}): Talk {
  const { credentials, asked = [], to, prefix = "" } = options;
  return async (peer) => {
    const [version, count] = await peer.take(2);
    const methods = await peer.take(count);
    if (version !== 5) throw new Error("Not SOCKS5");
    const method = credentials === undefined ? 0 : 2;
    if (!methods.includes(method)) {
      await peer.send([5, 0xff]);
      return await peer.ended();
    }
    await peer.send([5, method]);
    if (credentials !== undefined) {
      const [, userLength] = await peer.take(2);
      const user = await takeText(peer, userLength);
      const [passwordLength] = await peer.take(1);
      const password = await takeText(peer, passwordLength);
      const isRight = `${user}:${password}` === credentials;
      await peer.send([1, isRight ? 0 : 1]);
      if (!isRight) return await peer.ended();
    }
    const [, , , type] = await peer.take(4);
    const hostname = await takeHost(peer, type);
    const [high, low] = await peer.take(2);
    const port = high * 256 + low;
    asked.push(`${hostname}:${port}`);
    const far = await Deno.connect(to ?? { hostname, port });
    await peer.send([5, 0, 0, 1, 127, 0, 0, 1, 0, 9], prefix);
    await peer.tunnel(far);
  };
}

async function takeText(peer: ProxyPeer, length: number): Promise<string> {
  return new TextDecoder().decode(await peer.take(length));
}

async function takeHost(peer: ProxyPeer, type: number): Promise<string> {
  if (type === 1) return (await peer.take(4)).join(".");
  if (type === 3) return await takeText(peer, (await peer.take(1))[0]);
  const bytes = await peer.take(16);
  return Array.from(
    { length: 8 },
    (_, n) => (bytes[2 * n] * 256 + bytes[2 * n + 1]).toString(16),
  ).join(":");
}

/** Sets variables, and takes all that name proxies out, until it is disposed. */
export function setEnvironment(variables: Record<string, string>): Disposable {
  const names = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"]
    .flatMap((name) => [name, name.toLowerCase()]);
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of names) set(name, variables[name]);
  return {
    [Symbol.dispose]: () => before.forEach(([name, value]) => set(name, value)),
  };
}

function set(name: string, value: string | undefined): void {
  if (value === undefined) Deno.env.delete(name);
  else Deno.env.set(name, value);
}
