import { assertEquals, assertNotEquals } from "@std/assert";
import { BrowserStorage } from "../../../../chat/page/state/storage.js";
import type { SavedState } from "../../../../chat/page/state/session.js";

class Area {
  readonly values = new Map<string, string>();
  getItem = (key: string) => this.values.get(key) ?? null;
  setItem = (key: string, value: string) => void this.values.set(key, value);
  removeItem = (key: string) => void this.values.delete(key);
}

function state(token: string, pending: SavedState["pending"] = []): SavedState {
  return {
    token,
    nickname: "me",
    epoch: "e",
    ownKeys: ["1"],
    seenId: 5,
    pending,
  };
}

function openTab(shared = new Area(), path = "/", tab = new Area()) {
  const storage = new BrowserStorage({
    tab: () => tab,
    shared: () => shared,
    path,
  });
  return { storage, shared, tab };
}

Deno.test("BrowserStorage shares the session with other tabs of the same chat", () => {
  const { storage, shared } = openTab();
  const pending = {
    ...{ ref: "1", type: "say" as const, text: "x", time: 0 },
    ...{ state: "waiting" as const, kind: "room" as const, name: "lobby" },
  };
  storage.save(state("one", [pending]));
  const other = openTab(shared).storage.load();
  assertEquals([other?.token, other?.pending], ["one", []]);
  assertEquals(storage.load()?.pending, [pending]);
  assertEquals(openTab(shared, "/other/").storage.load(), undefined);
});

Deno.test("BrowserStorage takes the newer session of another tab, and says no text twice", () => {
  const { storage, shared } = openTab();
  const pending = {
    ...{ ref: "1", type: "say" as const, text: "x", time: 0 },
    ...{ state: "sent" as const, kind: "room" as const, name: "lobby" },
  };
  storage.save(state("one", [pending]));
  openTab(shared).storage.save(state("two"));
  const loaded = storage.load();
  assertEquals(loaded?.token, "two");
  assertEquals(loaded?.pending?.map(({ state }) => state), ["uncertain"]);
});

Deno.test("BrowserStorage forgets a session in all tabs, but no newer one", () => {
  const { storage, shared } = openTab();
  storage.save(state("one"));
  storage.forget("other");
  assertEquals(storage.load()?.token, "one");
  storage.forget("one");
  assertEquals(storage.load(), undefined);
  assertEquals(openTab(shared).storage.load(), undefined);
  assertEquals(storage.nickname, "me");
});

Deno.test("BrowserStorage keeps no more than it may", () => {
  const { storage, shared } = openTab();
  const ownKeys = Array.from({ length: 500 }, (_, at) => `${at}`);
  storage.save({ ...state("one"), ownKeys, ignored: ownKeys });
  const other = openTab(shared).storage.load();
  assertEquals([other?.ownKeys.length, other?.ignored?.length], [100, 100]);
  assertEquals(other?.ownKeys.at(-1), "499");
});

Deno.test("BrowserStorage names a tab anew if it was duplicated", () => {
  const { storage, tab, shared } = openTab();
  let count = 0;
  const makeName = () => `device ${++count}`;
  const first = storage.takeDevice(makeName);
  const copy = new Area();
  for (const [key, value] of tab.values) copy.setItem(key, value);
  const duplicate = openTab(shared, "/", copy).storage;
  assertNotEquals(duplicate.takeDevice(makeName), first);
  storage.keepDevice(first);
  assertEquals(openTab(shared, "/", tab).storage.takeDevice(makeName), first);
});

Deno.test("BrowserStorage works without storage, or with that of the tab alone", () => {
  const missing = () => {
    throw new DOMException("Not allowed", "SecurityError");
  };
  const none = new BrowserStorage({ tab: missing, shared: missing, path: "/" });
  none.save(state("one"));
  none.pass = "pass";
  assertEquals([none.load(), none.pass], [undefined, undefined]);
  const area = new Area();
  const alone = new BrowserStorage({
    ...{ tab: () => area, shared: missing, path: "/" },
  });
  alone.save(state("one"));
  assertEquals(alone.load()?.token, "one");
});
