import { pageFiles } from "../page/page.ts";
import { plainResponse, type SiteRequest, StaticSite } from "./_static_site.ts";

/** The path of the answer to health checks, without a base path. */
const HEALTH = "/healthz";

/** The paths of a chat over HTTP. */
export class ChatSite {
  readonly #basePath: string;
  readonly #isStopping: () => boolean;
  #page: StaticSite | undefined;

  /**
   * @param basePath The prefix of all paths but that of health checks.
   * @param isStopping Whether the server is shutting down.
   */
  constructor(basePath: string | undefined, isStopping: () => boolean) {
    this.#basePath = basePath ?? "";
    this.#isStopping = isStopping;
  }

  /** The path of the WebSocket. */
  get route(): string {
    return `${this.#basePath}/chat`;
  }

  /** Answers a request that does not ask for a WebSocket. */
  answer(request: SiteRequest): Response | Promise<Response> {
    if (request.path === HEALTH) return this.#answerHealth(request);
    if (request.path === this.#basePath) {
      const location = `${this.#basePath}/`;
      return plainResponse(308, `Moved to ${location}`, { location });
    }
    return (this.#page ??= this.#makePage()).answer(request);
  }

  #answerHealth({ method }: SiteRequest): Response {
    if (method !== "GET" && method !== "HEAD") {
      return plainResponse(405, "Method not allowed", { allow: "GET, HEAD" });
    }
    const noStore = { "cache-control": "no-store" };
    return this.#isStopping()
      ? plainResponse(503, "Shutting down", noStore)
      : plainResponse(200, "ok", noStore);
  }

  #makePage(): StaticSite {
    const files = Object.entries(pageFiles()).map(([path, file]) => [
      this.#basePath + path,
      file,
    ]);
    return new StaticSite(Object.fromEntries(files));
  }
}
