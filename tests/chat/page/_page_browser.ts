import { tmpdir } from "node:os";
import {
  type Browser,
  type ContextOptions,
  loadPlaywright,
  type Page,
  type Playwright,
} from "./_playwright.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const PERMISSIONS = ["env", "net", "read", "run", "sys", "write"] as const;

/** Milliseconds that nothing takes unless it hangs. */
const HANGS = 60_000;

/** What a test of the page takes. */
export interface BrowserKit {
  readonly playwright: Playwright;
  /** The browser's file. */
  readonly executablePath: string;
}

/** Finds a browser and what drives it, if both are there and allowed. */
export async function findBrowser(): Promise<BrowserKit | undefined> {
  const isAllowed = PERMISSIONS.every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );
  if (!isAllowed) return undefined;
  const executablePath = await findChromium();
  const playwright = loadPlaywright();
  if (executablePath === undefined || playwright === undefined) {
    return undefined;
  }
  return { playwright, executablePath };
}

async function findChromium(): Promise<string | undefined> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    for (const name of NAMES) {
      const path = `${folder}/${name}`;
      const isThere = await Deno.stat(path).then((file) => file.isFile)
        .catch(() => false);
      if (isThere) return path;
    }
  }
  return undefined;
}

/** A browser with people in it, each with a window of their own. */
export class PageBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(
    { playwright, executablePath }: BrowserKit,
  ): Promise<PageBrowser> {
    const args = ["--no-sandbox"];
    return new PageBrowser(
      await playwright.chromium.launch({ executablePath, args }),
    );
  }

  /** Opens the page for somebody new. */
  async open(
    url: string,
    options: ContextOptions = {},
  ): Promise<PageUser> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: "en-GB",
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(HANGS);
    const user = new PageUser(page);
    await page.goto(url);
    return user;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** Somebody who chats by the page. */
export class PageUser {
  readonly page: Page;
  /** What the browser had to complain about. */
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      const text = message.text();
      // A connection that can't be made is a part of some tests.
      if (!text.includes("WebSocket connection to")) this.complaints.push(text);
    });
  }

  /** Opens the page in another tab, which shares the storage with this one. */
  async openTab(url: string): Promise<PageUser> {
    const page = await this.page.context().newPage();
    page.setDefaultTimeout(HANGS);
    const user = new PageUser(page);
    await page.goto(url);
    return user;
  }

  /** Chooses a nickname by keys alone, and waits for the chat. */
  async enter(nickname: string): Promise<void> {
    await this.page.locator("#enter-nickname:focus").waitFor();
    await this.page.keyboard.type(nickname);
    await this.page.keyboard.press("Enter");
    await this.page.locator("#message:focus").waitFor();
  }

  /** Types a line where the focus is, and sends it. */
  async type(line: string): Promise<void> {
    await this.page.keyboard.insertText(line);
    await this.page.keyboard.press("Enter");
  }

  /** What was said in the conversation that is shown, as `name: text`. */
  said(): Promise<string[]> {
    return this.page.locator(".message").evaluateAll((messages) =>
      messages.map((message) => {
        const text = message.querySelector(".text")?.textContent;
        return `${message.querySelector(".author")?.textContent}${text}`;
      })
    );
  }

  /** Leaves the chat, by the button and its question. */
  async leave(): Promise<void> {
    await this.page.locator("#quit").click();
    await this.page.locator("#form-submit:focus").waitFor();
    await this.page.keyboard.press("Enter");
    await this.page.locator("#enter-nickname:focus").waitFor();
  }

  /** Waits for something that is said here, confirmed by the server. */
  async hears(text: string): Promise<void> {
    await this.page.locator(".message:not(.pending) .text", { hasText: text })
      .first().waitFor();
  }

  /** Waits for another conversation to be shown. */
  async sees(title: string): Promise<void> {
    await this.page.locator(`#title:text-is("${title}")`).waitFor();
  }

  /** Waits for a state of the connection. */
  async is(status: string): Promise<void> {
    await this.page.locator(`#app[data-status="${status}"]`).waitFor();
    if (status !== "online") return;
    // The room comes after the welcome.
    await this.page.locator("#title:not(:empty)").waitFor();
  }

  /** Takes a picture, which people find in `vnet-chat-page` of the temp folder. */
  async shoot(name: string): Promise<void> {
    const path = `${tmpdir()}/vnet-chat-page/${name}.png`;
    await this.page.screenshot({ path });
  }
}
