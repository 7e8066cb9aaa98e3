import { createRequire } from "node:module";

/**
 * The part of playwright-core that the tests of the page use. It is not imported
 * by an `npm:` specifier: each task of this project, the chat's too, would fetch
 * its 10 MB first.
 */
export interface Playwright {
  readonly chromium: {
    launch(options: {
      readonly executablePath: string;
      readonly args: readonly string[];
    }): Promise<Browser>;
  };
}

/** A browser. */
export interface Browser {
  newContext(options: ContextOptions): Promise<BrowserContext>;
  close(): Promise<void>;
}

/** What a window is like. */
export interface ContextOptions {
  readonly viewport?: Size;
  readonly locale?: string;
  readonly colorScheme?: "dark" | "light";
  readonly reducedMotion?: "reduce";
}

/** A window with cookies and storage of its own. */
export interface BrowserContext {
  newPage(): Promise<Page>;
  /** A way to the browser's own protocol. */
  newCDPSession(page: Page): Promise<DevTools>;
}

/** The part of Chromium's own protocol that is used. */
export interface DevTools {
  send(method: "Accessibility.getFullAXTree"): Promise<{
    readonly nodes: readonly AccessibilityNode[];
  }>;
}

/** What a screen reader is told of an element. */
export interface AccessibilityNode {
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
}

/** What is shown in a window. */
export interface Page {
  readonly keyboard: {
    type(text: string): Promise<void>;
    insertText(text: string): Promise<void>;
    press(key: string): Promise<void>;
  };
  close(): Promise<void>;
  context(): BrowserContext;
  emulateMedia(options: Pick<ContextOptions, "colorScheme">): Promise<void>;
  evaluate<T>(code: string): Promise<T>;
  goto(url: string): Promise<unknown>;
  locator(selector: string, options?: { readonly hasText: string }): Locator;
  on(event: "pageerror", listener: (error: Error) => void): unknown;
  on(
    event: "console",
    listener: (message: { text(): string }) => void,
  ): unknown;
  reload(): Promise<unknown>;
  screenshot(options: { readonly path: string }): Promise<unknown>;
  setDefaultTimeout(milliseconds: number): void;
  setViewportSize(size: Size): Promise<void>;
  title(): Promise<string>;
}

/** Elements of a page, looked for whenever something is done with them. */
export interface Locator {
  allTextContents(): Promise<string[]>;
  click(): Promise<void>;
  count(): Promise<number>;
  evaluateAll<T>(map: (elements: Element[]) => T): Promise<T>;
  filter(options: { readonly hasText: string | RegExp }): Locator;
  first(): Locator;
  focus(): Promise<void>;
  hover(): Promise<void>;
  inputValue(): Promise<string>;
  locator(selector: string): Locator;
  getAttribute(name: string): Promise<string | null>;
  textContent(): Promise<string | null>;
  waitFor(options?: { readonly state: "hidden" }): Promise<void>;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** An element, as code that runs in the page sees it. */
interface Element {
  readonly tagName: string;
  readonly textContent: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Element | null;
}

/** Loads playwright-core, if it is in one of the folders of `NODE_PATH`. */
export function loadPlaywright(): Playwright | undefined {
  for (const folder of (Deno.env.get("NODE_PATH") ?? "").split(":")) {
    if (folder === "") continue;
    try {
      return createRequire(`${folder}/index.js`)("playwright-core");
    } catch {
      continue;
    }
  }
  return undefined;
}
