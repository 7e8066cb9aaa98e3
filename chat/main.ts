/**
 * The chat server as a program: `deno run --allow-net chat/main.ts`.
 *
 * @module
 */

import {
  announceChat,
  type ChatAnnouncement,
} from "./discovery/announce_chat.ts";
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
  dropFilePermissions,
  openData,
  readProgramFiles,
} from "./program/_program_files.ts";
import { welcomeText } from "./program/_welcome_text.ts";
import type { ChatServer } from "./server/chat_server.ts";
import type { ChatServerEvent } from "./server/chat_server_event.ts";
import { serveChat } from "./server/serve_chat.ts";

const COULD_NOT_START = 1;
const WRONG_USAGE = 2;
const STOPPED_AT_ONCE = 130;

/** The signals that stop the program: Windows has no others. */
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
  await run(await attempt(() => start(invocation)), invocation);
}

/** Starts all of it, or ends the program with one line that says why not. */
async function attempt<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      return fail(
        `${
          describe(error)
        }; --port, --http-port and --metrics take other ports`,
        COULD_NOT_START,
      );
    }
    const isUsage = error instanceof SyntaxError || error instanceof RangeError;
    return fail(describe(error), isUsage ? WRONG_USAGE : COULD_NOT_START);
  }
}

/** What runs. */
interface Running {
  readonly server: ChatServer;
  readonly metrics: MetricsServer | undefined;
  readonly store: Disposable | undefined;
  readonly announcement: ChatAnnouncement | undefined;
}

async function start(invocation: ServeInvocation): Promise<Running> {
  const { files, metricsPort, announce } = invocation;
  const watch = watching(invocation);
  const options = readProgramFiles(invocation);
  const store = files.data === undefined
    ? undefined
    : await openData(files.data, watch.onError);
  dropFilePermissions();
  const server = serveChat({ ...options, ...watch, store });
  const metrics = metricsPort === undefined
    ? undefined
    : serveMetrics(metricsPort, () => server.stats, {
      allowedHosts: options.http ? options.http.allowedHosts : undefined,
    });
  const announcement = announce === undefined ? undefined : await announceChat({
    interface: announce.interface,
    name: options.name,
    tcpPort: options.tcp ? server.tcpAddr.port : undefined,
    httpPort: options.http ? server.httpAddr.port : undefined,
    tls: files.cert !== undefined,
    online: () => server.room.online,
    onError: watch.onError,
  });
  return { server, metrics, store, announcement };
}

interface Watch {
  readonly onEvent?: (event: ChatServerEvent) => void;
  readonly onError: (error: unknown) => void;
}

/** What tells of events and errors: on stderr, as stdout is for people. */
function watching({ log }: ServeInvocation): Watch {
  if (log !== undefined) {
    const onEvent = (event: ChatServerEvent) =>
      console.error(formatLogLine(event, log));
    // The server tells of its errors as events, too.
    return { onEvent, onError: () => {} };
  }
  let last = "";
  return {
    onError: (error) => {
      const line = describe(error);
      // The system may lack the same thing for hours.
      if (line !== last) console.error(line);
      last = line;
    },
  };
}

/** Runs the server until a signal stops it; another one ends it at once. */
async function run(
  { server, metrics, store, announcement }: Running,
  { options, files }: ServeInvocation,
): Promise<void> {
  let isStopping = false;
  const onSignal = () => {
    if (isStopping) Deno.exit(STOPPED_AT_ONCE);
    isStopping = true;
    console.log("Stopping: everyone is told. Ctrl+C again stops at once.");
    announcement?.close();
    void server.shutdown();
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
  console.log(welcomeText({
    tcp: options.tcp ? server.tcpAddr : undefined,
    http: options.http ? server.httpAddr : undefined,
    metrics: metrics?.addr,
    isTls: files.cert !== undefined,
  }));
  await server.finished;
  await announcement?.finished;
  await metrics?.[Symbol.asyncDispose]();
  store?.[Symbol.dispose]();
  for (const signal of SIGNALS) Deno.removeSignalListener(signal, onSignal);
  console.log("Stopped.");
}

function fail(message: string, code: number): never {
  console.error(message);
  Deno.exit(code);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
