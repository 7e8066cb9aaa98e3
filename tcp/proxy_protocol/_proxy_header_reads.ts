import { isNetAddr, joinAddress } from "../../internal/address/address.ts";
import {
  giveBuffer,
  poolSizeFor,
  SMALL_BUFFER,
  takeBuffer,
} from "../../internal/bytes/buffer_pool.ts";
import { closeRaw } from "../../internal/close_raw.ts";
import { expectEnd, isPeerEnd } from "../../internal/errors/expected_end.ts";
import {
  type Attempt,
  cannot,
  systemError,
} from "../../internal/errors/system_error.ts";
import { afterPoll } from "../../internal/wait/after_poll.ts";
import { SlotMap } from "../../internal/slot_map.ts";
import { Alarm } from "../../internal/wait/alarm.ts";
import type { RawConn } from "../conn/_raw_conn.ts";
import { ProxiedConn, type ProxySocket } from "./_proxied_conn.ts";
import type { ProxyEnds } from "./_proxy_start.ts";
import { readProxyStart } from "./_read_proxy_start.ts";

/** Milliseconds that a header may take: as the protocol has it, one retransmit. */
const DEFAULT_TIMEOUT = 3000;

/** The proxies that have sent no header in time or something else, by error. */
const FAULTY = new WeakMap<Error, string>();

/**
 * The address of the proxy whose connection failed as it has sent no header:
 * either the proxy or the option `proxyProtocol` has to be set up otherwise.
 *
 * @returns `undefined` if an error is of another kind.
 */
export function faultyProxyOf(error: unknown): string | undefined {
  return error instanceof Error ? FAULTY.get(error) : undefined;
}

/** A connection whose header has not come yet. */
interface Pending {
  readonly raw: RawConn;
  /** When its limit passes. */
  readonly end: number;
  hasTimedOut: boolean;
}

/**
 * Reads the PROXY headers of a listener's connections. As all of them have the
 * same time, one alarm serves for all, and is left alone when they come.
 */
export class ProxyHeaderReads {
  readonly #timeout: number;
  /** By the order in which they came, in which their limits pass. */
  readonly #pending = new SlotMap<number, Pending>();
  #lastNumber = 0;
  readonly #alarm = new Alarm(() => this.#onRing(), false);

  /** @param timeout Milliseconds that a header may take. */
  constructor(timeout: number = DEFAULT_TIMEOUT) {
    this.#timeout = timeout;
  }

  /**
   * Reads the header of a connection, which it closes if that fails. The error is
   * an expected end if the connection was ended without a byte, as health checks
   * do.
   *
   * @param socket A connection that a proxy has opened.
   */
  async read<A extends Deno.Addr>(
    socket: ProxySocket<A>,
  ): Promise<ProxiedConn<A | Deno.NetAddr>> {
    const number = ++this.#lastNumber;
    const pending = this.#begin(number, socket);
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
          const { ends } = start;
          const source = isOwn(ends, socket) ? undefined : ends?.source;
          const head = buffer.slice(start.length, end);
          return new ProxiedConn<A | Deno.NetAddr>(socket, source, head);
        }
        if (end === buffer.length) buffer = grow(buffer);
      }
    } catch (error) {
      closeRaw(socket);
      const attempt = toAttempt(socket);
      if (pending.hasTimedOut) throw timedOut(attempt);
      const failure = systemError(attempt, explain(error));
      // Only `notAHeader` makes such an error.
      if (failure instanceof Deno.errors.InvalidData) {
        FAULTY.set(failure, attempt.name);
      }
      throw end === 0 && isPeerEnd(error) ? expectEnd(failure) : failure;
    } finally {
      this.#pending.delete(number);
      giveBuffer(buffer);
    }
  }

  /** Ends the limits: the listener closes pending connections itself. */
  close(): void {
    this.#alarm.stop();
  }

  #begin(number: number, raw: RawConn): Pending {
    const end = performance.now() + this.#timeout;
    const pending = { raw, end, hasTimedOut: false };
    this.#pending.set(number, pending);
    if (end < Infinity) this.#alarm.ringBy(end);
    return pending;
  }

  #onRing(): void {
    const now = performance.now();
    const due: number[] = [];
    for (const [number, { end }] of this.#pending) {
      if (end > now) {
        this.#alarm.ringBy(end);
        break;
      }
      due.push(number);
    }
    // A header may have arrived while the process was busy.
    if (due.length > 0) afterPoll(() => due.forEach(this.#cut));
  }

  readonly #cut = (number: number): void => {
    const pending = this.#pending.get(number);
    if (pending === undefined) return;
    pending.hasTimedOut = true;
    closeRaw(pending.raw);
  };
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

function endedEarly(): Error {
  return new Deno.errors.UnexpectedEof(
    "The connection ended before its PROXY header",
  );
}

function notAHeader(found: string): Error {
  return new Deno.errors.InvalidData(`Expected a PROXY header, found ${found}`);
}

function timedOut(attempt: Attempt): DOMException {
  const error = new DOMException(
    `${cannot(attempt)}: the time limit of its PROXY header has passed`,
    "TimeoutError",
  );
  FAULTY.set(error, attempt.name);
  return error;
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
