import { isLoopback } from "../../internal/address/address_key.ts";
import { isInBlock } from "../../internal/address/cidr.ts";
import type { TunnelTarget } from "./_proxy_handshake.ts";
import { parseProxyUrl, type ProxyServer } from "./_proxy_url.ts";

/** Reads a variable of the environment, as `Deno.env.get` does. */
type ReadVariable = (name: string) => string | undefined;

/**
 * Chooses a proxy by the environment, with the rules of Go's `httpproxy`: upper
 * case before lower case, no proxy for this machine, and none for the hosts of
 * `NO_PROXY`. `HTTP_PROXY` is not read.
 *
 * @param target The address that is dialled.
 * @param isSecure Whether TLS is spoken with it: then `HTTPS_PROXY` comes before
 * `ALL_PROXY`.
 * @param read Reads a variable.
 * @returns The proxy, `undefined` for none.
 * @throws {SyntaxError} If a variable has no URL of a proxy.
 * @throws {Deno.errors.NotCapable} If the variables may not be read.
 */
export function proxyFromEnvironment(
  target: TunnelTarget,
  isSecure: boolean,
  read: ReadVariable = readVariable,
): ProxyServer | undefined {
  const host = { ...target, hostname: normalize(target.hostname) };
  if (isLocal(host.hostname)) return undefined;
  const names = isSecure ? ["HTTPS_PROXY", "ALL_PROXY"] : ["ALL_PROXY"];
  for (const name of names) {
    const value = readEither(name, read);
    if (value === "") continue;
    if (isExcluded(host, readEither("NO_PROXY", read))) return undefined;
    const url = value.includes("://") ? value : `http://${value}`;
    return parseProxyUrl(url, `the environment variable ${name}`);
  }
  return undefined;
}

/** Whether a list, such as that of `NO_PROXY`, names a target. */
function isExcluded(target: TunnelTarget, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => isNamed(target, entry));
}

function isNamed({ hostname, port }: TunnelTarget, entry: string): boolean {
  if (entry === "*") return true;
  if (isInBlock(hostname, entry)) return true;
  const [, bracketed, plain, digits] =
    /^(?:\[([^\]]*)\]|([^:]+))(?::([0-9]+))?$/.exec(entry) ?? [];
  if (digits !== undefined && Number(digits) !== port) return false;
  if (bracketed !== undefined) return isInBlock(hostname, bracketed);
  return plain !== undefined &&
    (isInBlock(hostname, plain) || isInDomain(hostname, plain));
}

/** `example.org` is for itself and its subdomains, `.example.org` for these alone. */
function isInDomain(hostname: string, entry: string): boolean {
  const domain = normalize(entry).replace(/^\*(?=\.)/, "");
  if (domain.startsWith(".")) return hostname.endsWith(domain);
  return hostname === domain || hostname.endsWith(`.${domain}`);
}

function isLocal(hostname: string): boolean {
  return hostname === "localhost" || isLoopback(hostname);
}

function normalize(hostname: string): string {
  return hostname.toLowerCase().replace(/\.$/, "");
}

function readEither(name: string, read: ReadVariable): string {
  return (read(name) || read(name.toLowerCase()) || "").trim();
}

function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new Deno.errors.NotCapable(
      'Cannot read HTTPS_PROXY, ALL_PROXY and NO_PROXY for the option proxy: "environment": expected --allow-env=HTTPS_PROXY,https_proxy,ALL_PROXY,all_proxy,NO_PROXY,no_proxy',
      { cause: error },
    );
  }
}
