import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { HttpHead, StatusLine } from "./_http_head.ts";
import { listIncludes } from "./_http_syntax.ts";
import { TimeLimit } from "./_time_limit.ts";

/** The most bytes of a body that are kept. */
const MAX_BODY_SIZE = 16384;
/** The most bytes of the lines between chunks, and of what they may hold. */
const MAX_LINE_SIZE = 1024;
/** Milliseconds that a body may take whose end can be told. */
const BODY_TIMEOUT = 2000;
/** Milliseconds for one that ends with the connection, perhaps never. */
const ENDLESS_TIMEOUT = 250;

/** The bytes of a body so far. */
interface Body {
  readonly bytes: Uint8Array;
  length: number;
}

/**
 * Reads the body of a response that refuses a WebSocket: as much as comes within
 * a short time, 16 KiB at most. Where it is cut off or malformed, what came before
 * counts.
 *
 * @param conn The connection, from which the head has been read.
 * @param head The head of the response.
 * @param wait Limits of the caller: at a limit what has come counts.
 * @returns The body as text of UTF-8; `undefined` if there is none, or it is
 * compressed.
 */
export async function readRefusalBody(
  conn: StreamConn<unknown>,
  { start, fields }: HttpHead<StatusLine>,
  wait: WaitOptions,
): Promise<string | undefined> {
  const { status } = start;
  if (status === 101 || status === 204 || status === 304) return undefined;
  const coding = fields.get("content-encoding");
  if (coding !== undefined && coding !== "identity") return undefined;
  const isChunked = listIncludes(fields.get("transfer-encoding"), "chunked");
  const length = isChunked
    ? undefined
    : readLength(fields.get("content-length"));
  const hasEnd = isChunked || length !== undefined;
  const own = hasEnd ? BODY_TIMEOUT : ENDLESS_TIMEOUT;
  const limit = new TimeLimit(Math.min(own, wait.timeout ?? Infinity));
  const body: Body = { bytes: new Uint8Array(MAX_BODY_SIZE), length: 0 };
  const more = () => ({ ...wait, timeout: limit.left });
  try {
    if (isChunked) await readChunks(conn, body, more);
    else await readBytes(conn, body, length ?? Infinity, more);
  } catch {
    // What has come is better than nothing.
  }
  return toText(body);
}

function readLength(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

/** Reads so many bytes, or as many as there is room for. */
async function readBytes(
  conn: StreamConn<unknown>,
  body: Body,
  count: number,
  more: () => WaitOptions,
): Promise<void> {
  const { bytes } = body;
  const end = Math.min(body.length + count, bytes.length);
  while (body.length < end) {
    const room = bytes.subarray(body.length, end);
    const read = await conn.read(room, more());
    if (read === null) return;
    body.length += read;
  }
}

async function readChunks(
  conn: StreamConn<unknown>,
  body: Body,
  more: () => WaitOptions,
): Promise<void> {
  const readLine = () => conn.readLine({ ...more(), maxLength: MAX_LINE_SIZE });
  while (body.length < body.bytes.length) {
    const line = await readLine();
    const size = /^([0-9a-f]{1,8})\s*(?:;.*)?$/i.exec(line ?? "")?.[1];
    const count = parseInt(size ?? "0", 16);
    if (count === 0) return;
    await readBytes(conn, body, count, more);
    await readLine();
  }
}

function toText({ bytes, length }: Body): string | undefined {
  if (length === 0) return undefined;
  // Of a character that was cut off at the end, nothing is left.
  return new TextDecoder().decode(bytes.subarray(0, length), { stream: true });
}
