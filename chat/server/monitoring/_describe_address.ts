import { joinAddress } from "../../../internal/address/address.ts";

/** The address of a client, whose port is unknown if a proxy has told it. */
export interface ClientAddress {
  readonly hostname: string;
  readonly port?: number | undefined;
}

/** Formats an address for events. */
export function describeAddress({ hostname, port }: ClientAddress): string {
  return port === undefined ? hostname : joinAddress(hostname, port);
}
