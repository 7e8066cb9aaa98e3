import {
  checkOptions,
  isInteger,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import type { Extension, ExtensionParam } from "../handshake/_extensions.ts";

/** The name of the extension (RFC 7692 section 7). */
export const PERMESSAGE_DEFLATE = "permessage-deflate";

/** How permessage-deflate is to be used, as far as one side can say. */
export interface DeflateOptions {
  /**
   * Keeps the server from referring to earlier messages: it compresses less,
   * and needs no memory in between.
   *
   * @default {false}
   */
  serverNoContextTakeover?: boolean | undefined;
  /**
   * Keeps the client from referring to earlier messages.
   *
   * @default {false}
   */
  clientNoContextTakeover?: boolean | undefined;
  /**
   * The base-2 logarithm of the window the server compresses with, 8 to 15.
   *
   * @default {15}
   */
  serverMaxWindowBits?: number | undefined;
  /**
   * The base-2 logarithm of the window the client compresses with, 8 to 15. A
   * server that sets it declines clients that can't be told so.
   *
   * @default {15}
   */
  clientMaxWindowBits?: number | undefined;
  /**
   * Messages of fewer bytes go out uncompressed.
   *
   * @default {256}
   */
  threshold?: number | undefined;
  /** The effort of compression, from 1 (fast) to 9 (small); zlib's default. */
  level?: number | undefined;
}

/** What was agreed on. */
export interface DeflateParams {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  /** 8 to 15. */
  readonly serverMaxWindowBits: number;
  /** 8 to 15. */
  readonly clientMaxWindowBits: number;
}

/** What an offer or an answer asks for. */
interface Request {
  serverNoContextTakeover: boolean;
  clientNoContextTakeover: boolean;
  /** `undefined` if it is not named. */
  serverMaxWindowBits: number | undefined;
  /** `undefined` if it is not named, `true` if it is named without a value. */
  clientMaxWindowBits: number | true | undefined;
}

const MAX_BITS = 15;

/**
 * Checks the options of either side.
 *
 * @param options What the caller has set.
 * @throws {TypeError} If one is of another type.
 * @throws {RangeError} If a number is out of its range.
 */
export function checkDeflateOptions(options: DeflateOptions): void {
  checkOptions(options, CHECKS);
}

const CHECKS: OptionChecks<DeflateOptions> = {
  serverNoContextTakeover: isType("boolean"),
  clientNoContextTakeover: isType("boolean"),
  serverMaxWindowBits: isInteger(8, 15),
  clientMaxWindowBits: isInteger(8, 15),
  level: isInteger(1, 9),
  threshold: isInteger(0, Number.MAX_SAFE_INTEGER),
};

/**
 * Chooses among a client's offers, as the server (RFC 7692 section 5.1). Offers
 * of other extensions, and malformed or unknown parameters, are declined and
 * the next offer is looked at.
 *
 * @param offers What the client has sent, in its order of preference.
 * @param options What the server wants.
 * @returns What is agreed on and the answer that says so, or `undefined`.
 */
export function acceptDeflateOffer(
  offers: readonly Extension[],
  options: DeflateOptions,
): { params: DeflateParams; answer: Extension } | undefined {
  for (const offer of offers) {
    if (offer.name !== PERMESSAGE_DEFLATE) continue;
    const request = readParams(offer.params, "offer");
    if (request === undefined) continue;
    const params = agree(request, options);
    if (params === undefined) continue;
    return { params, answer: formatAnswer(params, request) };
  }
  return undefined;
}

/** Makes the offer of a client. */
export function makeDeflateOffer(options: DeflateOptions): Extension {
  const params: ExtensionParam[] = [];
  if (options.serverNoContextTakeover) {
    params.push({ name: "server_no_context_takeover", value: undefined });
  }
  if (options.clientNoContextTakeover) {
    params.push({ name: "client_no_context_takeover", value: undefined });
  }
  const { serverMaxWindowBits, clientMaxWindowBits } = options;
  if (serverMaxWindowBits !== undefined) {
    params.push(bitsParam("server_max_window_bits", serverMaxWindowBits));
  }
  params.push(
    clientMaxWindowBits === undefined
      ? { name: "client_max_window_bits", value: undefined }
      : bitsParam("client_max_window_bits", clientMaxWindowBits),
  );
  return { name: PERMESSAGE_DEFLATE, params };
}

/**
 * Reads the server's answer to {@linkcode makeDeflateOffer}, as the client.
 *
 * @param answer The one extension the server has named.
 * @param options What the offer was made of.
 * @returns What is agreed on, or `undefined` if the answer does not fit the
 * offer, on which the connection fails (RFC 7692 section 7.1).
 */
export function readDeflateAnswer(
  answer: Extension,
  options: DeflateOptions,
): DeflateParams | undefined {
  if (answer.name !== PERMESSAGE_DEFLATE) return undefined;
  const request = readParams(answer.params, "answer");
  if (request === undefined || request.clientMaxWindowBits === true) {
    return undefined;
  }
  if (options.serverNoContextTakeover && !request.serverNoContextTakeover) {
    return undefined;
  }
  const serverMaxWindowBits = request.serverMaxWindowBits ?? MAX_BITS;
  const clientLimit = options.clientMaxWindowBits ?? MAX_BITS;
  if (serverMaxWindowBits > (options.serverMaxWindowBits ?? MAX_BITS)) {
    return undefined;
  }
  if ((request.clientMaxWindowBits ?? 0) > clientLimit) return undefined;
  return {
    serverNoContextTakeover: request.serverNoContextTakeover,
    clientNoContextTakeover: request.clientNoContextTakeover ||
      options.clientNoContextTakeover === true,
    serverMaxWindowBits,
    clientMaxWindowBits: request.clientMaxWindowBits ?? clientLimit,
  };
}

function agree(
  request: Request,
  options: DeflateOptions,
): DeflateParams | undefined {
  const { clientMaxWindowBits } = request;
  const wanted = options.clientMaxWindowBits ?? MAX_BITS;
  // Who has not named it can't be told (section 7.1.2.2).
  if (clientMaxWindowBits === undefined && wanted < MAX_BITS) return undefined;
  const offered = typeof clientMaxWindowBits === "number"
    ? clientMaxWindowBits
    : MAX_BITS;
  return {
    serverNoContextTakeover: request.serverNoContextTakeover ||
      options.serverNoContextTakeover === true,
    clientNoContextTakeover: request.clientNoContextTakeover ||
      options.clientNoContextTakeover === true,
    serverMaxWindowBits: Math.min(
      request.serverMaxWindowBits ?? MAX_BITS,
      options.serverMaxWindowBits ?? MAX_BITS,
    ),
    clientMaxWindowBits: Math.min(offered, wanted),
  };
}

/** Names what differs from the defaults, and what has to be named in return. */
function formatAnswer(agreed: DeflateParams, request: Request): Extension {
  const params: ExtensionParam[] = [];
  if (agreed.serverNoContextTakeover) {
    params.push({ name: "server_no_context_takeover", value: undefined });
  }
  if (agreed.clientNoContextTakeover) {
    params.push({ name: "client_no_context_takeover", value: undefined });
  }
  const isNamed = request.serverMaxWindowBits !== undefined;
  if (isNamed || agreed.serverMaxWindowBits < MAX_BITS) {
    const bits = agreed.serverMaxWindowBits;
    params.push(bitsParam("server_max_window_bits", bits));
  }
  if (agreed.clientMaxWindowBits < MAX_BITS) {
    const bits = agreed.clientMaxWindowBits;
    params.push(bitsParam("client_max_window_bits", bits));
  }
  return { name: PERMESSAGE_DEFLATE, params };
}

/** Reads the parameters; `undefined` if one is unknown, repeated or malformed. */
function readParams(
  params: readonly ExtensionParam[],
  kind: "offer" | "answer",
): Request | undefined {
  const request: Request = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: undefined,
    clientMaxWindowBits: undefined,
  };
  const seen = new Set<string>();
  for (const { name, value } of params) {
    if (seen.has(name)) return undefined;
    seen.add(name);
    if (!readParam(request, name, value, kind)) return undefined;
  }
  return request;
}

function readParam(
  request: Request,
  name: string,
  value: string | undefined,
  kind: "offer" | "answer",
): boolean {
  switch (name) {
    case "server_no_context_takeover":
      request.serverNoContextTakeover = true;
      return value === undefined;
    case "client_no_context_takeover":
      request.clientNoContextTakeover = true;
      return value === undefined;
    case "server_max_window_bits":
      request.serverMaxWindowBits = parseBits(value);
      return request.serverMaxWindowBits !== undefined;
    case "client_max_window_bits":
      request.clientMaxWindowBits = value === undefined && kind === "offer"
        ? true
        : parseBits(value);
      return request.clientMaxWindowBits !== undefined;
    default:
      return false;
  }
}

/** A number from 8 to 15, without leading zeros (section 7.1.2). */
function parseBits(value: string | undefined): number | undefined {
  return value !== undefined && /^(?:[89]|1[0-5])$/.test(value)
    ? Number(value)
    : undefined;
}

function bitsParam(name: string, bits: number): ExtensionParam {
  return { name, value: String(bits) };
}
