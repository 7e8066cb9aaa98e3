/**
 * The chat server as a program: `deno run --allow-net chat/main.ts`.
 *
 * @module
 */

import { messageOf } from "../internal/errors/message_of.ts";
import { helpText } from "./program/_help_text.ts";
import {
  parseInvocation,
  type ServeInvocation,
} from "./program/_invocation.ts";
import { formatLogLine } from "./server/monitoring/_log_line.ts";
import {
  type MetricsServer,
  serveMetrics,
} from "./server/monitoring/_serve_metrics.ts";
import {
  accessNotes,
  invite,
  openAccess,
  type ProgramAccess,
  revoke,
} from "./program/_program_access.ts";
import {
  backUp,
  dropFilePermissions,
  openData,
  openProgramCluster,
  type ProgramCluster,
  readProgramFiles,
  readTls,
} from "./program/_program_files.ts";
import { welcomeText } from "./program/_welcome_text.ts";
import type { ChatServer } from "./server/chat_server.ts";
import type { ChatServerEvent } from "./server/chat_server_event.ts";
import type { ChatServerOptions } from "./server/chat_server_options.ts";
import { serveChat } from "./server/serve_chat.ts";

const COULD_NOT_START = 1;
const HAS_FAILED = 1;
const WRONG_USAGE = 2;
const INTERRUPTED = 130;

/** The signals that stop the program, as far as the system has them. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

if (import.meta.main) await main(Deno.args);

async function main(args: readonly string[]): Promise<void> {
  const invocation = parseInvocation(args);
  if (invocation.type === "help") return console.log(helpText());
  if (invocation.type === "error") {
    fail(`${invocation.message}; --help shows the options`, WRONG_USAGE);
  }
  if (invocation.type === "invite") {
    return console.log(await invite(invocation).catch(failToStart));
  }
  if (invocation.type === "revoke") {
    return console.log(await revoke(invocation).catch(failToStart));
  }
  const running = await start(invocation).catch(failToStart);
  await run(running, invocation);
}

/** Exits with an error of one line. */
function failToStart(error: unknown): never {
  const message = messageOf(error);
  if (error instanceof Deno.errors.AddrInUse) {
    const options = "--port, --http-port and --metrics take other ports";
    fail(`${message}; ${options}`, COULD_NOT_START);
  }
  const isUsage = error instanceof SyntaxError || error instanceof RangeError;
  fail(message, isUsage ? WRONG_USAGE : COULD_NOT_START);
}

type BackedUpStore = Parameters<typeof backUp>[0];

/** The running parts of the program. */
interface Running {
  readonly server: ChatServer;
  readonly metrics: MetricsServer | undefined;
  readonly access: ProgramAccess;
  readonly store: BackedUpStore & Disposable | undefined;
  readonly cluster: ProgramCluster | undefined;
}

async function start(invocation: ServeInvocation): Promise<Running> {
  const { files, cluster: address } = invocation;
  const watch = watching(invocation);
  const options = readProgramFiles(invocation);
  const cluster = address && await openProgramCluster(address);
  const epoch = cluster?.log.epoch;
  const store = files.data === undefined
    ? undefined
    : await openData(files.data, invocation, watch.onError, epoch);
  const access = await openAccess(invocation, cluster);
  dropFilePermissions(invocation);
  const server = serveChat({
    ...options,
    ...watch,
    store,
    cluster: cluster && address && {
      log: cluster.log,
      name: address.name,
      skip: address.skip,
    },
    access: access.options,
    tcp: access.closesLines ? false : options.tcp,
  });
  const metrics = invocation.metrics &&
    serveMetrics(invocation.metrics, () => server.stats, {
      allowedHosts: options.http ? options.http.allowedHosts : undefined,
    });
  return { server, metrics, access, store, cluster };
}

type Watch = Required<Pick<ChatServerOptions, "onError">> & ChatServerOptions;

