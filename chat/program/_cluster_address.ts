/** The address of the broker of a cluster. */
export interface BrokerAddress {
  readonly servers: readonly string[];
  /** The name of the log's stream. */
  readonly stream: string | undefined;
  /** The file with the credentials of NATS. */
  readonly credentialsFile: string | undefined;
  /** The file with the certificates of authorities to trust. */
  readonly caFile: string | undefined;
}

/** The broker of a cluster, and a server of it. */
export interface ClusterAddress extends BrokerAddress {
  /** The name of this server. */
  readonly name: string;
  /** Batches to skip. */
  readonly skip: readonly number[];
}

/**
 * Checks where the broker is.
 *
 * @throws {SyntaxError} If it can't be there, or there is a password, which others
 * could see.
 */
export function checkBrokers(servers: readonly string[]): void {
  for (const server of servers) {
    if (/^(?:nats|tls):\/\/[^@/\s]+$/.test(server)) continue;
    throw new SyntaxError(
      server.includes("@")
        ? "Cannot use --cluster with a login: expected nats://HOST:PORT, and the login in CHAT_CLUSTER_LOGIN"
        : `Cannot use --cluster "${server}": expected nats://HOST:PORT or tls://HOST:PORT`,
    );
  }
}
