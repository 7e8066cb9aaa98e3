import type { WaitOptions } from "../../../internal/wait/wait_options.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import {
  encodeProxyHeader,
  type ProxyHeader,
} from "../../../tcp/proxy_protocol/encode_proxy_header.ts";

/** No wait takes this long unless something hangs. */
export const HANGS: WaitOptions = { timeout: 60_000 };
/** The proxies of most tests. */
export const FROM_HERE = { proxyProtocol: { from: ["127.0.0.1"] } };

/** An address of the Internet. */
export function addr(hostname: string, port: number): Deno.NetAddr {
  return { transport: "tcp", hostname, port };
}

/** The client of most tests. */
export const CLIENT: Deno.NetAddr = addr("203.0.113.7", 50_000);
/** The address that it has dialled. */
export const SITE: Deno.NetAddr = addr("192.0.2.1", 443);

/** A header that names a client. */
export function headerOf(
  source: Deno.NetAddr = CLIENT,
  version: 1 | 2 = 2,
): Uint8Array<ArrayBuffer> {
  return encodeProxyHeader({ version, source, destination: SITE });
}

/** A header of a proxy's own connection. */
export function ownHeader(
  version: ProxyHeader["version"] = 2,
): Uint8Array<ArrayBuffer> {
  return encodeProxyHeader({ version });
}

/** Dials as a proxy does that sends these bytes first. */
export async function dialAsProxy(
  address: Deno.NetAddr,
  ...bytes: (Uint8Array | string)[]
): Promise<TcpConn> {
  const conn = await dialTcp(address, HANGS);
  const parts = await new Blob(bytes as BlobPart[]).bytes();
  if (parts.length > 0) await conn.write(parts);
  return conn;
}
