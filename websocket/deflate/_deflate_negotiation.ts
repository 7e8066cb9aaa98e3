import {
  checkOptions,
  isInteger,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import type { Extension, ExtensionParam } from "../handshake/_extensions.ts";

/** The name of the extension (RFC 7692 section 7). */
export const PERMESSAGE_DEFLATE = "permessage-deflate";

/** How one side wants to use permessage-deflate. */
export interface DeflateOptions {
  /**
   * Keeps the server from referring to earlier messages: it compresses less, and
   * needs no memory between messages.
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
   * server that sets it declines clients that do not know the parameter.
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

/** The agreed parameters. */
export interface DeflateParams {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  /** 8 to 15. */
  readonly serverMaxWindowBits: number;
  /** 8 to 15. */
  readonly clientMaxWindowBits: number;
}

/** The parameters of an offer or an answer. */
interface Terms {
  serverNoContextTakeover: boolean;
  clientNoContextTakeover: boolean;
  /** `undefined` if it is not named. */
  serverMaxWindowBits: number | undefined;
  /** `undefined` if it is not named, `true` if it has no value. */
  clientMaxWindowBits: number | true | undefined;
}

const MAX_BITS = 15;

/**
 * Checks the options of either side.
 *
 * @param options The options.
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
 * Selects one of a client's offers, as the server (RFC 7692 section 5.1). Offers
 * of other extensions, and those with malformed or unknown parameters, are
 * skipped.
 *
 * @param offers The offers, in the client's order of preference.
 * @param options The options of the server.
 * @returns The agreed parameters and the answer, or `undefined`.
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
  return formatTerms({
    serverNoContextTakeover: options.serverNoContextTakeover ?? false,
    clientNoContextTakeover: options.clientNoContextTakeover ?? false,
    serverMaxWindowBits: options.serverMaxWindowBits,
    clientMaxWindowBits: options.clientMaxWindowBits ?? true,
  });
}

/**
 * Reads the server's answer to {@linkcode makeDeflateOffer}, as the client.
 *
 * @param answer The extension of the answer.
 * @param options The options of the offer.
 * @returns The agreed parameters, or `undefined` if the answer does not fit the
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
  request: Terms,
  options: DeflateOptions,
): DeflateParams | undefined {
  const { clientMaxWindowBits } = request;
  const wanted = options.clientMaxWindowBits ?? MAX_BITS;
  // A client that has not named the parameter does not know it (section 7.1.2.2).
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

/** Names the terms that differ from the defaults, or must be named in return. */
function formatAnswer(agreed: DeflateParams, offer: Terms): Extension {
  const { serverMaxWindowBits: server, clientMaxWindowBits: client } = agreed;
  const isNamed = offer.serverMaxWindowBits !== undefined || server < MAX_BITS;
  return formatTerms({
    ...agreed,
    serverMaxWindowBits: isNamed ? server : undefined,
    clientMaxWindowBits: client < MAX_BITS ? client : undefined,
  });
}

function formatTerms(terms: Terms): Extension {
  const { serverMaxWindowBits: server, clientMaxWindowBits: client } = terms;
  const params: ExtensionParam[] = [];
  const add = (name: string, value?: string) => params.push({ name, value });
  if (terms.serverNoContextTakeover) add("server_no_context_takeover");
  if (terms.clientNoContextTakeover) add("client_no_context_takeover");
  if (server !== undefined) add("server_max_window_bits", String(server));
  if (client === true) add("client_max_window_bits");
  else if (client !== undefined) add("client_max_window_bits", String(client));
  return { name: PERMESSAGE_DEFLATE, params };
}

/** Reads the parameters; `undefined` if one is unknown, repeated or malformed. */
function readParams(
  params: readonly ExtensionParam[],
  kind: "offer" | "answer",
): Terms | undefined {
  const request: Terms = {
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
  request: Terms,
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