/** Reports events and errors on stderr, as stdout is for people. */
function watching({ log }: ServeInvocation): Watch {
  if (log !== undefined) {
    const write = (event: ChatServerEvent) =>
      console.error(formatLogLine(event, log));
    return {
      // The server reports its errors in both ways, and the store in one.
      onEvent: (event) => event.type !== "error" && write(event),
      onError: (error) => write({ type: "error", time: Date.now(), error }),
    };
  }
  let last = "";
  return {
    onError: (error) => {
      const line = messageOf(error);
      // The same error may repeat for hours.
      if (line !== last) console.error(line);
      last = line;
    },
  };
}

/**
 * Runs the server until a signal stops it; a second one exits at once. If an error
 * stops it, the program fails, so that a supervisor starts it again. SIGHUP
 * reloads the certificate if there is one. Otherwise it stops the server if the
 * terminal was closed, and is ignored by a server without one.
 */
async function run(
  { server, metrics, access, store, cluster }: Running,
  invocation: ServeInvocation,
): Promise<void> {
  const { options, files } = invocation;
  let isStopping = false;
  const onSignal = () => {
    if (isStopping) Deno.exit(INTERRUPTED);
    isStopping = true;
    console.log("Shutting down. Press Ctrl+C again to quit now.");
    void server.shutdown();
  };
  const onHangup = () => {
    if (files.cert !== undefined) reloadCertificate(server, files);
    else if (isTerminal) onSignal();
  };
  const isTerminal = Deno.stdin.isTerminal();
  const handlers = new Map<Deno.Signal, () => void>();
  for (const signal of SIGNALS) handlers.set(signal, onSignal);
  if (Deno.build.os !== "windows") handlers.set("SIGHUP", onHangup);
  const { backup } = files;
  if (backup !== undefined && store !== undefined) {
    // By SIGUSR1, Deno opens a port for debuggers, even if a program listens.
    handlers.set("SIGUSR2", () => void reportBackup(store, backup));
  }
  for (const entry of handlers) Deno.addSignalListener(...entry);
  console.log(welcomeText({
    tcp: options.tcp && !access.closesLines ? server.tcpAddr : undefined,
    http: options.http ? server.httpAddr : undefined,
    metrics: metrics?.addr,
    isTls: files.cert !== undefined,
    isProxied: access.options.userHeader !== undefined ||
      [options.tcp, options.http].some((side) =>
        side && side.proxyProtocol !== undefined
      ),
    basePath: options.http ? options.http.basePath : undefined,
    notes: [
      ...accessNotes(invocation, access, server.addr.hostname),
      ...cluster?.notes ?? [],
    ],
  }));
  await server.finished;
  await metrics?.[Symbol.asyncDispose]();
  access.store?.[Symbol.dispose]();
  store?.[Symbol.dispose]();
  await cluster?.[Symbol.asyncDispose]();
  for (const entry of handlers) Deno.removeSignalListener(...entry);
  // A server that stops by itself has reported an error, such as that of its cluster.
  if (!isStopping) Deno.exit(HAS_FAILED);
  console.log("Stopped.");
}

/** Copies the data file, and says where it is, or why it is not. */
async function reportBackup(
  store: BackedUpStore,
  folder: string,
): Promise<void> {
  try {
    console.log(`The data file was copied to ${await backUp(store, folder)}.`);
  } catch (error) {
    console.error(`Cannot copy the data file: ${messageOf(error)}`);
  }
}

/** Reads the certificate again. If that fails, the server keeps the one it has. */
function reloadCertificate(
  server: ChatServer,
  files: ServeInvocation["files"],
): void {
  try {
    const certificate = readTls(files);
    if (certificate !== undefined) server.setCertificate(certificate);
    console.log("The certificate was reloaded.");
  } catch (error) {
    console.error(`Cannot reload the certificate: ${messageOf(error)}`);
  }
}

function fail(message: string, code: number): never {
  console.error(message);
  Deno.exit(code);
}
