import { MAX_REASON_SIZE } from "./frame/_close_payload.ts";

/**
 * The code and the reason of a close frame, as the web platform passes them.
 *
 * @example Usage
 * ```ts
 * import { WebSocketError, type WebSocketCloseInfo } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const info: WebSocketCloseInfo = { reason: "Bye" };
 * assertEquals(new WebSocketError("Closed", info).closeCode, 1000);
 * ```
 */
export interface WebSocketCloseInfo {
  /** 1000 or 3000 to 4999; 1000 if only a reason is given. */
  closeCode?: number | undefined;
  /** At most 123 bytes of UTF-8. */
  reason?: string | undefined;
}

/** The content of a close frame: no code, or a code with a reason. */
export interface CheckedCloseInfo {
  /** The code, `undefined` for an empty frame. */
  readonly closeCode: number | undefined;
  /** The reason, empty if there is no code. */
  readonly reason: string;
}

/** Makes an error that tells of an end, whatever its code. */
export let makeWebSocketError: (
  message: string,
  info: CheckedCloseInfo & { readonly closeCode: number },
  cause: unknown,
) => WebSocketError;

/**
 * A WebSocket connection that could not be opened or has not ended cleanly, or
 * the wish to close one: the web platform's class. Given to `cancel` of the
 * readable or `abort` of the writable of a `WebSocketStream`, it gives the content
 * of the close frame.
 *
 * @example Usage
 * ```ts
 * import { WebSocketError } from "@vnet/net/websocket";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const error = new WebSocketError("Enough", { closeCode: 4001, reason: "Enough" });
 * assert(error instanceof DOMException);
 * assertEquals(error.name, "WebSocketError");
 * assertEquals(error.closeCode, 4001);
 * assertEquals(error.reason, "Enough");
 * ```
 */
export class WebSocketError extends DOMException {
  static {
    makeWebSocketError = (message, { closeCode, reason }, cause) => {
      const error = new WebSocketError(message);
      error.#closeCode = closeCode;
      error.#reason = reason;
      if (cause !== undefined) error.cause = cause;
      return error;
    };
  }

  #closeCode: number | null;
  #reason: string;

  /**
   * Makes an error.
   *
   * @param message The text of the error.
   * @param init The content of a close frame.
   * @throws {DOMException} Named `InvalidAccessError` if the code is none of
   * 1000 and 3000 to 4999, `SyntaxError` if the reason is longer than 123 bytes.
   */
  constructor(message = "", init: WebSocketCloseInfo = {}) {
    super(message, "WebSocketError");
    const { closeCode, reason } = checkCloseInfo(init);
    this.#closeCode = closeCode ?? null;
    this.#reason = reason;
  }

  /**
   * The code of the close frame, `null` if there is none: 1006 if the link was
   * lost or never made.
   */
  get closeCode(): number | null {
    return this.#closeCode;
  }

  /** The reason of the close frame, empty if there is none. */
  get reason(): string {
    return this.#reason;
  }
}

/**
 * Checks a code and a reason as the platform does, and puts 1000 beside a reason
 * that has no code.
 *
 * @throws {TypeError} If `info` is no object.
 * @throws {DOMException} As the constructor of {@linkcode WebSocketError}.
 */
export function checkCloseInfo(info: WebSocketCloseInfo): CheckedCloseInfo {
  if (typeof info !== "object" && typeof info !== "function") {
    throw new TypeError(
      `Cannot close with a ${typeof info}: expected an object such as { closeCode: 1000 }`,
    );
  }
  const reason = String(info?.reason ?? "").toWellFormed();
  const size = new TextEncoder().encode(reason).length;
  const closeCode = info?.closeCode === undefined
    ? undefined
    : Number(info.closeCode);
  if (closeCode !== undefined && !isApplicationCode(closeCode)) {
    throw new DOMException(
      `Cannot close with code ${closeCode}: expected 1000 or 3000 to 4999`,
      "InvalidAccessError",
    );
  }
  if (size > MAX_REASON_SIZE) {
    throw new DOMException(
      `Cannot close with a reason of ${size} bytes: expected at most ${MAX_REASON_SIZE}`,
      "SyntaxError",
    );
  }
  if (closeCode === undefined && reason !== "") {
    return { closeCode: 1000, reason };
  }
  return { closeCode, reason };
}

function isApplicationCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return code === 1000 || (code >= 3000 && code <= 4999);
}
