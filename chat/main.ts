/**
 * The chat server as a program: `deno run --allow-net chat/main.ts`.
 *
 * @module
 */

import { joinAddress } from "../internal/address.ts";
import { helpText, parseInvocation } from "./_invocation.ts";
import type { ChatServer } from "./chat_server.ts";
import { type ChatServerOptions, serveChat } from "./serve_chat.ts";

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
  await run(start(invocation.options));
}

/** Starts the server, or ends the program with one line that says why not. */
function start(options: ChatServerOptions): ChatServer {
  let last = "";
  const onError = (error: unknown) => {
    const line = describe(error);
    // The system may lack the same thing for hours.
    if (line !== last) console.error(line);
    last = line;
  };
  try {
    return serveChat({ ...options, onError });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      return fail(
        `${describe(error)}; --port takes another port`,
        COULD_NOT_START,
      );
    }
    const isUsage = error instanceof SyntaxError || error instanceof RangeError;
    return fail(describe(error), isUsage ? WRONG_USAGE : COULD_NOT_START);
  }
}

/** Runs the server until a signal stops it; another one ends it at once. */
async function run(server: ChatServer): Promise<void> {
  let isStopping = false;
  const onSignal = () => {
    if (isStopping) Deno.exit(STOPPED_AT_ONCE);
    isStopping = true;
    console.log("Stopping: everyone is told. Ctrl+C again stops at once.");
    void server.shutdown();
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
  console.log(welcome(server.tcpAddr));
  await server.finished;
  for (const signal of SIGNALS) Deno.removeSignalListener(signal, onSignal);
  console.log("Stopped.");
}

/** Says in plain words how to connect, and how to stop. */
function welcome({ hostname, port }: Deno.NetAddr): string {
  const isOpen = hostname === "0.0.0.0" || hostname === "::";
  const isLocal = hostname === "::1" || hostname.startsWith("127.");
  const host = hostname === "::" ? "::1" : isOpen ? "127.0.0.1" : hostname;
  const reach = isOpen
    ? "From another machine, use the address of this one in place of that."
    : isLocal
    ? "Only this machine can connect; --host 0.0.0.0 lets others in."
    : undefined;
  return [
    `The chat is open on ${joinAddress(hostname, port)}.`,
    "",
    "To join, open another terminal and type one of these:",
    "",
    `    nc ${host} ${port}`,
    `    telnet ${host} ${port}`,
    "",
    ...(reach === undefined ? [] : [reach]),
    "Ctrl+C stops the server.",
  ].join("\n");
}

function fail(message: string, code: number): never {
  console.error(message);
  Deno.exit(code);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
