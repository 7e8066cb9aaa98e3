import { messageOf } from "../../internal/errors/message_of.ts";
import type { ChatLog } from "../cluster/chat_log.ts";
import type {
  NatsJetStreamManager,
  NatsLogConnection,
} from "../cluster/nats_jetstream.ts";
import { NatsInvitations } from "../cluster/_nats_invitations.ts";
import { DEFAULT_STREAM, natsLog } from "../cluster/nats_log.ts";
import type { BrokerAddress } from "./_cluster_address.ts";
import { NATS_PACKAGES } from "./_nats_packages.ts";

/** Milliseconds after which a silent broker is asked for a sign of life. */
const PING_INTERVAL = 5_000;

/** Milliseconds that a request about invitations may take. */
const REQUEST_TIMEOUT = 5_000;

/** The address of the broker of a cluster, and the credentials for it. */
export interface ClusterChoice
  extends Pick<BrokerAddress, "servers" | "stream"> {
  /** The contents of a credentials file of NATS. */
  readonly credentials?: string | undefined;
  /** The user and the password. */
  readonly login?: { readonly user: string; readonly pass: string } | undefined;
  /** The certificates of authorities, in PEM; those of the system by default. */
  readonly ca?: string | undefined;
}

/** The log of a cluster with its connection. */
export interface OpenCluster extends AsyncDisposable {
  readonly log: ChatLog;
  /** Opens the invitations of all servers, which the caller disposes of. */
  openInvitations(): Promise<NatsInvitations>;
}

/** The invitations of a cluster with their connection. */
export type OpenInvitations = NatsInvitations & AsyncDisposable;

/** A connection to the broker, and how to use its streams. */
interface OpenBroker {
  readonly connection: NatsLogConnection;
  readonly jetstreamManager: NatsJetStream["jetstreamManager"];
}

/** The parts of `@nats-io/transport-node` that are used. */
interface NatsTransport {
  connect(options: object): Promise<
    NatsLogConnection & { close(): Promise<void> }
  >;
  credsAuthenticator(credentials: Uint8Array): unknown;
}

/** The part of `@nats-io/jetstream` that is used. */
interface NatsJetStream {
  jetstreamManager(
    connection: NatsLogConnection,
    options: { checkAPI: boolean; timeout: number },
  ): Promise<NatsJetStreamManager>;
}

/**
 * Connects to the broker of a cluster, and opens its log.
 *
 * @throws {Error} If the broker can't be reached, or can't serve a cluster.
 */
export async function openCluster(choice: ClusterChoice): Promise<OpenCluster> {
  await using stack = new AsyncDisposableStack();
  const broker = await openBroker(choice, stack);
  const { stream = DEFAULT_STREAM } = choice;
  const log = await natsLog({ ...broker, stream });
  stack.defer(() => log.close());
  const opened = stack.move();
  return {
    log,
    openInvitations: () => openStore(broker, stream),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/**
 * Connects to the broker of a cluster, and opens the invitations of its servers.
 *
 * @throws {Error} If the broker can't be reached, or can't have them.
 */
export async function openClusterInvitations(
  choice: ClusterChoice,
): Promise<OpenInvitations> {
  await using stack = new AsyncDisposableStack();
  const broker = await openBroker(choice, stack);
  const { stream = DEFAULT_STREAM } = choice;
  const store = stack.use(await openStore(broker, stream));
  const opened = stack.move();
  return Object.assign(store, {
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  });
}

async function openStore(
  { connection, jetstreamManager }: OpenBroker,
  stream: string,
): Promise<NatsInvitations> {
  const timeout = REQUEST_TIMEOUT;
  const options = { checkAPI: false, timeout };
  const manager = await jetstreamManager(connection, options);
  return await NatsInvitations.open({ connection, manager, stream, timeout });
}

/**
 * Connects to a broker, until the stack is disposed of. The packages are loaded only now, as a program without a
 * cluster should not download them.
 */
async function openBroker(
  { servers, credentials, login, ca }: ClusterChoice,
  stack: AsyncDisposableStack,
): Promise<OpenBroker> {
  const transport: NatsTransport = await load(NATS_PACKAGES.transport);
  const { jetstreamManager }: NatsJetStream = await load(
    NATS_PACKAGES.jetstream,
  );
  const isTls = servers.some((server) => server.startsWith("tls:"));
  const connection = await transport.connect({
    servers: servers.map(withoutScheme),
    maxReconnectAttempts: -1,
    pingInterval: PING_INTERVAL,
    ...login,
    ...isTls || ca !== undefined ? { tls: ca === undefined ? {} : { ca } } : {},
    ...credentials === undefined ? {} : {
      authenticator: transport.credsAuthenticator(
        new TextEncoder().encode(credentials),
      ),
    },
  }).catch((cause) => {
    const what = `Cannot reach ${servers.join(", ")}`;
    throw new Error(`${what}: ${messageOf(cause)}`, { cause });
  });
  stack.defer(() => connection.close());
  return { connection, jetstreamManager };
}

function withoutScheme(server: string): string {
  return server.replace(/^(?:nats|tls):\/\//, "");
}

async function load<T>(specifier: string): Promise<T> {
  try {
    return await import(specifier);
  } catch (cause) {
    throw new Error(
      `Cannot load ${specifier}, which a cluster needs: ${messageOf(cause)}`,
      { cause },
    );
  }
}
