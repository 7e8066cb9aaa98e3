import { assert, assertEquals } from "@std/assert";
import { Invitations } from "../../../chat/server/access/_invitations.ts";
import { openInvitations } from "../../../chat/server/access/open_invitations.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { ENGLISH_TEXTS } from "./_page_english.ts";
import { findBrowser, PageBrowser } from "./_page_browser.ts";

const kit = await findBrowser();

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

Deno.test({
  name: "The page in several tabs and devices",
  ignore: kit === undefined,
  fn: async (t) => {
    await using server = serveChat({ tcp: LOOPBACK, http: LOOPBACK });
    if (kit === undefined) return;
    await using browser = await PageBrowser.launch(kit);
    const url = `http://127.0.0.1:${server.httpAddr?.port}/`;
    const anna = await browser.open(url);
    const bob = await browser.open(url);
    await anna.enter("anna");
    await bob.enter("bob");
    await anna.type("from the first tab");
    await bob.hears("from the first tab");

    await t.step(
      "a second tab is the same user, and shows own words as own",
      async () => {
        const second = await anna.openTab(url);
        await second.is("online");
        await second.hears("from the first tab");
        await second.type("/join cats");
        await second.sees("#cats");
        await anna.page.locator('[data-key="#cats"]').waitFor();
        await anna.type("from the first tab again");
        await second.page.locator('[data-key="#lobby"]').click();
        await second.hears("from the first tab again");
        await second.type("from the second tab");
        await anna.hears("from the second tab");
        const words = [
          "You: from the first tab",
          "You: from the first tab again",
          "You: from the second tab",
        ];
        assertEquals(await anna.said(), words);
        assertEquals(await second.said(), words);
        const people = bob.page.locator("#people-list .label");
        assertEquals(await people.allTextContents(), ["anna", "bob"]);
        await second.page.close();
        assertEquals(second.complaints, []);
      },
    );

    await t.step(
      "a tab that is closed and opened again is the same user",
      async () => {
        await anna.page.reload();
        await anna.is("online");
        const third = await anna.openTab(url);
        await third.is("online");
        await anna.page.close();
        await third.type("after the first was closed");
        await bob.hears("after the first was closed");
        await third.page.close();
        const fourth = await anna.openTab(url);
        await fourth.is("online");
        await fourth.hears("after the first was closed");
        const people = bob.page.locator("#people-list .label");
        assertEquals(await people.allTextContents(), ["anna", "bob"]);
        const last = (await fourth.said()).at(-1);
        assertEquals(last, "You: after the first was closed");
        await fourth.page.close();
      },
    );

    await t.step("another device joins by a link, by keys alone", async () => {
      const { keyboard } = bob.page;
      await bob.page.locator("#add-device").focus();
      await keyboard.press("Enter");
      await bob.page.locator("#link-dialog[open]").waitFor();
      await bob.page.locator("#link-text:focus").waitFor();
      const link = await bob.page.locator("#link-text").inputValue();
      assert(link.startsWith(`${url}#link=`));
      await keyboard.press("Tab");
      await keyboard.press("Enter");
      await bob.page.locator("#link-done:not(:empty)").waitFor();
      await bob.shoot("link-1280-light");
      await keyboard.press("Escape");
      const phone = await browser.open(link, {
        viewport: { width: 360, height: 720 },
        colorScheme: "dark",
        reducedMotion: "reduce",
      });
      await phone.is("online");
      assertEquals(await phone.page.evaluate("location.href"), url);
      await phone.hears("after the first was closed");
      await phone.type("from the phone");
      await bob.hears("from the phone");
      assertEquals((await bob.said()).at(-1), "You: from the phone");
      assertEquals(await phone.page.locator(".badge").count(), 0);
      await phone.page.locator("#open-menu").click();
      const moving = "document.getAnimations().length";
      assertEquals(await phone.page.evaluate(moving), 0);
      await phone.shoot("drawer-360-dark");
      await phone.page.locator("#add-device").click();
      await phone.page.locator("#link-dialog[open]").waitFor();
      await phone.shoot("link-360-dark");
      const late = await browser.open(link);
      await late.page.locator("#enter-error:not(:empty)").waitFor();
      assertEquals(
        await late.page.locator("#enter-error").textContent(),
        "The link is not valid any more.",
      );
      // A link that is pasted where the page is open works as well.
      await late.page.goto(await phone.page.locator("#link-text").inputValue());
      await late.is("online");
      await late.page.locator("#me-name", { hasText: "bob" }).waitFor();
      assertEquals(await late.page.evaluate("location.href"), url);
      assertEquals([...phone.complaints, ...bob.complaints], []);
    });

    await t.step(
      "leaving on one device ends the others, and says so before",
      async () => {
        const tab = await bob.openTab(url);
        await tab.is("online");
        await bob.page.locator("#quit").click();
        await bob.page.locator("#form-about", {
          hasText: "in all tabs and on all your devices",
        }).waitFor();
        await bob.page.keyboard.press("Escape");
        await bob.page.locator("#message:focus").waitFor();
        await bob.leave();
        await tab.page.locator("#enter-nickname:focus").waitFor();
        assertEquals(await tab.said(), []);
        for (const { page } of [bob, tab]) {
          await page.locator("#enter-status", { hasText: "have left the chat" })
            .waitFor();
        }
        await tab.enter("bertha");
        // The other tab is at the entrance, and follows.
        await bob.is("online");
        await bob.page.locator("#me-name", { hasText: "bertha" }).waitFor();
        await bob.page.locator("#message:focus").waitFor();
        await bob.type("/quit");
        for (const { page } of [bob, tab]) {
          await page.locator("#enter-nickname:focus").waitFor();
        }
        assertEquals([...bob.complaints, ...tab.complaints], []);
      },
    );
  },
});

