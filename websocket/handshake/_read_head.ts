import { getHalves, type StreamConn } from "../../tcp/conn/stream_conn.ts";
import type { HeadFailure, HttpHead } from "./_http_head.ts";
import { Intake } from "../engine/_intake.ts";

/** Most heads are shorter: such a one is to come with one read. */
const USUAL_SIZE = 1024;

/** What reads a head: see `HttpHeadParser` and `ResponseReader`. */
interface HeadReader<Start> {
  push(bytes: Uint8Array): number;
  readonly head: HttpHead<Start> | undefined;
  readonly failure: HeadFailure | undefined;
}

/**
 * Reads the head of an HTTP message from a connection. What comes behind it
 * stays there for the next reader.
 *
 * @returns The head, or why there is none.
 * @throws {Deno.errors.UnexpectedEof} If the connection ends before.
 */
export async function readHead<Start>(
  conn: StreamConn<unknown>,
  reader: HeadReader<Start>,
): Promise<HttpHead<Start> | HeadFailure> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const intake = new Intake({
    push: (bytes) => reader.push(bytes),
    get wantsMore() {
      return reader.head === undefined && reader.failure === undefined;
    },
    onFull: resolve,
    onStreamEnd: resolve,
    onStreamError: reject,
  });
  const { reads } = getHalves(conn);
  reads.expect(USUAL_SIZE);
  reads.feed(intake);
  await promise;
  const outcome = reader.head ?? reader.failure;
  if (outcome !== undefined) return outcome;
  throw new Deno.errors.UnexpectedEof(
    `Cannot read a handshake from ${conn}: the connection ended`,
  );
}

/** Tells a failure from a head. */
export function isHeadFailure(
  outcome: HttpHead<unknown> | HeadFailure,
): outcome is HeadFailure {
  return "reason" in outcome;
}
