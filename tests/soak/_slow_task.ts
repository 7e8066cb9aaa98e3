import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";

/** A connection of any kind. */
export type Conn = StreamConn<unknown>;

/** The server's side of a task. */
export interface Serving {
  /** Where it listens. */
  readonly addrs: readonly Deno.NetAddr[];
  /** Ends it when all clients are done; fails if something went wrong. */
  stop(): Promise<void>;
}

/** One thing that is done over a slow link, with default options. */
export interface SlowTask {
  readonly name: string;
  /** Begins to listen. */
  serve(hostname: string): Serving | Promise<Serving>;
  /**
   * Does the client's side, and tells what was done.
   *
   * @param addresses Where the server listens, as `host:port`.
   * @param others Settles when the tasks with an end of their own are over.
   */
  dial(
    addresses: readonly string[],
    others: Promise<unknown>,
  ): Promise<string>;
}

/** How long the server's side may take to end behind its clients. */
export const STOPS = { timeout: 20_000 };

interface Listener {
  readonly addr: Deno.NetAddr;
  serve(
    handler: (conn: Conn) => Promise<void>,
    options: { onError: (error: unknown) => void },
  ): Promise<void>;
  shutdown(wait: WaitOptions): Promise<number>;
}

/** Serves connections, and looks at how they have ended. */
export function serveConns(
  listener: Listener,
  handler: (conn: Conn) => Promise<void>,
): Serving {
  const faults: unknown[] = [];
  let served = 0;
  const serving = listener.serve(async (conn) => {
    await handler(conn);
    served++;
  }, { onError: (error) => faults.push(error) });
  return {
    addrs: [listener.addr],
    async stop() {
      const cut = await listener.shutdown(STOPS);
      await serving;
      if (faults.length > 0) throw faults[0];
      if (cut > 0) throw new Error(`${cut} connections were left`);
      if (served === 0) throw new Error("No connection was served");
    },
  };
}

/** The end of a WebSocket that has to be clean. */
export function expectClean(
  where: string,
  info: { readonly code: number; readonly wasClean: boolean },
): void {
  const { code, wasClean } = info;
  if (code === 1000 && wasClean) return;
  throw new Error(`The ${where}'s WebSocket ended with ${code}, ${wasClean}`);
}
