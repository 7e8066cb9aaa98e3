import { isNetAddr, joinAddress } from "../../internal/address/address.ts";
import {
  giveBuffer,
  poolSizeFor,
  SMALL_BUFFER,
  takeBuffer,
} from "../../internal/bytes/buffer_pool.ts";
import { closeRaw } from "../../internal/close_raw.ts";
import { expectEnd } from "../../internal/errors/expected_end.ts";
import {
  type Attempt,
  cannot,
  systemError,
} from "../../internal/errors/system_error.ts";
import { afterPoll } from "../../internal/wait/after_poll.ts";
import { Alarm } from "../../internal/wait/alarm.ts";
import type { RawConn } from "../conn/_raw_conn.ts";
import { isPeerEnd, ProxiedConn, type ProxySocket } from "./_proxied_conn.ts";
import type { ProxyEnds } from "./_proxy_start.ts";
import { readProxyStart } from "./_read_proxy_start.ts";

/** Milliseconds that a header may take: as the protocol has it, one retransmit. */
const DEFAULT_TIMEOUT = 3000;

/**
 * Reads the PROXY header of an accepted connection, which it closes if that
 * fails. The error is an expected end if the connection was ended without a byte,
 * as health checks do.
 *
 * @param socket A connection that a proxy has opened.
 * @param timeout Milliseconds that the header may take.
 */
export async function receiveProxied<A extends Deno.Addr>(
  socket: ProxySocket<A>,
  timeout: number = DEFAULT_TIMEOUT,
): Promise<ProxiedConn<A | Deno.NetAddr>> {
  const attempt = toAttempt(socket);
  const reader = new HeaderReader(socket);
  const limit = new Limit(timeout, () => closeRaw(socket));
  try {
    const { ends, head } = await reader.read();
    const source = isOwn(ends, socket) ? undefined : ends?.source;
    return new ProxiedConn<A | Deno.NetAddr>(socket, source, head);
  } catch (error) {
    closeRaw(socket);
    if (limit.hasPassed) {
      throw new DOMException(
        `${cannot(attempt)}: the time limit of its PROXY header has passed`,
        "TimeoutError",
      );
    }
    const failure = systemError(attempt, explain(error));
    throw reader.isUnused(error) ? expectEnd(failure) : failure;
  } finally {
    limit.stop();
  }
}

/** Whether a header has the socket's own address, as health checks do (section 2.1). */
function isOwn(
  ends: ProxyEnds | undefined,
  { remoteAddr }: ProxySocket<Deno.Addr>,
): boolean {
  return isNetAddr(remoteAddr) && ends?.source.port === remoteAddr.port &&
    ends.source.hostname === remoteAddr.hostname;
}

/** Reads from a connection until its header is there. */
class HeaderReader {
  readonly #raw: RawConn;
  /** Bytes that have come. */
  #end = 0;

  constructor(raw: RawConn) {
    this.#raw = raw;
  }

  /** Whether the peer has left without a byte. */
  isUnused(error: unknown): boolean {
    return this.#end === 0 && isPeerEnd(error);
  }

  async read(): Promise<{ ends: ProxyEnds | undefined; head: Uint8Array }> {
    let buffer = takeBuffer(SMALL_BUFFER);
    try {
      while (true) {
        const length = await this.#raw.read(buffer.subarray(this.#end));
        if (length === null) {
          throw new Deno.errors.UnexpectedEof(
            "The connection ended before its PROXY header",
          );
        }
        this.#end += length;
        const start = readProxyStart(buffer.subarray(0, this.#end));
        if (start.kind === "invalid") {
          throw new Deno.errors.InvalidData(
            `Expected a PROXY header, found ${start.reason}`,
          );
        }
        if (start.kind === "header") {
          const head = buffer.slice(start.length, this.#end);
          return { ends: start.ends, head };
        }
        if (this.#end < buffer.length) continue;
        const longer = takeBuffer(poolSizeFor(2 * this.#end));
        longer.set(buffer);
        giveBuffer(buffer);
        buffer = longer;
      }
    } finally {
      giveBuffer(buffer);
    }
  }
}

/** A time limit that costs no timer of its own. */
class Limit {
  readonly #alarm: Alarm;
  readonly #onPassed: () => void;
  readonly #end: number;
  #isStopped = false;
  hasPassed = false;

  constructor(timeout: number, onPassed: () => void) {
    this.#onPassed = onPassed;
    this.#end = performance.now() + timeout;
    this.#alarm = new Alarm(() => this.#onRing(), false);
    if (timeout !== Infinity) this.#alarm.ringBy(this.#end);
  }

  stop(): void {
    this.#isStopped = true;
    this.#alarm.stop();
  }

  #onRing(): void {
    if (performance.now() < this.#end) return this.#alarm.ringBy(this.#end);
    // The header may have arrived while the process was busy.
    afterPoll(() => {
      if (this.#isStopped) return;
      this.hasPassed = true;
      this.#onPassed();
    });
  }
}

/** The listener closes a connection that has to make room for others. */
function explain(error: unknown): unknown {
  const isClosed = error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.BadResource;
  if (!isClosed) return error;
  return new Deno.errors.Interrupted("It was given up for newer connections");
}

function toAttempt({ remoteAddr, localAddr }: ProxySocket<Deno.Addr>): Attempt {
  const name = "hostname" in remoteAddr
    ? joinAddress(remoteAddr.hostname, remoteAddr.port)
    : JSON.stringify((localAddr as Deno.UnixAddr).path ?? "unnamed");
  return {
    operation: "accept",
    name,
    what: `Cannot accept ${name}, a proxy by the option "proxyProtocol"`,
  };
}
