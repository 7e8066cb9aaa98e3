import { isLoopback } from "../../internal/address/address_key.ts";
import type { ChatStore } from "../store/chat_store.ts";
import type { BrokerAddress } from "./_cluster_address.ts";
import type { ServeInvocation } from "./_invocation.ts";
import type {
  ClusterChoice,
  OpenCluster,
  OpenInvitations,
} from "./_open_cluster.ts";
import { readSecret, readText } from "../_text_files.ts";
import type { ChatServerOptions } from "../server/chat_server_options.ts";

/** The most stored rooms, unless more may be open. */
const MAX_STORED_ROOMS = 1000;

/** The environment variables for the secrets. */
const TOKEN_VARIABLE = "CHAT_OPERATOR_TOKEN";
const PASSWORD_VARIABLE = "CHAT_PASSWORD";
const LOGIN_VARIABLE = "CHAT_CLUSTER_LOGIN";

/**
 * Adds the certificate and the operators' token to the options of the command line.
 *
 * @throws If a file can't be read.
 */
export function readProgramFiles(
  { options, files }: ServeInvocation,
): ChatServerOptions {
  const operatorToken = options.operatorToken ??
    (files.operatorToken === undefined
      ? readVariable(TOKEN_VARIABLE)
      : readSecret(files.operatorToken, "the operators' token"));
  const tls = readTls(files);
  return {
    ...options,
    operatorToken,
    tcp: options.tcp && { ...options.tcp, ...tls },
    http: options.http && { ...options.http, ...tls },
  };
}

/**
 * Reads the password of all users, if there is one.
 *
 * @throws If a file can't be read.
 */
export function readPassword(
  { password }: ServeInvocation["files"],
): string | undefined {
  return password === undefined
    ? readVariable(PASSWORD_VARIABLE)
    : readSecret(password, "the password");
}

/** The log of the program's cluster. */
export interface ProgramCluster extends OpenCluster {
  /** Lines for the start of the program. */
  readonly notes: readonly string[];
}

/**
 * Connects to the broker of a cluster.
 *
 * @throws If a file can't be read, or the broker can't be used.
 */
export async function openProgramCluster(
  address: BrokerAddress,
): Promise<ProgramCluster> {
  const choice = readBroker(address);
  const { openCluster } = await import("./_open_cluster.ts");
  const cluster = await openCluster(choice);
  const isPlain = choice.login !== undefined && choice.ca === undefined;
  const notes = isPlain ? plainLoginNotes(address.servers) : [];
  return { ...cluster, notes };
}

/**
 * Opens the invitations of a cluster.
 *
 * @throws If a file can't be read, or the broker can't be used.
 */
export async function openBrokerInvitations(
  address: BrokerAddress,
): Promise<OpenInvitations> {
  const choice = readBroker(address);
  const { openClusterInvitations } = await import("./_open_cluster.ts");
  return await openClusterInvitations(choice);
}

/** Reads the files and the login for the broker. */
function readBroker(
  { credentialsFile, caFile, ...address }: BrokerAddress,
): ClusterChoice {
  const login = readVariable(LOGIN_VARIABLE)?.split(":");
  const [user, ...pass] = login ?? [];
  return {
    ...address,
    credentials: credentialsFile && readText(credentialsFile),
    ca: caFile && readText(caFile),
    login: user === undefined ? undefined : { user, pass: pass.join(":") },
  };
}

/** Warns of brokers that would get a password over the network without TLS. */
export function plainLoginNotes(servers: readonly string[]): string[] {
  // A single tls:// makes the client use TLS for all.
  if (servers.some((server) => server.startsWith("tls:"))) return [];
  const isRemote = servers.some((server) => !isOnLoopback(server));
  return isRemote
    ? [
      "The password for the broker goes over the network without TLS: tls:// as",
      "its address, or --cluster-ca, encrypts it.",
    ]
    : [];
}

function isOnLoopback(server: string): boolean {
  const host = server.replace(/^nats:\/\//, "").replace(/:\d+$/, "");
  return host === "localhost" || isLoopback(host.replace(/^\[|\]$/g, ""));
}

/**
 * Opens or creates the file with the rooms.
 *
 * @param epoch The name of the common log, if there is one.
 * @throws If it can't be used.
 */
export async function openData(
  path: string,
  { options: { maxRooms }, keep }: ServeInvocation,
  onError: (error: unknown) => void,
  epoch: string | undefined,
): Promise<Required<Pick<ChatStore, "backup">> & ChatStore & Disposable> {
  try {
    const { openSqliteStore } = await import("../store/sqlite_store.ts");
    // It also keeps rooms in which nobody is.
    const most = Math.max(MAX_STORED_ROOMS, maxRooms ?? 0);
    return await openSqliteStore(path, {
      onError,
      maxRooms: most,
      ...keep === undefined ? {} : { keep },
      ...epoch === undefined ? {} : { epoch },
    });
  } catch (error) {
    throw explainData(error, path);
  }
}

/** The error for a file of `--data` that can't be opened. */
export function explainData(error: unknown, path: string): unknown {
  return error instanceof Deno.errors.NotCapable
    ? new Error(
      `Cannot open "${path}": --data needs --allow-read and --allow-write before the program`,
    )
    : error;
}

/**
 * Copies the data file to a new file of a folder, named by the time in UTC.
 *
 * @returns The path of the copy.
 * @throws If it can't be written.
 */
export async function backUp(
  store: Required<Pick<ChatStore, "backup">>,
  folder: string,
): Promise<string> {
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  const path = `${folder}/chat-${time}.db`;
  await store.backup(path);
  return path;
}

/**
 * Drops the permissions that only the start needs, so that a vulnerability of the
 * server does not expose files. To reload a certificate, reading stays allowed, and
 * for backups writing, too.
 */
export function dropFilePermissions({ files }: ServeInvocation): void {
  for (const name of ["read", "write", "env"] as const) {
    if (name === "read" && files.cert !== undefined) continue;
    if (name !== "env" && files.backup !== undefined) continue;
    Deno.permissions.revokeSync({ name });
  }
}

/**
 * Reads the certificate and its key, if the command line names them.
 *
 * @throws If only one is named, or a file can't be read.
 */
export function readTls(
  { cert, key }: ServeInvocation["files"],
): { cert: string; key: string } | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new SyntaxError(
      "Cannot use TLS: expected both --tls-cert and --tls-key",
    );
  }
  return { cert: readText(cert), key: readText(key) };
}

/** Reads an environment variable if that is allowed, without a prompt. */
function readVariable(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) || undefined : undefined;
}
