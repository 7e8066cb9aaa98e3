/**
 * Converts an interface for an IPv6 group to its index, `0` for the system's
 * choice. A name is looked up by the interface's link-local address, for which
 * alone the runtime tells the index.
 *
 * @throws {Deno.errors.NotSupported} If the index of a name is unknown.
 */
export function interfaceIndex(given: string | number | undefined): number {
  if (given === undefined) return 0;
  if (typeof given === "number") return given;
  const found = linkLocal().find(({ name }) => name === given);
  if (found !== undefined) return found.index;
  throw new Deno.errors.NotSupported(
    `Cannot find the index of interface "${given}": expected the index itself`,
  );
}

/**
 * Converts an interface for an IPv6 group to the form of `node:dgram`, `::%name`;
 * the inverse of {@linkcode interfaceIndex}.
 */
export function interfaceZone(given: string | number): string {
  const isName = typeof given === "string" || Deno.build.os === "windows";
  if (isName) return `::%${given}`;
  const found = linkLocal().find(({ index }) => index === given);
  if (found !== undefined) return `::%${found.name}`;
  throw new Deno.errors.NotSupported(
    `Cannot find the name of interface ${given}: expected the name itself`,
  );
}

function linkLocal(): { name: string; index: number }[] {
  return Deno.networkInterfaces().flatMap(({ name, scopeid }) =>
    scopeid ? [{ name, index: scopeid }] : []
  );
}
