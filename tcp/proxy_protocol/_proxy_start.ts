/** The ends of the connection between the client and the first proxy. */
export interface ProxyEnds {
  readonly source: Deno.NetAddr;
  readonly destination: Deno.NetAddr;
}

/** The meaning of the first bytes of a connection behind a proxy. */
export type ProxyStart =
  /** Too few to tell. */
  | { readonly kind: "incomplete" }
  /** A whole header. */
  | {
    readonly kind: "header";
    /** How many bytes it has. */
    readonly length: number;
    /**
     * `undefined` if the connection is the proxy's own (`LOCAL`), or the proxy
     * does not tell whose it is (`UNKNOWN`).
     */
    readonly ends: ProxyEnds | undefined;
  }
  /** No header, whatever follows. */
  | { readonly kind: "invalid"; readonly reason: string };

export const INCOMPLETE: ProxyStart = { kind: "incomplete" };

/** A start that is no header. */
export function invalid(reason: string): ProxyStart {
  return { kind: "invalid", reason };
}

/** Whether bytes begin with a prefix, as far as they are there. */
export function beginsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  const length = Math.min(bytes.length, prefix.length);
  for (let index = 0; index < length; index++) {
    if (bytes[index] !== prefix[index]) return false;
  }
  return true;
}
