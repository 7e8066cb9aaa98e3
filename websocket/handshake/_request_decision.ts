import { typeOf } from "../../internal/check_options.ts";
import type { RequestDecision } from "../accept_websocket.ts";
import { toHeaders } from "./_handshake_headers.ts";
import { checkResponseHeaders, checkStatus } from "./_server_handshake.ts";

/**
 * Checks what a program has decided about a request, and returns it.
 *
 * @param decision What `onRequest` or `onConnect` has returned.
 * @throws {TypeError | RangeError} If it is nothing that can be answered.
 */
export function checkDecision(decision: RequestDecision): RequestDecision {
  if (decision === undefined || typeof decision === "boolean") return decision;
  if (typeof decision === "number") checkStatus(decision);
  else if (decision instanceof Response) checkStatus(decision.status);
  else if (typeof decision === "object" && decision?.headers !== undefined) {
    checkResponseHeaders(decision.headers);
  } else {
    throw new TypeError(
      `Cannot answer a request with a value of type ${
        typeOf(decision)
      }: expected a boolean, a status, a Response or { headers }`,
    );
  }
  return decision;
}

/** Whether a decision lets the client in. */
export function isAcceptance(decision: RequestDecision): boolean {
  return decision === undefined || decision === true ||
    typeof decision === "object" && !(decision instanceof Response);
}

/**
 * The header fields of a 101: those for all clients, and those that a decision
 * has for this one. Of two that are named alike the latter is sent, but every
 * `Set-Cookie`.
 *
 * @param shared The fields for all clients.
 * @param decision The decision, which is an acceptance.
 */
export function headersFor(
  shared: HeadersInit | undefined,
  decision: RequestDecision,
): HeadersInit | undefined {
  if (typeof decision !== "object") return shared;
  const headers = toHeaders(shared);
  for (const [name, value] of toHeaders(decision.headers)) {
    if (name === "set-cookie") headers.append(name, value);
    else headers.set(name, value);
  }
  return headers;
}
