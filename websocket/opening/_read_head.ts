import { coreOf, type StreamConn } from "../../tcp/conn/stream_conn.ts";
import { Intake } from "../engine/_intake.ts";
import type {
  HeadFailure,
  HttpHead,
  HttpHeadParser,
} from "../../internal/http/http_head.ts";

/** Most heads are shorter, and then arrive with one read. */
const USUAL_SIZE = 1024;

/**
 * Reads the head of an HTTP message from a connection. The bytes behind the head
 * stay in the connection for the next reader.
 *
 * @returns The head, or why it was given up.
 * @throws {Deno.errors.UnexpectedEof} If the connection ends within the head.
 */
export async function readHead<Start extends object>(
  conn: StreamConn<unknown>,
  reader: HttpHeadParser<Start>,
): Promise<HttpHead<Start> | HeadFailure> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const intake = new Intake({
    need: USUAL_SIZE,
    push: (bytes) => reader.push(bytes),
    get wantsMore() {
      return reader.head === undefined && reader.failure === undefined;
    },
    onFull: resolve,
    onStreamEnd: resolve,
    onStreamError: reject,
  });
  const { reads } = coreOf(conn);
  reads.feed(intake);
  await promise;
  const outcome = reader.head ?? reader.failure;
  if (outcome !== undefined) return outcome;
  throw new Deno.errors.UnexpectedEof(
    `Cannot read a handshake from ${conn}: the connection ended`,
  );
}