Deno.test({
  name: "The page of a chat that is not open to all",
  ignore: kit === undefined,
  fn: async (t) => {
    await using server = serveChat({
      tcp: LOOPBACK,
      http: LOOPBACK,
      access: { password: "a good password" },
    });
    if (kit === undefined) return;
    await using browser = await PageBrowser.launch(kit);
    const url = `http://127.0.0.1:${server.httpAddr?.port}/`;
    const anna = await browser.open(url);
    const { keyboard } = anna.page;

    await t.step(
      "asks for the password, and keeps it out of the storage",
      async () => {
        await anna.page.locator("#enter-nickname:focus").waitFor();
        await keyboard.type("anna");
        await keyboard.press("Enter");
        await anna.page.locator("#access-secret:focus").waitFor();
        await anna.shoot("access-1280-light");
        await keyboard.type("a bad password");
        await keyboard.press("Enter");
        const error = anna.page.locator("#access-error:not(:empty)");
        await error.waitFor();
        assertEquals(await error.textContent(), "The password is wrong.");
        await anna.page.emulateMedia({ colorScheme: "dark" });
        await anna.page.setViewportSize({ width: 360, height: 720 });
        await anna.shoot("access-360-dark");
        await keyboard.press("Control+A");
        await keyboard.type("a good password");
        await keyboard.press("Enter");
        await anna.page.locator("#message:focus").waitFor();
        const stored = await anna.page.evaluate<string>(
          "JSON.stringify([localStorage, sessionStorage])",
        );
        assert(stored.includes("anna"));
        assertEquals(stored.includes("a good password"), false);
        // The session is enough as long as the server has it.
        await anna.page.reload();
        await anna.is("online");
        assertEquals(anna.complaints, []);
      },
    );

    await t.step("speaks Chinese", async () => {
      const ming = await browser.open(url, { locale: "zh-CN" });
      await ming.page.locator("#enter-nickname:focus").waitFor();
      await ming.page.keyboard.type("ming");
      await ming.page.keyboard.press("Enter");
      await ming.page.locator("#access-secret:focus").waitFor();
      await ming.shoot("access-zh");
    });
  },
});

