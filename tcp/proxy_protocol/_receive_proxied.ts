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
  const limit = new Limit(timeout, socket);
  let buffer = takeBuffer(SMALL_BUFFER);
  let end = 0;
  try {
    while (true) {
      const length = await socket.read(buffer.subarray(end));
      if (length === null) throw endedEarly();
      end += length;
      const start = readProxyStart(buffer.subarray(0, end));
      if (start.kind === "invalid") throw notAHeader(start.reason);
      if (start.kind === "header") {
        const head = buffer.slice(start.length, end);
        const source = isOwn(start.ends, socket)
          ? undefined
          : start.ends?.source;
        return new ProxiedConn<A | Deno.NetAddr>(socket, source, head);
      }
      if (end === buffer.length) buffer = grow(buffer);
    }
  } catch (error) {
    closeRaw(socket);
    const attempt = toAttempt(socket);
    if (limit.hasPassed) throw timedOut(attempt);
    const failure = systemError(attempt, explain(error));
    throw end === 0 && isPeerEnd(error) ? expectEnd(failure) : failure;
  } finally {
    limit.stop();
    giveBuffer(buffer);
  }
}

/** Takes a longer buffer in place of a full one. */
function grow(buffer: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const longer = takeBuffer(poolSizeFor(2 * buffer.length));
  longer.set(buffer);
  giveBuffer(buffer);
  return longer;
}

/** Whether a header has the socket's own address, as health checks do (section 2.1). */
function isOwn(
  ends: ProxyEnds | undefined,
  { remoteAddr }: ProxySocket<Deno.Addr>,
): boolean {
  return isNetAddr(remoteAddr) && ends?.source.port === remoteAddr.port &&
    ends.source.hostname === remoteAddr.hostname;
}

/** Closes a connection at a time limit. */
class Limit {
  readonly #alarm: Alarm;
  readonly #raw: RawConn;
  readonly #end: number;
  #isStopped = false;
  hasPassed = false;

  constructor(timeout: number, raw: RawConn) {
    this.#raw = raw;
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
      closeRaw(this.#raw);
    });
  }
}

function endedEarly(): Error {
  return new Deno.errors.UnexpectedEof(
    "The connection ended before its PROXY header",
  );
}

function notAHeader(found: string): Error {
  return new Deno.errors.InvalidData(`Expected a PROXY header, found ${found}`);
}

function timedOut(attempt: Attempt): DOMException {
  return new DOMException(
    `${cannot(attempt)}: the time limit of its PROXY header has passed`,
    "TimeoutError",
  );
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
