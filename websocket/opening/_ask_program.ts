import { limited } from "../../internal/wait/limited.ts";
import { PollGate } from "../../internal/wait/poll_gate.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { HttpHead, RequestLine } from "../../internal/http/http_head.ts";
import {
  hasBody,
  type HttpRequestHandler,
  toHttpRequest,
} from "../handshake/_plain_request.ts";
import type { Refusal } from "../handshake/_refusal.ts";
import {
  checkDecision,
  describeRequest,
  isAcceptance,
  refusalOf,
  type RequestDecision,
  type WebSocketRequest,
} from "../handshake/_request_decision.ts";
import type { UpgradeRequest } from "../handshake/_upgrade_request.ts";

/** Milliseconds that the body of a program's refusal may take. */
const BODY_TIMEOUT = 1000;

/** The response that ends a handshake without a WebSocket. */
export interface Ending extends Refusal {
  /** The failure of the program, if that is the reason. */
  readonly cause?: unknown;
  /** Whether the program has answered a plain request. */
  readonly isAnswered?: boolean;
}

/** The decision about a request: to accept it, or to end the handshake. */
export type Verdict =
  | { readonly acceptance: RequestDecision; readonly ending?: undefined }
  | { readonly ending: Ending };

/** Decides about a request that keeps all rules. */
export type RequestHandler = (
  request: WebSocketRequest,
) => RequestDecision | Promise<RequestDecision>;

/** A request that does not ask for a WebSocket, and its client. */
export interface PlainRequest {
  readonly head: HttpHead<RequestLine>;
  readonly clientAddress: string | undefined;
}

/** The response to a failure of the program. */
export function failureOf(cause: unknown): Ending {
  return { status: 500, reason: "Internal error", cause };
}

/**
 * Lets the program answer a request that does not ask for a WebSocket.
 *
 * @param signal Aborts at a limit: then the body of the answer is cancelled.
 */
export async function answerPlainRequest(
  { head, clientAddress }: PlainRequest,
  handler: HttpRequestHandler,
  signal: AbortSignal,
): Promise<Ending> {
  if (hasBody(head.fields)) {
    return { status: 400, reason: "Expected a request without a body" };
  }
  try {
    const response = await handler(toHttpRequest(head, clientAddress));
    const isHead = head.start.method === "HEAD";
    const reason = `Answered with ${response.status}`;
    return {
      ...await readBody(response, reason, signal),
      isHead,
      isAnswered: true,
    };
  } catch (cause) {
    return failureOf(cause);
  }
}

/**
 * Lets the program decide about a request for a WebSocket.
 *
 * @param wait The limits on the decision.
 */
export async function decide(
  request: UpgradeRequest & Pick<WebSocketRequest, "clientAddress">,
  handler: RequestHandler | undefined,
  wait: WaitOptions,
): Promise<Verdict> {
  if (handler === undefined) return { acceptance: undefined };
  const { fields, clientAddress } = request;
  const asked = describeRequest(request, fields.toHeaders(), clientAddress);
  const ask = async (signal: AbortSignal): Promise<Verdict> => {
    try {
      const decision = checkDecision(await handler(asked));
      return isAcceptance(decision)
        ? { acceptance: decision }
        : { ending: await endingOf(decision, signal) };
    } catch (cause) {
      return { ending: failureOf(cause) };
    }
  };
  return await limited("Cannot decide about a WebSocket", wait, ask);
}

async function endingOf(
  decision: RequestDecision,
  signal: AbortSignal,
): Promise<Ending> {
  const refusal = refusalOf(decision);
  if (!(refusal instanceof Response)) return refusal;
  return await limited(
    "Cannot read the body of a refusal",
    { signal, timeout: BODY_TIMEOUT },
    (signal) => readBody(refusal, "Refused", signal),
  );
}

/** Reads a body, which is cancelled if the signal aborts. */
async function readBody(
  response: Response,
  reason: string,
  signal: AbortSignal,
): Promise<Refusal> {
  const { status, statusText, headers } = response;
  const gate = new PollGate();
  const gated = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      controller.enqueue(chunk);
      // A body that always has more would let no timer fire, nor the limit.
      return gate.pass();
    },
  });
  const passed = response.body?.pipeThrough(gated, { signal });
  const body = await new Response(passed).bytes();
  return { status, reason: statusText || reason, headers, body };
}