Deno.test({
  name: "The page lets users in by invitations",
  ignore: kit === undefined,
  fn: async () => {
    using invitations = await openInvitations(":memory:");
    const create = () =>
      new Invitations(invitations).create({ time: 60_000, uses: 1 });
    await using server = serveChat({
      tcp: LOOPBACK,
      http: LOOPBACK,
      access: { invitations },
      operatorToken: "a token of operators",
    });
    if (kit === undefined) return;
    await using browser = await PageBrowser.launch(kit);
    const url = `http://127.0.0.1:${server.httpAddr?.port}/`;
    const token = await create();
    const anna = await browser.open(`${url}#invite=${token}`);
    assertEquals(await anna.page.evaluate("location.href"), url);
    await anna.enter("anna");
    await anna.page.reload();
    await anna.is("online");
    const bob = await browser.open(`${url}#invite=${token}`);
    await bob.page.locator("#enter-nickname:focus").waitFor();
    await bob.page.keyboard.type("bob");
    await bob.page.keyboard.press("Enter");
    await bob.page.locator("#access-error:not(:empty)").waitFor();
    await bob.shoot("invitation-1280-light");
    const link = `${url}#invite=${await create()}`;
    await bob.page.keyboard.insertText(link);
    await bob.page.keyboard.press("Enter");
    await bob.is("online");

    // An operator invites somebody else.
    await bob.type("/operator a token of operators");
    await bob.page.locator("#notice-text", { hasText: "operator" }).waitFor();
    await bob.page.locator("#room-menu").click();
    await bob.page.locator("#menu-list button", { hasText: "into the chat" })
      .click();
    await bob.page.locator("#link-dialog[open]").waitFor();
    await bob.shoot("invite-link-1280-light");
    const invitation = await bob.page.locator("#link-text").inputValue();
    const carl = await browser.open(invitation, { locale: "zh-CN" });
    assertEquals(await carl.page.evaluate("location.href"), url);
    await carl.enter("carl");
    await bob.page.keyboard.press("Escape");
    await bob.page.locator("#message:focus").waitFor();
    await bob.type("hello carl");
    await carl.hears("hello carl");
    const { page } = carl;
    const close = () => page.keyboard.press("Escape");
    await page.locator("#room-menu").click();
    await page.locator("#menu-dialog[open]").waitFor();
    await carl.shoot("room-menu-zh");
    assertEquals(await page.evaluate(ENGLISH_TEXTS), []);
    await page.locator("#menu-list li:last-child button").click();
    await page.locator("#form-token:focus").waitFor();
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await page.locator("#form-error:not(:empty)").waitFor();
    assertEquals(await page.evaluate(ENGLISH_TEXTS), []);
    await page.keyboard.press("Control+A");
    await page.keyboard.type("a token of operators");
    await page.keyboard.press("Enter");
    await page.locator("#form-dialog").waitFor({ state: "hidden" });
    await page.locator("#people-list button", { hasText: "bob" }).click();
    for (const at of [3, 4, 5]) {
      await page.locator(`#menu-list li:nth-child(${at}) button`).click();
      await page.locator("#form-dialog[open]").waitFor();
      assertEquals(await page.evaluate(ENGLISH_TEXTS), []);
      await close();
      await page.locator("#people-list button", { hasText: "bob" }).click();
    }
    await close();
    await page.locator("#open-search").click();
    await page.keyboard.type("hello");
    await page.keyboard.press("Enter");
    await page.locator("#search-state:not(:empty)").waitFor();
    await carl.shoot("search-zh");
    assertEquals(await page.evaluate(ENGLISH_TEXTS), []);
    await close();
    await page.locator(".message", { hasText: "hello carl" }).hover();
    await page.locator(".message-bar .round:visible").first().click();
    await page.locator("#mode:visible").waitFor();
    const mode = await page.locator("#mode-text").textContent();
    assertEquals(mode, "回复 bob：hello carl");
    assertEquals([...bob.complaints, ...carl.complaints], []);
  },
});
