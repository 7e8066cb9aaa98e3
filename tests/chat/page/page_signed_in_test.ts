import { assertEquals } from "@std/assert";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { findBrowser, PageBrowser } from "./_page_browser.ts";
import { SigningProxy, USER_HEADER } from "../_signing_proxy.ts";

const kit = await findBrowser();

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

Deno.test({
  name: "The page of users whom a proxy has signed in",
  ignore: kit === undefined,
  fn: async (t) => {
    await using server = serveChat({
      http: { ...LOOPBACK, trustedProxies: { from: ["127.0.0.1"] } },
      access: { userHeader: USER_HEADER },
    });
    const chat = server.httpAddr;
    if (kit === undefined || chat === undefined) return;
    await using proxy = new SigningProxy(chat, "anna");
    await using browser = await PageBrowser.launch(kit);
    const anna = await browser.open(proxy.url);

    await t.step(
      "asks for no nickname, and is one user everywhere",
      async () => {
        await anna.page.locator("#message:focus").waitFor();
        await anna.page.locator("#me-name", { hasText: "anna" }).waitFor();
        const phone = await browser.open(proxy.url);
        await phone.is("online");
        await phone.type("from the phone");
        await anna.hears("from the phone");
        assertEquals([...anna.complaints, ...phone.complaints], []);
      },
    );

    await t.step("lets a user who has left come back by a key", async () => {
      await anna.type("/quit");
      await anna.page.locator("#enter-form button:focus").waitFor();
      await anna.shoot("signed-in-1280-light");
      assertEquals(
        await anna.page.locator("#enter-nickname:visible").count(),
        0,
      );
      await anna.page.keyboard.press("Enter");
      await anna.is("online");
    });

    await t.step(
      "keeps what is typed before there is a connection",
      async () => {
        proxy.user = undefined;
        const early = await browser.open(proxy.url);
        await early.page.locator("#message:focus").waitFor();
        await early.type("too early");
        await early.page.locator("#composer-error:not(:empty)").waitFor();
        proxy.user = "anna";
        await early.sees("#lobby");
        assertEquals(
          await early.page.locator("#composer-error:empty").count(),
          1,
        );
        await early.page.keyboard.press("Enter");
        await anna.hears("too early");
      },
    );

    await t.step("loads itself again to have the user signed in", async () => {
      proxy.signOut();
      await anna.page.locator("#retry:visible").waitFor();
      await anna.page.evaluate("globalThis.isOld = true");
      await anna.page.locator("#retry").click();
      proxy.user = "anna";
      await anna.page.locator("#app[data-status=online]").waitFor();
      assertEquals(await anna.page.evaluate("globalThis.isOld"), undefined);
    });

    await t.step("tells of a name that can't be a nickname", async () => {
      await using other = new SigningProxy(chat, "bad name");
      const bad = await browser.open(other.url);
      await bad.page.locator("#enter-error", { hasText: "bad name" }).waitFor();
      await bad.shoot("signed-in-bad-name");
      // Two spellings of a name are two accounts, of which one has it.
      other.user = "Anna";
      await bad.page.keyboard.press("Enter");
      await bad.page.locator("#enter-error", { hasText: "taken" }).waitFor();
      await anna.type("/quit");
      await bad.page.keyboard.press("Enter");
      await bad.is("online");
      await bad.page.locator("#me-name", { hasText: "Anna" }).waitFor();
      assertEquals(bad.complaints, []);
    });
  },
});
