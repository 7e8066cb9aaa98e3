import { assert, assertEquals } from "@std/assert";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { JsonUser } from "../_json_user.ts";
import { findBrowser, PageBrowser, type PageUser } from "./_page_browser.ts";
import { FAINT_TEXTS } from "./_page_contrast.ts";

const kit = await findBrowser();

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };
const TOKEN = "a token of operators";

/** Chooses an entry of the menu that is open, by the keys alone. */
async function choose({ page }: PageUser, label: string): Promise<void> {
  await page.locator("#menu-dialog[open]").waitFor();
  const entries = await page.locator("#menu-list button").allTextContents();
  const at = entries.indexOf(label);
  assert(at >= 0, `${label} in ${entries}`);
  for (let step = 0; step < at; step++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
}

/** Opens the menu of somebody in the list of people. */
async function openUser({ page }: PageUser, nickname: string): Promise<void> {
  await page.locator("#people-list button", { hasText: nickname }).focus();
  await page.keyboard.press("Enter");
}

Deno.test({
  name: "The page keeps order in rooms, by keys alone",
  ignore: kit === undefined,
  fn: async (t) => {
    await using server = serveChat({
      ...{ tcp: LOOPBACK, http: LOOPBACK, operatorToken: TOKEN },
    });
    if (kit === undefined) return;
    await using browser = await PageBrowser.launch(kit);
    const url = `http://127.0.0.1:${server.httpAddr?.port}/`;
    const anna = await browser.open(url);
    const bob = await browser.open(url);
    await anna.enter("anna");
    await bob.enter("bob");
    const { page } = anna;
    const { keyboard } = page;
    const notice = (text: string) =>
      page.locator("#notice-text", { hasText: text }).waitFor();

    await t.step("ignores somebody, and no longer", async () => {
      await openUser(anna, "bob");
      await anna.shoot("user-menu-1280-light");
      await choose(anna, "Ignore");
      await notice("no more messages of bob");
      await bob.type("not for anna");
      await bob.hears("not for anna");
      await openUser(anna, "bob");
      await choose(anna, "Stop ignoring");
      await notice("the messages of bob again");
      await bob.type("for anna again");
      await anna.hears("for anna again");
      assertEquals(await anna.said(), ["bob: for anna again"]);
    });

    await t.step("opens private talk from a name", async () => {
      await page.locator(".author .name", { hasText: "bob" }).click();
      await choose(anna, "Private message");
      await anna.sees("bob");
      await anna.type("psst");
      await bob.page.locator(".badge.mention").waitFor();
      await keyboard.press("Alt+ArrowUp");
      await anna.sees("#lobby");
    });

    await t.step("offers to lock no room that is not the user's", async () => {
      await page.locator("#room-menu").focus();
      await keyboard.press("Enter");
      await page.locator("#menu-dialog[open]").waitFor();
      assertEquals(await page.locator("#menu-list .entry").allTextContents(), [
        ...["Change the topic", "Invite a user…", "Become an operator…"],
      ]);
      await keyboard.press("Escape");
    });

    await t.step("locks a room, and invites somebody", async () => {
      await anna.type("/join club");
      await anna.sees("#club");
      await page.locator("#room-menu").focus();
      await keyboard.press("Enter");
      await choose(anna, "Let in invited users only");
      await notice("is by invitation now");
      await bob.type("/join club");
      await bob.page.locator(".notice.error", { hasText: "by invitation only" })
        .waitFor();
      await page.locator("#room-menu").focus();
      await keyboard.press("Enter");
      await choose(anna, "Invite a user…");
      await page.locator("#form-nickname:focus").waitFor();
      await keyboard.type("nobody");
      await keyboard.press("Enter");
      await page.locator("#form-error:not(:empty)").waitFor();
      await anna.shoot("invite-1280-light");
      await keyboard.press("Control+A");
      await keyboard.type("bob");
      await keyboard.press("Enter");
      await notice("bob is invited");
      await bob.page.locator("#notice-text", { hasText: "club" }).waitFor();
      await bob.type("/join club");
      await bob.sees("#club");
      await page.locator("#room-menu").focus();
      await keyboard.press("Enter");
      await choose(anna, "Let everyone in");
      await notice("is open to everyone");
    });

    await t.step("becomes an operator, and mutes, kicks and bans", async () => {
      await page.locator("#room-menu").focus();
      await keyboard.press("Enter");
      await choose(anna, "Become an operator…");
      await page.locator("#form-token:focus").waitFor();
      await keyboard.type("wrong");
      await keyboard.press("Enter");
      await page.locator("#form-error:not(:empty)").waitFor();
      await keyboard.press("Control+A");
      await keyboard.type(TOKEN);
      await keyboard.press("Enter");
      await notice("You are an operator now.");
      await openUser(anna, "bob");
      await anna.shoot("operator-menu-1280-light");
      await choose(anna, "Mute…");
      await page.locator("#form-minutes:focus").waitFor();
      await anna.shoot("mute-1280-light");
      await keyboard.press("Enter");
      await notice("bob is muted");
      await bob.type("I am not");
      await bob.page.locator(".stuck", { hasText: "has muted you" }).waitFor();
      await bob.page.locator(".stuck .link", { hasText: "Discard" }).click();
      await openUser(anna, "bob");
      await choose(anna, "Mute…");
      await keyboard.type("0");
      await keyboard.press("Enter");
      await page.locator("#form-dialog").waitFor({ state: "hidden" });
      await bob.page.locator("#message").focus();
      await bob.type("I may write");
      await anna.hears("I may write");
      // An operator deletes what others have written.
      await page.locator("#log").focus();
      await keyboard.press("ArrowUp");
      await keyboard.press("Tab");
      await keyboard.press("Tab");
      await page.locator('[title="Delete"]:focus').waitFor();
      await keyboard.press("Enter");
      await keyboard.press("Enter");
      await bob.hears("This message was deleted.");
      await openUser(anna, "bob");
      await choose(anna, "Kick…");
      await page.locator("#form-reason:focus").waitFor();
      await keyboard.type("too loud");
      await keyboard.press("Enter");
      await notice("bob was kicked.");
      await bob.page.locator("#status-text", { hasText: "too loud" }).waitFor();
    });

    await t.step(
      "names all that was added for screen readers, on a phone",
      async () => {
        await page.setViewportSize({ width: 360, height: 720 });
        await page.emulateMedia({ colorScheme: "dark" });
        await page.locator("#room-menu").click();
        await page.locator("#menu-dialog[open]").waitFor();
        assertEquals(await page.evaluate(FAINT_TEXTS), []);
        await anna.shoot("room-menu-360-dark");
        const devTools = await page.context().newCDPSession(page);
        const { nodes } = await devTools.send("Accessibility.getFullAXTree");
        const roles = new Set(["button", "textbox", "dialog"]);
        const nameless = nodes.filter(({ ignored, role, name }) =>
          !ignored && roles.has(role?.value ?? "") && !name?.value
        );
        assertEquals(nameless, []);
        await keyboard.press("Escape");
        // A list that covers the conversation goes when something is chosen.
        await page.locator("#open-menu").click();
        await page.locator("#open-search").click();
        await keyboard.press("Escape");
        await page.locator("#message:focus").waitFor();
        assertEquals(await page.locator(".drawer:popover-open").count(), 0);
        await page.locator("#open-people").click();
        await page.locator("#people-list button", { hasText: "you" }).click();
        await page.locator("#open-people").waitFor({ state: "hidden" });
        assertEquals(
          await page.evaluate(
            'document.querySelectorAll(":popover-open").length',
          ),
          0,
        );
        assertEquals([...anna.complaints, ...bob.complaints], []);
      },
    );
  },
});

Deno.test({
  name: "The page shows the people of a full room in pages",
  ignore: kit === undefined,
  fn: async () => {
    await using server = serveChat({ tcp: LOOPBACK, http: LOOPBACK });
    if (kit === undefined) return;
    await using browser = await PageBrowser.launch(kit);
    const anna = await browser.open(
      `http://127.0.0.1:${server.httpAddr?.port}/`,
      { viewport: { width: 1280, height: 800 } },
    );
    using stack = new DisposableStack();
    for (let at = 0; at < 130; at++) {
      stack.use(await JsonUser.enter(server.httpAddr, `user${at}`));
    }
    await anna.enter("zoe");
    const { page } = anna;
    const people = page.locator("#people-list .entry");
    await page.locator("#people-title", { hasText: "131 people" }).waitFor();
    assertEquals(await people.count(), 100);
    await anna.shoot("people-1280-light");
    await page.locator("#more-people").focus();
    await page.keyboard.press("Enter");
    await page.locator("#people-list li:nth-child(131)").waitFor();
    await page.locator("#more-people").waitFor({ state: "hidden" });
    stack.use(await JsonUser.enter(server.httpAddr, "late"));
    await page.locator("#people-title", { hasText: "132 people" }).waitFor();
    assertEquals(anna.complaints, []);
  },
});
