import { beginsWith, invalid, type ProxyStart } from "./_proxy_start.ts";
import { parseV1, V1_PREFIX } from "./_proxy_v1.ts";
import { parseV2, V2_SIGNATURE } from "./_proxy_v2.ts";

/** How much of other bytes an error shows. */
const SHOWN_LENGTH = 32;

/**
 * Reads a header of the PROXY protocol, of version 1 or 2, from the first bytes
 * of a connection (proxy-protocol.txt of HAProxy, section 2).
 *
 * @param bytes All bytes that have come.
 */
export function readProxyStart(bytes: Uint8Array): ProxyStart {
  if (beginsWith(bytes, V2_SIGNATURE)) return parseV2(bytes);
  if (beginsWith(bytes, V1_PREFIX)) return parseV1(bytes);
  const text = new TextDecoder().decode(bytes.subarray(0, SHOWN_LENGTH));
  return invalid(JSON.stringify(text));
}
