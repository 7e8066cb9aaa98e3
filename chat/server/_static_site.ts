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
  readonly #resources: ReadonlyMap<string, ServedResource>;

  constructor(resources: Readonly<Record<string, Resource>>) {
    this.#resources = new Map(
      Object.entries(resources).map(([path, resource]) => [
        path,
        new ServedResource(resource),
      ]),
    );
  }

  /** Makes the answer; for HEAD too with the body, which is not to be sent. */
  async answer(request: SiteRequest): Promise<Response> {
    const resource = this.#resources.get(request.path);
    if (resource === undefined) return plainResponse(404, "Not found");
    if (request.method !== "GET" && request.method !== "HEAD") {
      return plainResponse(405, "Method not allowed", { allow: "GET, HEAD" });
    }
    return await resource.answer(request.headers.get("if-none-match"));
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

class ServedResource {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #headers: Readonly<Record<string, string>>;
  #etag: Promise<string> | undefined;

  constructor({ body, contentType, headers }: Resource) {
    this.#bytes = new TextEncoder().encode(body);
    this.#headers = { ...HEADERS, "content-type": contentType, ...headers };
  }

  async answer(ifNoneMatch: string | null): Promise<Response> {
    const etag = await (this.#etag ??= makeEtag(this.#bytes));
    const headers = { ...this.#headers, etag };
    const isKnown = ifNoneMatch?.split(",").some((tag) =>
      tag.trim().replace(/^W\//, "") === etag
    );
    return isKnown
      ? new Response(null, { status: 304, headers })
      : new Response(this.#bytes, { headers });
  }
}

async function makeEtag(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `"${hash.toHex().slice(0, 32)}"`;
}
