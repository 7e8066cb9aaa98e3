import { gzip } from "../_gzip.ts";

/** The parts of a request that decide the answer. */
export interface SiteRequest {
  readonly method: string;
  /** The path as it was sent, without its query. */
  readonly path: string;
  readonly headers: Headers;
}

/** Something that is served as it is. */
export interface Resource {
  readonly body: string;
  readonly contentType: string;
  /** Further header fields. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The header fields of every answer. */
const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-cache",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

const PLAIN_HEADERS: Readonly<Record<string, string>> = {
  ...HEADERS,
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "content-type": "text/plain; charset=utf-8",
};

/**
 * Serves a few resources by their exact paths, so that no path leads to another
 * file. Only GET and HEAD are allowed.
 */
export class StaticSite {
  readonly #resources: ReadonlyMap<string, Resource>;
  /** The resources that somebody has asked for, by their paths. */
  readonly #made = new Map<string, Promise<Representations>>();

  /** @param resources The resources by their paths. */
  constructor(resources: ReadonlyMap<string, Resource>) {
    this.#resources = resources;
  }

  /** Makes the answer; for HEAD too with the body, which is not to be sent. */
  async answer({ path, method, headers }: SiteRequest): Promise<Response> {
    const resource = this.#resources.get(path);
    if (resource === undefined) return plainResponse(404, "Not found");
    if (method !== "GET" && method !== "HEAD") {
      return plainResponse(405, "Method not allowed", { allow: "GET, HEAD" });
    }
    const made = this.#made.get(path) ?? makeRepresentations(resource);
    this.#made.set(path, made);
    return respond(headers, await made);
  }
}

/** Makes an answer of one line of text. */
export function plainResponse(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { ...PLAIN_HEADERS, ...headers },
  });
}

/** The bytes of a resource in one coding, with its header fields. */
interface Representation {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
}

/** A resource in all its codings. */
interface Representations {
  readonly identity: Representation;
  /** Missing if it is not smaller. */
  readonly gzip?: Representation;
}

function respond(
  request: Headers,
  { identity, gzip }: Representations,
): Response {
  const { bytes, headers, etag } = acceptsGzip(request) && gzip || identity;
  const known = request.get("if-none-match")?.split(",").map((tag) =>
    tag.trim().replace(/^W\//, "")
  );
  return known?.includes(etag)
    ? new Response(null, { status: 304, headers })
    : new Response(bytes, { headers });
}

async function makeRepresentations(
  { body, contentType, headers }: Resource,
): Promise<Representations> {
  const bytes = new TextEncoder().encode(body);
  const compressed = await gzip(bytes);
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  const tag = new Uint8Array(hash).toHex().slice(0, 32);
  const isSmaller = compressed.length < bytes.length;
  const common = {
    ...HEADERS,
    "content-type": contentType,
    ...headers,
    ...isSmaller ? { vary: "accept-encoding" } : {},
  };
  const represent = (
    bytes: Uint8Array<ArrayBuffer>,
    etag: string,
    headers = {},
  ) => ({ bytes, headers: { ...common, ...headers, etag }, etag });
  const identity = represent(bytes, `"${tag}"`);
  // A strong validator is that of one coding (RFC 9110, section 8.8.3.3).
  const encoding = { "content-encoding": "gzip" };
  return isSmaller
    ? { identity, gzip: represent(compressed, `"${tag}-gzip"`, encoding) }
    : { identity };
}

/** Whether gzip is accepted, and not less than no coding (RFC 9110, 12.5.3). */
function acceptsGzip(headers: Headers): boolean {
  const weights = new Map<string, number>();
  for (const item of (headers.get("accept-encoding") ?? "").split(",")) {
    const [coding = "", ...parameters] = item.toLowerCase().split(";")
      .map((part) => part.trim());
    const weight = parameters.find((part) => part.startsWith("q="))?.slice(2);
    weights.set(coding, weight === undefined ? 1 : parseWeight(weight));
  }
  const any = weights.get("*") ?? 0;
  const gzip = weights.get("gzip") ?? weights.get("x-gzip") ?? any;
  return gzip > 0 && gzip >= (weights.get("identity") ?? 0);
}

/** A weight (RFC 9110, section 12.4.2); 0 if it is none. */
function parseWeight(text: string): number {
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}
