import { pageFiles } from "../page/page.ts";
import { plainResponse, type SiteRequest, StaticSite } from "./_static_site.ts";

/** The path of the answer to health checks, without a base path. */
const HEALTH = "/healthz";

/** What the paths of a chat depend on. */
export interface ChatSiteOptions {
  /** The prefix of all paths but that of health checks. */
  readonly basePath?: string | undefined;
  /** Whether a proxy signs all users in. */
  readonly signsIn?: boolean | undefined;
  /** The lines that a health check gets. */
  readonly health?: (() => string) | undefined;
}

/** The paths of a chat over HTTP. */
export class ChatSite {
  readonly #basePath: string;
  readonly #signsIn: boolean;
  readonly #health: () => string;
  #page: StaticSite | undefined;

  constructor(options: ChatSiteOptions = {}) {
    const { basePath = "", signsIn = false, health = () => "ok" } = options;
    this.#basePath = basePath;
    this.#signsIn = signsIn;
    this.#health = health;
  }

  /** The path of the WebSocket. */
  get route(): string {
    return `${this.#basePath}/chat`;
  }

  /** Answers a request that does not ask for a WebSocket. */
  answer(request: SiteRequest): Response | Promise<Response> {
    if (request.path === HEALTH) return answerHealth(request, this.#health());
    if (request.path === this.#basePath) {
      const location = `${this.#basePath}/`;
      return plainResponse(308, `Moved to ${location}`, { location });
    }
    return (this.#page ??= this.#makePage()).answer(request);
  }

  #makePage(): StaticSite {
    const pages = pageFiles({ signsIn: this.#signsIn });
    const files = Object.entries(pages).map(([path, file]) => [
      this.#basePath + path,
      file,
    ]);
    return new StaticSite(Object.fromEntries(files));
  }
}

/** While the server shuts down, its connections are rejected with 503 instead. */
function answerHealth({ method }: SiteRequest, text: string): Response {
  return method === "GET" || method === "HEAD"
    ? plainResponse(200, text, { "cache-control": "no-store" })
    : plainResponse(405, "Method not allowed", { allow: "GET, HEAD" });
}
