import { assertEquals } from "@std/assert";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { CuttableLink } from "../_cuttable_link.ts";
import { findBrowser, PageBrowser } from "./_page_browser.ts";
import { ENGLISH_TEXTS } from "./_page_english.ts";
import { FAINT_TEXTS } from "./_page_contrast.ts";

const kit = await findBrowser();

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

Deno.test({
  name: "The page changes, deletes and answers private messages",
  ignore: kit === undefined,
  fn: async (t) => {
    await using server = serveChat({ tcp: LOOPBACK, http: LOOPBACK });
    await using link = new CuttableLink(server.httpAddr);
    if (kit === undefined) return;
    await using browser = await PageBrowser.launch(kit);
    const url = `http://127.0.0.1:${link.port}/`;
    const anna = await browser.open(url);
    const ming = await browser.open(url, {
      ...{ locale: "zh-CN", colorScheme: "dark" },
      viewport: { width: 360, height: 720 },
    });
    await anna.enter("anna");
    await ming.enter("小明");
    const tab = await anna.openTab(url);
    await tab.is("online");
    const { keyboard } = anna.page;
    const typed = () => anna.page.locator("#message").inputValue();

    await t.step(
      "the arrow key changes the last one, on all devices",
      async () => {
        await anna.type("/msg 小明 see you at fvie");
        await anna.sees("小明");
        await anna.hears("see you at fvie");
        await ming.page.locator("#menu-dot:visible").waitFor();
        await ming.page.locator("#open-menu").click();
        await ming.page.locator("#privates .entry").click();
        await ming.sees("anna");
        await ming.hears("see you at fvie");
        await tab.page.locator("#privates .entry").click();
        await keyboard.press("ArrowUp");
        await anna.page.locator("#mode:visible").waitFor();
        assertEquals(await typed(), "see you at fvie");
        await keyboard.press("Control+A");
        await anna.type("see you at five");
        for (const user of [anna, tab, ming]) {
          await user.hears("see you at five");
          await user.page.locator(".bubble small").waitFor();
        }
        assertEquals(await typed(), "");
        assertEquals(await tab.said(), ["You: see you at five"]);
      },
    );

    await t.step("answers one by keys alone, and leads to it", async () => {
      const { page } = ming;
      await page.locator("#log").focus();
      await page.keyboard.press("ArrowUp");
      await page.locator(".message:focus").waitFor();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.locator("#mode:visible", { hasText: "anna" }).waitFor();
      await ming.shoot("private-reply-360-dark-zh");
      await ming.type("好的");
      await anna.page.locator(".quote", { hasText: "see you at five" })
        .waitFor();
      await anna.type("/reply 小明 *great*");
      await page.locator(".message:not(.own) .quote", { hasText: "好的" })
        .focus();
      await page.keyboard.press("Enter");
      await page.locator(".message.shown:focus", { hasText: "好的" })
        .waitFor();
      assertEquals(await page.locator("#jump:visible").count(), 0);
      await page.locator(".message-bar").waitFor();
      await page.keyboard.press("Escape");
      await page.locator(".message-bar").waitFor({ state: "hidden" });
      await anna.shoot("private-1280-light");
      await ming.shoot("private-360-dark-zh");
      assertEquals(await page.evaluate(FAINT_TEXTS), []);
      assertEquals(await page.evaluate(ENGLISH_TEXTS), []);
      assertEquals(
        await page.evaluate("document.documentElement.scrollWidth"),
        360,
      );
    });

    await t.step(
      "offers for own ones alone to change and delete them",
      async () => {
        const names = async (isOwn: boolean) => {
          const row = isOwn ? ".message.own" : ".message:not(.own)";
          await anna.page.locator(row).first().hover();
          return anna.page.locator(".message-bar .round:visible")
            .evaluateAll((buttons) =>
              buttons.map((button) => button.getAttribute("aria-label"))
            );
        };
        assertEquals(await names(true), ["Reply", "Edit", "Delete"]);
        assertEquals(await names(false), ["Reply"]);
      },
    );

    await t.step("deletes one, also where it is quoted", async () => {
      await anna.page.locator(".message.own").first().hover();
      await anna.page.locator('[title="Delete"]').click();
      await anna.page.locator("#form-submit:focus").waitFor();
      await keyboard.press("Enter");
      for (const user of [anna, tab]) {
        await user.hears("This message was deleted.");
      }
      await ming.hears("这条消息已删除。");
      await ming.page.locator(".quote", { hasText: "这条消息已删除。" })
        .waitFor();
    });

    await t.step("shows what was changed while it was away", async () => {
      link.cut();
      await ming.is("waiting");
      await anna.type("first");
      await anna.type("second");
      link.mend();
      await anna.is("online");
      await ming.is("online");
      await ming.hears("second");
      await keyboard.press("ArrowUp");
      await keyboard.press("Control+A");
      await anna.type("third");
      await ming.hears("third");
      await ming.page.reload();
      await ming.is("online");
      await ming.hears("third");
      await ming.hears("这条消息已删除。");
      assertEquals(
        await ming.page.locator(".text", { hasText: "second" }).count(),
        0,
      );
      const complaints = [anna, tab, ming].flatMap((user) => user.complaints);
      assertEquals(complaints, []);
    });
  },
});
