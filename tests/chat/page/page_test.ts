import { assert, assertEquals } from "@std/assert";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { CuttableLink } from "../_cuttable_link.ts";
import { findBrowser, PageBrowser, type PageUser } from "./_page_browser.ts";
import { ENGLISH_TEXTS } from "./_page_english.ts";
import { FAINT_TEXTS } from "./_page_contrast.ts";
import { SocketUser } from "../_socket_user.ts";

const kit = await findBrowser();

const SCREENS = [
  { width: 360, height: 720 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
];

/** All of Markdown that the page shows. */
const MARKDOWN = [
  "**strong *both*** and *soft*, `co<b>de` in https://example.com/m",
  "```ts",
  "if (a < b) *go*();",
  "```",
  "> said <i>before</i>",
  "end",
].join("\n");

/** How wide the page is, and how much wider the messages than their place. */
const WIDTHS = `[
  document.documentElement.scrollWidth,
  document.getElementById("log").scrollWidth -
    document.getElementById("log").clientWidth,
]`;

function startServer() {
  return serveChat({
    tcp: { hostname: "127.0.0.1", port: 0 },
    http: { hostname: "127.0.0.1", port: 0 },
    name: "Test chat",
  });
}

/** Somebody's words in the order in which they are shown. */
async function wordsOf(user: PageUser, start: string): Promise<string[]> {
  return (await user.said()).map((line) => line.replace(/^[^:]*: /, ""))
    .filter((text) => text.startsWith(start));
}

Deno.test({
  name: "The page in Chromium",
  ignore: kit === undefined,
  fn: async (t) => {
    await using server = startServer();
    await using link = new CuttableLink(server.httpAddr);
    if (kit === undefined) return;
    await using browser = await PageBrowser.launch(kit);
    const url = `http://127.0.0.1:${link.port}/`;
    const anna = await browser.open(url);
    const bob = await browser.open(url);
    using carl = await SocketUser.enter(server.tcpAddr, "carl");

    await t.step(
      "tells why a nickname can't be had, and takes another",
      async () => {
        await anna.page.keyboard.type("CARL");
        await anna.page.keyboard.press("Enter");
        const error = anna.page.locator("#enter-error:not(:empty)");
        await error.waitFor();
        assert((await error.textContent())?.includes("taken"));
        await anna.enter("anna");
        await bob.enter("bob");
      },
    );

    await t.step(
      "two pages and a TCP user hear each other once, in one order",
      async () => {
        await anna.type("one from anna");
        await bob.hears("one from anna");
        await bob.type("two from bob");
        await anna.hears("two from bob");
        await carl.type("three from carl\n");
        await anna.hears("three from carl");
        await bob.hears("three from carl");
        const lines = (name: string) => [
          `${name === "anna" ? "You" : "anna"}: one from anna`,
          `${name === "bob" ? "You" : "bob"}: two from bob`,
          "carl: three from carl",
        ];
        assertEquals(await anna.said(), lines("anna"));
        assertEquals(await bob.said(), lines("bob"));
        assertEquals(await carl.take(4), [
          "*** anna (user 2) has joined.",
          "*** bob (user 3) has joined.",
          "anna: one from anna",
          "bob: two from bob",
        ]);
      },
    );

    await t.step(
      "tells of people who join, leave and rename themselves",
      async () => {
        using dora = await SocketUser.enter(server.tcpAddr, "dora");
        await dora.type("/nick dorothy\nbyebye\n");
        const left = anna.page.locator(".notice.left", { hasText: "dorothy" });
        await left.waitFor();
        await bob.type("/nick robert");
        await anna.page.locator(".notice.renamed", { hasText: "robert" })
          .waitFor();
        const people = anna.page.locator("#people-list .label");
        assertEquals(await people.allTextContents(), [
          "anna",
          "carl",
          "robert",
        ]);
        await bob.type("/nick bob");
        await anna.page.locator(".notice", {
          hasText: "robert is now called bob",
        })
          .waitFor();
      },
    );

    await t.step("whispers, and marks what is unread", async () => {
      await anna.type("/msg carl just for you");
      await anna.sees("carl");
      await anna.hears("just for you");
      for (;;) {
        if (await carl.next() === "[private] anna to carl: just for you") break;
      }
      await bob.type("while anna is elsewhere");
      await bob.type("and again");
      await anna.page.locator('[data-key="#lobby"] .badge', { hasText: "2" })
        .waitFor();
      assertEquals(await anna.page.title(), "(2) carl – Test chat");
      await anna.page.keyboard.press("Alt+ArrowUp");
      await anna.sees("#lobby");
      assertEquals(await anna.page.locator(".marker").count(), 1);
      assertEquals(await anna.page.locator(".badge").count(), 0);
      assertEquals(await anna.page.title(), "#lobby – Test chat");
      await carl.type("/msg anna thanks\n");
      await anna.page.locator(".badge.mention").waitFor();
      await anna.page.keyboard.press("Alt+ArrowDown");
      await anna.sees("carl");
      assertEquals(await anna.said(), [
        "You: just for you",
        "carl: thanks",
      ]);
      await anna.page.keyboard.press("Alt+ArrowUp");
    });

    await t.step(
      "sends messages no faster than the server likes",
      async () => {
        const lines = Array.from({ length: 7 }, (_, at) => `quick ${at}`);
        for (const line of lines) await anna.type(line);
        await bob.hears("quick 6");
        assertEquals(await wordsOf(bob, "quick"), lines);
        assertEquals(await anna.page.locator(".warning").count(), 0);
      },
    );

    await t.step("sends lines as one message", async () => {
      await anna.page.keyboard.type("first line");
      await anna.page.keyboard.press("Shift+Enter");
      await anna.type("  /quit\n\n*** third line\n");
      await bob.hears("third line");
      const text = "first line\n  /quit\n\n*** third line";
      assertEquals(await wordsOf(bob, "first"), [text]);
      assertEquals(await wordsOf(anna, "first"), [text]);
      for (;;) if (await carl.next() === "anna: first line") break;
      assertEquals(await carl.take(3), [
        ...["  |   /quit", "  |", "  | ** third line"],
      ]);
    });

    await t.step("completes names and commands by Tab", async () => {
      const { keyboard } = anna.page;
      const typed = () =>
        anna.page.evaluate('document.getElementById("message").value');
      await keyboard.type("bo");
      await keyboard.press("Tab");
      assertEquals(await typed(), "bob: ");
      await keyboard.insertText("see c");
      await keyboard.press("Tab");
      assertEquals(await typed(), "bob: see carl ");
      // Without a word, the key goes on to the next control.
      await keyboard.press("Tab");
      await anna.page.locator(".send:focus").waitFor();
      await keyboard.press("Shift+Tab");
      await anna.page.locator("#message:focus").waitFor();
      await keyboard.press("Control+A");
      await keyboard.type("/to");
      await keyboard.press("Tab");
      assertEquals(await typed(), "/topic ");
      await keyboard.press("Control+A");
      await keyboard.press("Delete");
    });

    await t.step("notifies of mentions while it is hidden", async () => {
      const { page } = anna;
      // The browser's own notifications can't be seen by a test.
      await page.evaluate(`{
        globalThis.notified = [];
        globalThis.Notification = class {
          static permission = "default";
          static requestPermission = () =>
            Promise.resolve(Notification.permission = "granted");
          constructor(title, { body }) {
            notified.push(title + ": " + body);
          }
          close() {}
        };
      }`);
      await page.locator("#notify").click();
      await page.locator('#notify[aria-pressed="true"]').waitFor();
      await page.locator("#close-notice").click();
      const hide = (state: string) =>
        page.evaluate(`{
          Object.defineProperty(document, "visibilityState", {
            configurable: true,
            value: "${state}",
          });
          document.dispatchEvent(new Event("visibilitychange"));
        }`);
      await carl.type("anna, are you there?\n");
      await anna.hears("are you there");
      await hide("hidden");
      await carl.type("nothing\nanna: look\n");
      await anna.hears("look");
      await hide("visible");
      assertEquals(await page.evaluate("notified"), [
        "carl in #lobby: anna: look",
      ]);
    });

    await t.step("enters and leaves rooms, and sets a topic", async () => {
      await anna.type("/join cats");
      await anna.sees("#cats");
      await anna.type("/topic All about cats");
      await anna.page.locator("#topic", { hasText: "All about cats" })
        .waitFor();
      await bob.page.locator("#open-join").click();
      await bob.page.locator("#room-list button", { hasText: "cats" })
        .waitFor();
      const rowsOfLabel = `(() => {
        const range = document.createRange();
        range.selectNodeContents(document.querySelector("#join-form button"));
        return range.getClientRects().length;
      })()`;
      assertEquals(await bob.page.evaluate(rowsOfLabel), 1);
      await bob.page.locator("#room-list button", { hasText: "cats" }).click();
      await bob.sees("#cats");
      await bob.type("miaow");
      await anna.hears("miaow");
      await bob.page.locator("#close-conversation").click();
      await bob.sees("#lobby");
      await anna.page.locator(".notice.left", { hasText: "bob" }).waitFor();
      await anna.type("/leave");
      await anna.sees("#lobby");
    });

    await t.step(
      "shows markup as text, and makes links of web addresses alone",
      async () => {
        const attack =
          '<img src=x onerror="document.title=1"><script>alert(1)</script>';
        await carl.type(`${attack}\n`);
        await carl.type(
          "see https://example.com/a?b=c&d, javascript:alert(1) or https://a@b.example/\n",
        );
        await anna.hears("see https");
        assertEquals((await anna.said()).at(-2), `carl: ${attack}`);
        const links = anna.page.locator(".message a");
        assertEquals(await links.count(), 1);
        assertEquals(
          await links.getAttribute("href"),
          "https://example.com/a?b=c&d",
        );
        assertEquals(await links.getAttribute("rel"), "noopener noreferrer");
        assertEquals(await links.getAttribute("target"), "_blank");
      },
    );

    await t.step("shows Markdown, by a few elements alone", async () => {
      await anna.type(MARKDOWN);
      await bob.hears("strong both");
      const last = bob.page.locator(".message:last-child .text *");
      assertEquals(
        await last.evaluateAll((elements) =>
          elements.map(({ tagName, textContent }) => [tagName, textContent])
        ),
        [
          ["SPAN", "strong both and soft, co<b>de in https://example.com/m"],
          ["STRONG", "strong both"],
          ["EM", "both"],
          ["EM", "soft"],
          ["CODE", "co<b>de"],
          ["A", "https://example.com/m"],
          ["PRE", "if (a < b) *go*();"],
          ["CODE", "if (a < b) *go*();"],
          ["BLOCKQUOTE", "said <i>before</i>"],
          ["SPAN", "end"],
        ],
      );
    });

    await t.step("changes and deletes messages", async () => {
      await bob.type("a mistke");
      await bob.hears("a mistke");
      await bob.type("/edit a mistake");
      await anna.hears("a mistake");
      await bob.hears("a mistake");
      const last = anna.page.locator(".message:last-child");
      assertEquals(await last.locator("small").textContent(), "edited");
      await bob.type("/delete");
      await anna.hears("This message was deleted.");
      assertEquals(await last.locator("small").count(), 0);
    });

    await t.step(
      "loses and doubles nothing while the connection is lost",
      async () => {
        for (let round = 1; round <= 3; round++) {
          link.cut();
          await anna.is("waiting");
          await anna.type(`kept ${round}a from anna`);
          await anna.type(`kept ${round}b from anna`);
          await carl.type(`kept ${round}c from carl\n`);
          link.mend();
          await anna.is("online");
          await anna.hears(`kept ${round}b`);
          await anna.hears(`kept ${round}c`);
          await bob.hears(`kept ${round}b`);
          // Cut while an answer may be under way.
          await anna.type(`kept ${round}d from anna`);
        }
        await bob.hears("kept 3d");
        await anna.hears("kept 3d");
        const words = await wordsOf(bob, "kept");
        assertEquals(words.length, 12);
        assertEquals(new Set(words).size, 12);
        assertEquals(await wordsOf(anna, "kept"), words);
      },
    );

    await t.step("goes on after a reload", async () => {
      const before = await anna.said();
      await anna.page.reload();
      await anna.is("online");
      await anna.hears("kept 3d");
      assertEquals((await anna.said()).slice(-12), before.slice(-12));
      await anna.page.locator("#me-name", { hasText: "anna" }).waitFor();
      await bob.type("after the reload");
      await anna.hears("after the reload");
    });

    await t.step("names all controls for screen readers", async () => {
      const devTools = await anna.page.context().newCDPSession(anna.page);
      const { nodes } = await devTools.send("Accessibility.getFullAXTree");
      const roles = new Set(["button", "textbox", "link", "log", "navigation"]);
      const controls = nodes.filter(({ ignored, role }) =>
        !ignored && roles.has(role?.value ?? "")
      );
      assert(controls.length > 8);
      const nameless = controls.filter(({ name }) => !name?.value);
      assertEquals(nameless.map(({ role }) => role?.value), []);
    });

    await t.step("shows the server's commands as a table", async () => {
      await anna.type("/help");
      const row = anna.page.locator(".notice.help .command", {
        hasText: "/rooms",
      });
      assertEquals(await row.textContent(), "/rooms lists the rooms");
    });

    await t.step("fits phones and desktops, light and dark", async () => {
      await carl.type(
        `${"Donaudampfschifffahrt".repeat(20)}\nשלום and hello\n`,
      );
      await anna.hears("שלום");
      await bob.type(MARKDOWN.replace("go", "go".repeat(60)));
      await anna.type(MARKDOWN);
      await anna.page.locator(".message:not(.pending):last-child pre")
        .waitFor();
      for (const colorScheme of ["light", "dark"] as const) {
        for (const screen of SCREENS) {
          await anna.page.emulateMedia({ colorScheme });
          await anna.page.setViewportSize(screen);
          assertEquals(await anna.page.evaluate(FAINT_TEXTS), []);
          await anna.shoot(`${screen.width}-${colorScheme}`);
          const width = await anna.page.evaluate(WIDTHS);
          assertEquals(width, [screen.width, 0]);
        }
      }
    });

    await t.step("speaks Chinese where the browser does", async () => {
      const viewport = SCREENS[0];
      const options = { locale: "zh-CN", viewport };
      const ming = await browser.open(url, options);
      assertEquals(
        await ming.page.locator("h1").first().textContent(),
        "加入聊天室",
      );
      await ming.shoot("zh-entrance");
      await ming.type("anna");
      await ming.page.locator("#enter-error:not(:empty)").waitFor();
      assertEquals(
        await ming.page.locator("#enter-error").textContent(),
        "昵称 anna 已被使用，请更换昵称。",
      );
      await ming.page.keyboard.press("Control+A");
      await ming.enter("小明");
      await ming.hears("שלום");
      await ming.type("/me");
      await ming.page.locator("#composer-error", { hasText: "用法：/me 动作" })
        .waitFor();
      await ming.page.keyboard.press("Control+A");
      await ming.type("/help");
      await ming.page.locator(".notice.help", { hasText: "显示房间列表" })
        .waitFor();
      await ming.shoot("zh-360");
      await ming.page.setViewportSize(SCREENS[2]);
      await ming.page.locator("#open-help").click();
      await ming.page.locator("#help-dialog[open]").waitFor();
      await ming.shoot("zh-1280");
      assertEquals(await ming.page.evaluate(ENGLISH_TEXTS), []);
      assertEquals(ming.complaints, []);
    });

    await t.step("leaves, and shows nothing of what was said", async () => {
      await bob.leave();
      assertEquals(await bob.said(), []);
      await bob.enter("bertha");
      await bob.hears("שלום");
    });

    await t.step("goes on with a server that was restarted", async () => {
      await using other = startServer();
      link.target = other.httpAddr;
      link.cut();
      await anna.is("waiting");
      await anna.type("said to the new server");
      link.mend();
      await anna.is("online");
      await bob.is("online");
      await bob.hears("said to the new server");
      await anna.page.locator(".notice", { hasText: "was restarted" })
        .waitFor();
      await bob.type("bob is here as well");
      await anna.hears("bob is here as well");
      assertEquals((await wordsOf(bob, "said to")).length, 1);
    });

    await t.step("gives the browser nothing to complain about", () => {
      assertEquals(anna.complaints, []);
      assertEquals(bob.complaints, []);
    });
  },
});
