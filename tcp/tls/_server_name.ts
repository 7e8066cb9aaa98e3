import { isIpv4, isIpv6 } from "../../internal/address/ip.ts";
import { typeOf } from "../../internal/check_options.ts";

/**
 * Whether a name can be told to a server (RFC 6066 section 3) or, if it is a
 * numeric address, be compared with its certificate.
 */
export function canBeServerName(name: string): boolean {
  if (isNumeric(name)) return true;
  const labels = withoutDot(name).split(".");
  return name.length <= 254 && !/^[0-9]*$/.test(labels.at(-1) ?? "") &&
    labels.every((label) => /^(?!-)[0-9a-z_-]{1,63}(?<!-)$/i.test(label));
}

/** An option check: a name to verify a certificate against. */
export function isServerName(value: unknown, name: string): void {
  if (typeof value === "string" && canBeServerName(value)) return;
  const found = typeof value === "string" ? `"${value}"` : typeOf(value);
  throw new TypeError(
    `Cannot use ${found} as ${name}: expected a host name or a numeric address`,
  );
}

/** A name as TLS has it: without the dot of DNS's root. */
export function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

/** Whether a name is a numeric address. */
export function isNumeric(serverName = ""): boolean {
  return isIpv4(serverName) || isIpv6(serverName);
}
