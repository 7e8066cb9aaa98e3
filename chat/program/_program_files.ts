import type { ChatStore } from "../store/chat_store.ts";
import type { ServeInvocation } from "./_invocation.ts";
import type { ChatServerOptions } from "../server/chat_server_options.ts";

/** The most stored rooms, unless more may be open. */
const MAX_STORED_ROOMS = 1000;

/** The environment variables for the operators' token and the password. */
const TOKEN_VARIABLE = "CHAT_OPERATOR_TOKEN";
const PASSWORD_VARIABLE = "CHAT_PASSWORD";

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

/**
 * Opens or creates the file with the rooms.
 *
 * @throws If it can't be used.
 */
export async function openData(
  path: string,
  maxRooms: number | undefined,
  onError: (error: unknown) => void,
): Promise<ChatStore & Disposable> {
  try {
    const { openSqliteStore } = await import("../store/sqlite_store.ts");
    // It also keeps rooms in which nobody is.
    const most = Math.max(MAX_STORED_ROOMS, maxRooms ?? 0);
    return await openSqliteStore(path, { onError, maxRooms: most });
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
 * Drops the permissions that only the start needs, so that a vulnerability of the
 * server does not expose files. To reload a certificate, reading stays allowed.
 */
export function dropFilePermissions({ files }: ServeInvocation): void {
  for (const name of ["read", "write", "env"] as const) {
    if (name === "read" && files.cert !== undefined) continue;
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

function readSecret(path: string, what: string): string {
  const [secret = ""] = readText(path).split(/\r?\n/);
  if (secret !== "") return secret;
  throw new SyntaxError(
    `Cannot use ${what} in "${path}": the first line is empty`,
  );
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new Error(
        `Cannot read "${path}": files need --allow-read before the program`,
      );
    }
    const isMissing = error instanceof Deno.errors.NotFound;
    const message = error instanceof Error ? error.message : String(error);
    const why = isMissing ? "the file does not exist" : message;
    throw new Error(`Cannot read "${path}": ${why}`, { cause: error });
  }
}

/** Reads an environment variable if that is allowed, without a prompt. */
function readVariable(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) || undefined : undefined;
}
