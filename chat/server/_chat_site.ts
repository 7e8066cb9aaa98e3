import { pageFiles } from "../page/page.ts";
import { plainResponse, type SiteRequest, StaticSite } from "./_static_site.ts";

/** The path of the answer to health checks, without a base path. */
const HEALTH = "/healthz";

/** The options that the paths of a chat depend on. */
export interface ChatSiteOptions {
  /** The prefix of all paths but that of health checks. */
  readonly basePath: string;
  /** Whether a proxy signs all users in. */
  readonly signsIn: boolean;
  /** The lines that a health check gets. */
  readonly health: () => string;
}

/** The paths of a chat over HTTP. */
export class ChatSite {
  readonly #options: ChatSiteOptions;
  #page: StaticSite | undefined;

  constructor(options: ChatSiteOptions) {
    this.#options = options;
  }

  /** The path of the WebSocket. */
  get route(): string {
    return `${this.#options.basePath}/chat`;
  }

  /** Answers a request that does not ask for a WebSocket. */
  answer(request: SiteRequest): Response | Promise<Response> {
    const { basePath, health } = this.#options;
    if (request.path === HEALTH) return answerHealth(request, health());
    if (request.path === basePath) {
      const location = `${basePath}/`;
      return plainResponse(308, `Moved to ${location}`, { location });
    }
    return (this.#page ??= this.#makePage()).answer(request);
  }

  #makePage(): StaticSite {
    const { basePath, signsIn } = this.#options;
    const files = Object.entries(pageFiles({ signsIn }));
    return new StaticSite(
      new Map(files.map(([path, file]) => [basePath + path, file])),
    );
  }
}

/** While the server shuts down, its connections are rejected with 503 instead. */
function answerHealth({ method }: SiteRequest, text: string): Response {
  return method === "GET" || method === "HEAD"
    ? plainResponse(200, text, { "cache-control": "no-store" })
    : plainResponse(405, "Method not allowed", { allow: "GET, HEAD" });
}
