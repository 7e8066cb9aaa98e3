import { assertEquals } from "@std/assert";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { CuttableLink } from "../_cuttable_link.ts";
import { findBrowser, PageBrowser } from "./_page_browser.ts";
import { FAINT_TEXTS } from "./_page_contrast.ts";

const kit = await findBrowser();

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

/** Holds messages of the server from the first `entered` on, until `letIn()`. */
const HOLD_ROOMS = `globalThis.WebSocket = class extends WebSocket {
  set onmessage(take) {
    let held;
    globalThis.letIn = () => {
      for (const event of held ?? []) take(event);
      held = undefined;
      super.onmessage = take;
    };
    super.onmessage = (event) => {
      if (JSON.parse(event.data).type === "entered") held ??= [];
      if (held) held.push(event);
      else take(event);
    };
  }
}, 0`;

Deno.test({
  name: "The page changes, deletes and answers messages",
  ignore: kit === undefined,
  fn: async (t) => {
    await using server = serveChat({ tcp: LOOPBACK, http: LOOPBACK });
    await using link = new CuttableLink(server.httpAddr);
    if (kit === undefined) return;
    await using browser = await PageBrowser.launch(kit);
    const url = `http://127.0.0.1:${link.port}/`;
    const anna = await browser.open(url);
    const bob = await browser.open(url);
    await anna.enter("anna");
    await bob.enter("bob");
    const { keyboard } = anna.page;
    const typed = () => anna.page.locator("#message").inputValue();

    await t.step(
      "the arrow key changes the last message, Esc does not",
      async () => {
        await anna.type("a mistke");
        await bob.hears("a mistke");
        await anna.hears("a mistke");
        await keyboard.press("ArrowUp");
        await anna.page.locator("#mode:visible").waitFor();
        assertEquals(await typed(), "a mistke");
        await keyboard.press("Escape");
        await anna.page.locator("#mode:visible").waitFor({ state: "hidden" });
        assertEquals(await typed(), "");
        await keyboard.press("ArrowUp");
        await keyboard.press("Control+A");
        await anna.type("a mistake");
        await bob.hears("a mistake");
        await bob.page.locator(".bubble small", { hasText: "edited" })
          .waitFor();
        await anna.hears("a mistake");
        assertEquals(await typed(), "");
        assertEquals(await anna.said(), ["You: a mistake"]);
      },
    );

    await t.step(
      "answers a message by keys alone, and leads to it",
      async () => {
        for (let at = 0; at < 4; at++) {
          await anna.type(`${"filler\n".repeat(12)}${at}`);
        }
        await bob.hears("filler 3");
        // From the field back to the log, to the first message, and to its button.
        await bob.page.locator("#log").focus();
        for (let at = 0; at < 5; at++) {
          await bob.page.keyboard.press("ArrowUp");
        }
        await bob.page.locator(".message:focus", { hasText: "a mistake" })
          .waitFor();
        await bob.page.keyboard.press("Tab");
        await bob.page.keyboard.press("Enter");
        await bob.page.locator("#mode:visible", { hasText: "anna: a mistake" })
          .waitFor();
        await bob.page.locator("#message:focus").waitFor();
        await bob.type("no problem");
        const quote = anna.page.locator(".quote", { hasText: "a mistake" });
        await quote.waitFor();
        await bob.page.locator(".own:not(.pending) .quote").waitFor();
        await anna.shoot("reply-1280-light");
        await quote.focus();
        await keyboard.press("Enter");
        await anna.page.locator(".message.shown:focus", {
          hasText: "a mistake",
        })
          .waitFor();
        await anna.shoot("reply-shown-1280-light");
        await keyboard.press("Escape");
      },
    );

    await t.step("changes and deletes by the pointer", async () => {
      await anna.page.locator(".message", { hasText: "a mistake" }).first()
        .hover();
      await anna.page.locator('[title="Edit"]').click();
      await anna.page.locator("#mode:visible").waitFor();
      await keyboard.press("Control+A");
      await anna.type("no mistake");
      await bob.hears("no mistake");
      await bob.page.locator(".quote", { hasText: "no mistake" }).waitFor();
      const last = bob.page.locator(".message:last-child");
      await last.hover();
      await bob.page.locator('[title="Delete"]').click();
      await bob.page.locator("#form-submit:focus").waitFor();
      await bob.shoot("delete-1280-light");
      await bob.page.keyboard.press("Enter");
      await anna.hears("This message was deleted.");
      await bob.page.locator("#message:focus").waitFor();
      // Others have no such buttons for it, and none for the deleted one.
      await bob.page.locator(".message", { hasText: "no mistake" }).first()
        .hover();
      assertEquals(
        await bob.page.locator(".message-bar .round:visible").count(),
        1,
      );
    });

    await t.step("shows what was changed while it was away", async () => {
      await bob.type("before");
      await anna.hears("before");
      link.cut();
      await anna.is("waiting");
      link.mend();
      await anna.is("online");
      await bob.is("online");
      await bob.page.keyboard.press("ArrowUp");
      await bob.page.keyboard.press("Control+A");
      await bob.type("after");
      await anna.hears("after");
      await anna.page.reload();
      await anna.is("online");
      await anna.hears("after");
      await anna.hears("This message was deleted.");
      await anna.page.locator(".bubble small", { hasText: "edited" }).first()
        .waitFor();
    });

    await t.step("sends a text once the first room is there", async () => {
      const dora = await browser.open(url);
      await dora.page.evaluate(HOLD_ROOMS);
      await dora.enter("dora");
      await dora.page.locator('#app[data-status="online"]').waitFor();
      const typed = dora.page.locator("#message");
      await dora.type("typed");
      await dora.page.keyboard.insertText(" in a hurry");
      assertEquals(await typed.inputValue(), "typed in a hurry");
      await dora.page.evaluate("letIn()");
      await dora.sees("#lobby");
      // It was changed after it was sent: that is for the user to end.
      assertEquals(await typed.inputValue(), "typed in a hurry");
      await dora.leave();
      await dora.enter("dora");
      await dora.page.locator('#app[data-status="online"]').waitFor();
      await dora.type("sent in a hurry");
      assertEquals(
        await dora.page.locator("#composer-error").textContent(),
        "",
      );
      assertEquals(await typed.inputValue(), "sent in a hurry");
      await dora.page.evaluate("letIn()");
      await anna.hears("sent in a hurry");
      assertEquals(await typed.inputValue(), "");
      const said = (await dora.said()).filter((line) => line.includes("hurry"));
      assertEquals(said, ["You: sent in a hurry"]);
      assertEquals(dora.complaints, []);
    });

    await t.step("fits a phone, light and dark", async () => {
      await anna.page.setViewportSize({ width: 360, height: 720 });
      await bob.type(
        "anna, this is a long one that is to be answered on a phone, whatever its width may be",
      );
      await anna.hears("this is a long one");
      await anna.page.locator(".message", { hasText: "this is a long" })
        .click();
      for (const colorScheme of ["light", "dark"] as const) {
        await anna.page.emulateMedia({ colorScheme });
        await anna.shoot(`bar-360-${colorScheme}`);
      }
      await anna.page.locator('[title="Reply"]').click();
      await anna.page.locator("#mode:visible").waitFor();
      assertEquals(await anna.page.evaluate(FAINT_TEXTS), []);
      await anna.shoot("mode-360-dark");
      await anna.type("yes, it fits");
      await bob.hears("yes, it fits");
      await anna.page.locator(".own:not(.pending) .quote").first().waitFor();
      assertEquals(
        await anna.page.evaluate("document.documentElement.scrollWidth"),
        360,
      );
      await anna.shoot("quote-360-dark");
      await anna.page.reload();
      await anna.page.locator(".own .quote", { hasText: "a long one" })
        .waitFor();
      assertEquals([...anna.complaints, ...bob.complaints], []);
    });
  },
});
