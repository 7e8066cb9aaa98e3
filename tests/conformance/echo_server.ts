/**
 * The server that the Autobahn suite's fuzzing client drives: it echoes.
 *
 *     deno run --allow-net tests/conformance/echo_server.ts --port 9001 --deflate
 */
import { listenTcp } from "../../tcp/listen_tcp.ts";
import type { TcpListener } from "../../tcp/tcp_listener.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { echoMessages, SUITE_LIMITS } from "./_echo.ts";

/** How to serve. */
export interface EchoServerOptions {
  readonly port: number;
  /** The address to listen on; this machine's own if left out. */
  readonly hostname?: string | undefined;
  /** Whether messages may be compressed. */
  readonly deflate: boolean;
}

/** A server that runs. */
export interface EchoServer {
  readonly listener: TcpListener;
  /** Resolves once the listener is closed and its connections have ended. */
  readonly finished: Promise<void>;
}

/** Reads `--port N [--hostname HOST] [--deflate]`. */
export function readServerOptions(args: readonly string[]): EchoServerOptions {
  const valueOf = (name: string) => {
    const at = args.indexOf(name);
    return at === -1 ? undefined : args[at + 1];
  };
  const port = Number(valueOf("--port"));
  if (!Number.isInteger(port)) {
    throw new TypeError(
      "Cannot serve: expected --port N [--hostname HOST] [--deflate]",
    );
  }
  const hostname = valueOf("--hostname");
  return { port, hostname, deflate: args.includes("--deflate") };
}

/** Serves until the listener is closed. */
export function serveEcho(options: EchoServerOptions): EchoServer {
  const { port, hostname = "127.0.0.1", deflate } = options;
  const listener = listenTcp({ hostname, port });
  const finished = listener.serve(async (conn) => {
    const socket = await acceptWebSocket(conn, { ...SUITE_LIMITS, deflate });
    await echoMessages(socket);
  }, { onError: () => {} });
  return { listener, finished };
}

if (import.meta.main) {
  const { listener, finished } = serveEcho(readServerOptions(Deno.args));
  console.log(`Listening on port ${listener.addr.port}`);
  await finished;
}
