import { dialUdp, listenUdp, type UdpConn } from "@vnet/net/udp";

/** A back end to run a test on. */
export type Backend = "native" | "node";

/** A server on 127.0.0.1, and a client dialled to it. */
export interface Pair extends Disposable {
  readonly server: UdpConn;
  readonly client: UdpConn;
}

export async function makePair(backend: Backend): Promise<Pair> {
  const server = await listenUdp("127.0.0.1:0", { backend });
  const client = await dialUdp(server.addr, { backend });
  return {
    server,
    client,
    [Symbol.dispose]() {
      server.close();
      client.close();
    },
  };
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Lets the event loop go round, for what is under way to arrive. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Lets the event loop go round until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

/** Whether the process has all these permissions. */
export function isGranted(
  ...names: ("read" | "write" | "run" | "sys")[]
): boolean {
  return names.every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );
}

/** Whether this machine can bind an address. */
export function canBind(hostname: string): boolean {
  try {
    Deno.listen({ hostname, port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

/** Whether what is sent to an address gets out, or is at least not refused. */
export async function canSendTo(host: string, local: string): Promise<boolean> {
  try {
    using conn = await listenUdp(local);
    await conn.writeToString(`${host}:9`, "probe");
    return true;
  } catch {
    return false;
  }
}

/**
 * Keeps the process alive during a test over a fake back end, where no operation
 * of the system does: limits do not.
 */
export async function keepAlive(run: () => Promise<void>): Promise<void> {
  const timer = setInterval(() => {}, 1_000_000);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
}
