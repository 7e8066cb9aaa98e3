import {
  type AllowedHosts,
  prepareHosts,
} from "../../../websocket/_allowed_hosts.ts";
import { isLoopback } from "../../../internal/address_key.ts";

/** Hosts whose names nobody else can lead to this machine. */
const SAFE = ["localhost", "0.0.0.0/0", "::/0"];

const REASON =
  "Host not allowed: expected localhost, an IP address or a name that --allow-host (allowedHosts) gives";

/**
 * Decides which hosts requests to a chat may name: those that are safe anyway and
 * those that were given. Without any given, a chat that listens for others takes
 * all, as it can't know its names.
 *
 * @param hostname Where it listens.
 * @param allowed The hosts that were given.
 * @throws {TypeError | SyntaxError} If they are no hosts.
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
