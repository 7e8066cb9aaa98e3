import { listenTcp, type TcpConn, type TcpListener } from "../../../tcp/mod.ts";
import type { ReconnectState } from "../../../internal/reconnect/reconnect_options.ts";

/** A server whose connections the test takes one by one. */
export class LineServer implements Disposable {
  readonly listener: TcpListener = listenTcp("127.0.0.1:0");

  get addr(): Deno.NetAddr {
    return this.listener.addr;
  }

  accept(): Promise<TcpConn> {
    return this.listener.accept({ timeout: 60_000 });
  }

  [Symbol.dispose](): void {
    this.listener.close();
  }
}

/** Waits for a state of something that reconnects. */
export async function reached<C, T extends ReconnectState<C>["type"]>(
  { states }: { readonly states: AsyncIterable<ReconnectState<C>> },
  type: T,
): Promise<ReconnectState<C> & { type: T }> {
  for await (const state of states) {
    if (state.type === type) return state as ReconnectState<C> & { type: T };
  }
  throw new Error(`It has ended before it was ${type}`);
}
