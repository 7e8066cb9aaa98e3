import { isLoopback } from "../../../internal/address/address_key.ts";
import {
  type AllowedHosts,
  prepareHosts,
} from "../../../websocket/handshake/_allowed_hosts.ts";

/** Hosts that DNS rebinding can't use. */
const SAFE = ["localhost", "0.0.0.0/0", "::/0"];

const REASON =
  "Host not allowed: expected localhost, an IP address or a name that --allow-host (allowedHosts) gives";

/**
 * Decides which hosts requests to a chat may name: safe ones and the given ones.
 * If none is given, a chat that other machines can reach accepts all hosts, as it
 * can't know its names.
 *
 * @param hostname The address that the chat listens on.
 * @param allowed The given hosts.
 * @throws {TypeError | SyntaxError} If a given host is not a host.
 */
export function hostsFor(
  hostname: string,
  allowed: AllowedHosts | undefined,
): AllowedHosts {
  const isLocal = isLoopback(hostname) ||
    /^(?:.+\.)?localhost\.?$/i.test(hostname);
  const given = prepareHosts(allowed) ?? (isLocal ? [] : "*");
  if (given === "*") return given;
  return prepareHosts([...SAFE, ...given], REASON) ?? "*";
}
