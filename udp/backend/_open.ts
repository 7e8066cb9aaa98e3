import { parseAddress } from "../../internal/address/address.ts";
import { isIpv6 } from "../../internal/address/ip.ts";
import type { BindRequest, UdpBackend } from "./_backend.ts";
import { bindNative, hasNativeBackend } from "./_native_backend.ts";
import { bindNode } from "./_node_backend.ts";
import { resolveHost } from "../_resolve.ts";
import type { UdpAddress } from "../udp_address.ts";
import type { CompleteOptions, UdpOptions } from "../udp_options.ts";

/** Binds a socket to a local address, whose host may be a name or empty. */
export async function openBackend(
  local: UdpAddress | number,
  options: UdpOptions,
  { maxDatagramSize }: CompleteOptions,
): Promise<UdpBackend> {
  const { hostname, port } = parseAddress(local);
  const { ip, host } = await resolveHost(hostname || "0.0.0.0", port, "any");
  const request: BindRequest = {
    hostname: host,
    isIpv6: isIpv6(ip ?? host),
    port,
    reuseAddress: options.reuseAddress ?? false,
    maxDatagramSize,
  };
  const isNative = options.backend === undefined
    ? hasNativeBackend()
    : options.backend === "native";
  const bind = isNative ? bindNative : bindNode;
  try {
    return await bind(request);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse) || port === 0) throw error;
    // A socket that was just closed holds its port until its receive has ended.
    await new Promise((resolve) => setTimeout(resolve, 0));
    return await bind(request);
  }
}
