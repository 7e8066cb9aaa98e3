import { assertEquals } from "@std/assert";
import { Notifier } from "../../../../chat/page/state/notifier.js";
import { ChatStore } from "../../../../chat/page/state/store.js";
import { ME, said, YOU } from "../_page.ts";

type Permission = "default" | "denied" | "granted";

/** A browser in which the user has answered, or will answer, a question. */
class FakeNotifications {
  permission: Permission | undefined;
  readonly answer: Permission;
  asked = 0;
  hidden = true;
  readonly shown: [title: string, body: string, tag: string][] = [];
  readonly closed: string[] = [];
  click: (() => void)[] = [];

  constructor(permission: Permission | undefined, answer: Permission) {
    this.permission = permission;
    this.answer = answer;
  }

  system() {
    return {
      permission: () => this.permission,
      ask: () => {
        this.asked++;
        this.permission = this.answer;
        return Promise.resolve(this.answer);
      },
      isHidden: () => this.hidden,
      show: (title: string, { body, tag }: { body: string; tag: string }) => {
        this.shown.push([title, body, tag]);
        const close = () => void this.closed.push(tag);
        const notification = { close, onclick: null };
        this.click.push(() => {
          const { onclick } = notification as { onclick: unknown };
          if (typeof onclick === "function") onclick();
        });
        return notification;
      },
    };
  }
}

function start(
  permission: Permission | undefined,
  { answer = "granted" as Permission, isOn = false } = {},
) {
  const browser = new FakeNotifications(permission, answer);
  const opened: string[] = [];
  const notifier = new Notifier(browser.system(), {
    isOn,
    open: ({ title }) => opened.push(title),
  });
  const store = new ChatStore(() => {}, (...alert) => notifier.tell(...alert));
  store.beginEpoch("e");
  store.setMe(ME);
  store.setWatching(false);
  const lobby = store.openRoom("lobby");
  const hear = (id: number, text: string) =>
    store.receive(lobby, said(id, text), true);
  const whisper = (id: number, text: string) =>
    store.receive(store.openPrivate(YOU), {
      type: "private",
      ...{ id, time: 0, user: YOU, to: ME, text },
    }, true);
  return { browser, notifier, opened, hear, whisper };
}

Deno.test("Notifier asks nobody unless it is told to", async () => {
  const { browser, notifier, hear } = start("default");

  hear(1, "me: hello");
  assertEquals([browser.asked, browser.shown.length], [0, 0]);
  await notifier.toggle();
  assertEquals([browser.asked, notifier.state], [1, "on"]);
});

Deno.test("Notifier tells of mentions and private messages alone", () => {
  const { browser, hear, whisper } = start("granted", { isOn: true });

  hear(1, "hello");
  hear(2, "me: hello\n again");
  whisper(3, "psst");
  assertEquals(browser.shown, [
    ["you in #lobby", "me: hello again", "#lobby"],
    ["you", "psst", "@1"],
  ]);
});

Deno.test("Notifier tells nothing while the page can be seen", () => {
  const { browser, whisper } = start("granted", { isOn: true });

  browser.hidden = false;
  whisper(1, "psst");
  assertEquals(browser.shown, []);
});

Deno.test("Notifier shows no more than an excerpt", () => {
  const { browser, whisper } = start("granted", { isOn: true });

  whisper(1, "🙂".repeat(130));
  const [[, body]] = browser.shown;
  assertEquals(body, "🙂".repeat(119) + "…");
});

Deno.test("Notifier opens the conversation of a clicked notification", () => {
  const { browser, opened, hear } = start("granted", { isOn: true });

  hear(1, "me: hello");
  browser.click[0]();
  assertEquals([opened, browser.closed], [["#lobby"], ["#lobby"]]);
});

Deno.test("Notifier removes its notifications when the user is back", () => {
  const { browser, notifier, hear, whisper } = start("granted", { isOn: true });

  hear(1, "me: hello");
  whisper(2, "psst");
  notifier.clear();
  assertEquals(browser.closed, ["#lobby", "@1"]);
});

Deno.test("Notifier works without permission, and without notifications", async () => {
  for (
    const [permission, state] of [
      ["denied", "denied"],
      [undefined, "missing"],
    ] as const
  ) {
    const { browser, notifier, whisper } = start(permission, { isOn: true });
    await notifier.toggle();
    whisper(1, "psst");
    assertEquals([notifier.state, browser.asked], [state, 0]);
    assertEquals(browser.shown, []);
  }
  const { notifier } = start("default", { answer: "denied" });
  await notifier.toggle();
  assertEquals(notifier.state, "denied");
});

Deno.test("Notifier is switched off by the second click", async () => {
  const { browser, notifier, whisper } = start("granted");

  await notifier.toggle();
  await notifier.toggle();
  whisper(1, "psst");
  assertEquals([notifier.state, browser.shown], ["off", []]);
});

Deno.test("Notifier gives up where notifications can't be made", () => {
  const system = {
    permission: () => "granted" as const,
    ask: () => Promise.resolve("granted" as const),
    isHidden: () => true,
    show: () => {
      throw new TypeError("Illegal constructor");
    },
  };
  const notifier = new Notifier(system, { isOn: true, open: () => {} });
  const store = new ChatStore(() => {}, (...alert) => notifier.tell(...alert));
  store.setMe(ME);
  store.setWatching(false);
  store.receive(store.openRoom("lobby"), said(1, "me: hello"), true);
  assertEquals(notifier.state, "off");
});
