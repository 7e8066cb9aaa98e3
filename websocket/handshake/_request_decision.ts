import { typeOf } from "../../internal/check_options.ts";
import { checkResponseHeaders, toHeaders } from "./_handshake_headers.ts";
import { checkStatus, type Refusal } from "./_refusal.ts";
import type { UpgradeRequest } from "./_upgrade_request.ts";

/** A client's request for a WebSocket, which the server may refuse. */
export interface WebSocketRequest {
  /** The path with its query, as it was sent (V's `resource_name`). */
  readonly resourceName: string;
  /** `Sec-WebSocket-Key` (V's `client_key`). */
  readonly key: string;
  /** The page's origin, `undefined` if none was sent. */
  readonly origin: string | undefined;
  /** The subprotocols that are offered, in the client's order. */
  readonly protocols: readonly string[];
  /** All header fields. */
  readonly headers: Headers;
  /**
   * The address of the client: that of the socket, or the one that
   * `trustedProxies` tell; `undefined` if it has no IP address.
   */
  readonly clientAddress: string | undefined;
}

/** Describes a request for the program. */
export function describeRequest(
  { resourceName, key, origin, protocols }: UpgradeRequest,
  headers: Headers,
  clientAddress: string | undefined,
): WebSocketRequest {
  return { resourceName, key, origin, protocols, headers, clientAddress };
}

/**
 * A server's answer to a request: `true` or nothing to accept it, `false` to
 * refuse it with 403, a status to refuse it with that, or a whole `Response`. An
 * object with `headers` accepts it, with these fields in the answer, such as a
 * `Set-Cookie` for this client; they replace fields of the same name in the
 * option `headers`, except that cookies add up.
 */
export type RequestDecision =
  | boolean
  | number
  | Response
  | { readonly headers: HeadersInit }
  | void;

/**
 * Checks the decision of a program and returns it.
 *
 * @param decision The value that `onRequest` or `onConnect` has returned.
 * @throws {TypeError | RangeError} If it can't be answered.
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

/** Whether a decision accepts the client. */
export function isAcceptance(decision: RequestDecision): boolean {
  return decision === undefined || decision === true ||
    typeof decision === "object" && !(decision instanceof Response);
}

/** The response of a decision that refuses the client. */
export function refusalOf(decision: RequestDecision): Response | Refusal {
  if (decision instanceof Response) return decision;
  const status = typeof decision === "number" ? decision : 403;
  return { status, reason: "Refused" };
}

/**
 * The header fields of a 101: the shared ones, and those of a decision for this
 * client. Of two fields with one name the client's own is sent, except that all
 * `Set-Cookie` fields are.
 *
 * @param shared The fields for all clients.
 * @param decision A decision that accepts the client.
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
