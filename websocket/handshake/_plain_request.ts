import type { HeaderFields } from "./_header_fields.ts";
import type { HttpHead, RequestLine } from "./_http_head.ts";
import { listIncludes } from "./_http_syntax.ts";
import type { Refusal } from "./_server_handshake.ts";

/** A request that asks for no WebSocket. */
export interface HttpRequest {
  /** The method, such as `"GET"`. */
  readonly method: string;
  /** The target as it was sent: a path with its query, or a whole URL. */
  readonly target: string;
  /** The path as it was sent, without its query. */
  readonly path: string;
  /** All header fields. */
  readonly headers: Headers;
}

/** Answers a request that asks for no WebSocket. */
export type HttpRequestHandler = (
  request: HttpRequest,
) => Response | Promise<Response>;

/** An answer, and what was thrown instead of one. */
export type HttpAnswer = Refusal & {
  readonly cause?: unknown;
  /** Whether it is the program's answer. */
  readonly isAnswered?: boolean;
};

/** Whether a request asks for no WebSocket. */
export function isPlainRequest({ fields }: HttpHead<RequestLine>): boolean {
  return !listIncludes(fields.get("upgrade"), "websocket");
}

/** Lets the program answer a request that asks for no WebSocket. */
export async function answerPlainRequest(
  { start, fields }: HttpHead<RequestLine>,
  handler: HttpRequestHandler,
): Promise<HttpAnswer> {
  if (hasBody(fields)) {
    return { status: 400, reason: "Expected a request without a body" };
  }
  const { method, target } = start;
  const path = pathOf(target);
  const headers = fields.toHeaders();
  try {
    const response = await handler({ method, target, path, headers });
    return {
      status: response.status,
      reason: response.statusText || `Answered with ${response.status}`,
      headers: response.headers,
      body: await response.bytes(),
      isHead: method === "HEAD",
      isAnswered: true,
    };
  } catch (cause) {
    return { status: 500, reason: "Internal error", cause };
  }
}

/** Whether a request says that a body follows. */
export function hasBody(fields: HeaderFields): boolean {
  return fields.count("transfer-encoding") > 0 ||
    (fields.get("content-length") ?? "0") !== "0";
}

function pathOf(target: string): string {
  if (!target.startsWith("/")) return URL.parse(target)?.pathname ?? target;
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}
