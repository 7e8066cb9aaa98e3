import { assert, assertEquals } from "@std/assert";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";
import { findBrowser, PageBrowser } from "./_page_browser.ts";
import { FAINT_TEXTS } from "./_page_contrast.ts";

const kit = await findBrowser();

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };
const DAY = 86_400_000;

/** Stores 400 messages of the lobby, one an hour, with two to be found. */
async function fill(path: string): Promise<void> {
  using store = await openSqliteStore(path);
  const user = { id: 1, nickname: "zoe" };
  const start = Date.now() - 20 * DAY;
  store.reserveUserIds(10);
  store.reserveMessageIds(1000);
  for (let id = 1; id <= 400; id++) {
    const text = id === 40
      ? "The release notes are in <b>docs</b>, whatever else you may find there"
      : id === 41
      ? "发布说明写好了"
      : `message ${id}`;
    const time = start + id * DAY / 24;
    store.append({ type: "said", id, time, room: "lobby", user, text });
  }
}

Deno.test({
  name: "The page finds messages, and pages back to them",
  ignore: kit === undefined,
  fn: async (t) => {
    if (kit === undefined) return;
    const folder = await Deno.makeTempDir();
    const path = `${folder}/chat.db`;
    await fill(path);
    using store = await openSqliteStore(path);
    await using server = serveChat({ tcp: LOOPBACK, http: LOOPBACK, store });
    await using browser = await PageBrowser.launch(kit);
    const url = `http://127.0.0.1:${server.httpAddr?.port}/`;
    const anna = await browser.open(url);
    const bob = await browser.open(url);
    await anna.enter("anna");
    await bob.enter("bob");
    const { page } = anna;
    const { keyboard } = page;
    const results = page.locator("#search-results .entry");

    await t.step(
      "pages back at scrolling up, and keeps the place",
      async () => {
        await anna.hears("message 400");
        await page.evaluate('document.getElementById("log").scrollTop = 0');
        await anna.hears("message 331");
        // The message that was at the top is still to be seen, and not at the top.
        const top = await page.evaluate<number>(`(() => {
        const log = document.getElementById("log");
        const row = document.querySelector('[data-id="381"]');
        return row.offsetTop - log.scrollTop;
      })()`);
        const height = await page.evaluate<number>(
          'document.getElementById("log").clientHeight',
        );
        assert(top >= 0 && top < height, `${top} of ${height}`);
      },
    );

    await t.step(
      "finds words by keys alone, and leads to a message far back",
      async () => {
        await page.locator("#message").focus();
        await keyboard.press("Control+K");
        await page.locator("#search-text:focus").waitFor();
        await keyboard.type("release notes");
        await keyboard.press("Enter");
        await results.first().waitFor();
        assertEquals(await results.count(), 1);
        const text = await results.first().textContent();
        assert(
          text?.includes("#lobby") && text.includes("<b>docs</b>"),
          text ?? "",
        );
        assertEquals(
          await page.locator("#search-results mark").allTextContents(),
          ["release", "notes"],
        );
        await anna.shoot("search-1280-light");
        await keyboard.press("Tab");
        await keyboard.press("Tab");
        await keyboard.press("Enter");
        await page.locator(".message.shown:focus", { hasText: "release notes" })
          .waitFor();
        await anna.shoot("search-shown-1280-light");
        const gap = page.locator(".gap button");
        await gap.focus();
        await keyboard.press("Enter");
        await anna.hears("message 250");
        assertEquals(await gap.count(), 1);
      },
    );

    await t.step(
      "finds Chinese words, and nothing where there is nothing",
      async () => {
        await page.locator("#open-search").click();
        await keyboard.type("说明");
        await keyboard.press("Enter");
        await page.locator("#search-results mark", { hasText: "说明" })
          .waitFor();
        await keyboard.press("Control+A");
        await keyboard.type("nowhere to be found");
        await keyboard.press("Enter");
        await page.locator("#search-state", { hasText: "Nothing was found." })
          .waitFor();
        await keyboard.press("Escape");
      },
    );

    await t.step("shows results in pages", async () => {
      await page.locator("#message").focus();
      await anna.type("/search message");
      await results.first().waitFor();
      assertEquals(await results.count(), 20);
      await page.locator("#search-more").click();
      await page.locator("#search-results li:nth-child(40)").waitFor();
      await page.emulateMedia({ colorScheme: "dark" });
      await page.setViewportSize({ width: 360, height: 720 });
      await anna.shoot("search-360-dark");
      assertEquals(await page.evaluate(FAINT_TEXTS), []);
      assertEquals(
        await page.evaluate("document.documentElement.scrollWidth"),
        360,
      );
      await keyboard.press("Escape");
    });

    await t.step("finds private messages of the user alone", async () => {
      await bob.type("/msg anna the secret release");
      await page.locator("#message").focus();
      await keyboard.press("Control+K");
      await keyboard.press("Control+A");
      await keyboard.type("secret");
      await keyboard.press("Enter");
      const found = results.filter({ hasText: "Private, bob" });
      await found.first().waitFor();
      await found.first().click();
      await anna.sees("bob");
      await page.locator(".message.shown:focus", { hasText: "the secret" })
        .waitFor();
      assertEquals([...anna.complaints, ...bob.complaints], []);
    });

    await Deno.remove(folder, { recursive: true });
  },
});
