import { joinAddress } from "../../internal/address/address.ts";

/**
 * Checks that the process may bind a socket to an address, for which the user may
 * be asked. Where it may not, `node:net` throws an error that can't be caught.
 *
 * @param hostname A numeric address.
 * @throws {Deno.errors.NotCapable} If it may not.
 */
export function assertMayBind(hostname: string, port: number): void {
  const mayBind =
    isGranted({ name: "net", host: joinAddress(hostname, port) }) ??
      // An address with a zone can't be asked about.
      isGranted({ name: "net" }) ?? false;
  if (!mayBind) throw noAccess(hostname, port);
}

/** The error of a process that may not use an address. */
export function noAccess(hostname: string, port: number): Error {
  const host = joinAddress(hostname, port);
  return new Deno.errors.NotCapable(`requires net access to "${host}"`);
}

function isGranted(
  descriptor: Deno.NetPermissionDescriptor,
): boolean | undefined {
  try {
    return Deno.permissions.requestSync(descriptor).state === "granted";
  } catch {
    return undefined;
  }
}
