import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import type { StoredInvitation } from "../../../../chat/server/access/invitation_store.ts";
import { openSqliteInvitations } from "../../../../chat/server/access/_sqlite_invitations.ts";
import { openInvitations } from "../../../../chat/server/access/open_invitations.ts";

const ignore = (["read", "write"] as const).some((name) =>
  Deno.permissions.querySync({ name }).state !== "granted"
);

function entry(
  name: string | number,
  rest: Partial<StoredInvitation> = {},
): StoredInvitation {
  const hash = `hash of ${name}`;
  return { type: "invitation", hash, until: 1000, uses: 1, ...rest };
}

async function withFolder(
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("openInvitations() stores at most 1,000 valid invitations", async () => {
  using store = await openInvitations(":memory:");
  for (let n = 0; n < 999; n++) store.add(entry(n), 0);
  store.add(entry("longer", { until: 2000 }), 0);
  assertThrows(() => store.add(entry("more"), 0), RangeError, "1000");
  // One was used, the others have ended.
  assertEquals(store.take("hash of 7", 0, 0), "invitation");
  store.add(entry("more"), 0);
  assertThrows(() => store.add(entry("even more"), 999), RangeError);
  store.add(entry("later", { until: 3000 }), 1000);
  assertEquals(store.take("hash of longer", 1000, 0), "invitation");
  assertEquals(store.take("hash of 8", 999, 0), undefined);
});

Deno.test("openSqliteInvitations() ends all invitations and passes when told so", async () => {
  using store = await openSqliteInvitations(":memory:");
  store.add(entry("a", { uses: 2 }), 0);
  store.add(entry("b", { type: "pass" }), 0);
  assertEquals(store.take("hash of a", 0, 0), "invitation");
  store.clear();
  store.giveBack("hash of a");
  assertEquals(store.take("hash of a", 0, 0), undefined);
  assertEquals(store.take("hash of b", 0, 0), undefined);
});

Deno.test("openInvitations() stores 10,000 passes, and drops the one that ends first", async () => {
  using store = await openInvitations(":memory:");
  store.add(entry("invitation"), 0);
  for (let n = 0; n <= 10_000; n++) {
    const until = n === 5 ? 10 : 1000 + n;
    store.add(entry(n, { type: "pass", until }), 0);
  }
  assertEquals(store.take("hash of 5", 0, 9999), undefined);
  assertEquals(store.take("hash of 0", 0, 9999), "pass");
  assertEquals(store.take("hash of 10000", 0, 9999), "pass");
  assertEquals(store.take("hash of invitation", 0, 9999), "invitation");
});

Deno.test({
  name:
    "openInvitations() shares a file between two, of which one gets the last use",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const path = `${folder}/chat.db-invitations`;
      using one = await openInvitations(path);
      using two = await openInvitations(path);
      one.add(entry("a", { uses: 2 }), 0);
      assertEquals(two.take("hash of a", 0, 0), "invitation");
      assertEquals(one.take("hash of a", 0, 0), "invitation");
      assertEquals(two.take("hash of a", 0, 0), undefined);
      two.add(entry("b", { type: "pass" }), 0);
      assertEquals(one.take("hash of b", 0, 5000), "pass");
      assertEquals(two.take("hash of b", 4999, 5000), "pass");
    });
  },
});

Deno.test({
  name: "openInvitations() keeps what was stored, in a file of its owner only",
  ignore: ignore || Deno.build.os === "windows",
  async fn() {
    await withFolder(async (folder) => {
      const path = `${folder}/invitations`;
      await Deno.writeTextFile(path, "", { mode: 0o644 });
      {
        using store = await openInvitations(path);
        store.add(entry("a"), 0);
        store[Symbol.dispose]();
      }
      const { mode } = await Deno.stat(path);
      assertEquals((mode ?? 0) & 0o777, 0o600);
      using again = await openInvitations(path);
      assertEquals(again.take("hash of a", 0, 0), "invitation");
      assertEquals(again.take("hash of a", 0, 0), undefined);
    });
  },
});

Deno.test({
  name: "openInvitations() refuses files that are not its own, and leaves them",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const text = `${folder}/text`;
      await Deno.writeTextFile(text, "This is no database. ".repeat(500));
      await assertRejects(
        () => openInvitations(text),
        Error,
        `Cannot open invitations "${text}": `,
      );
      const other = `${folder}/other.db`;
      const database = new DatabaseSync(other);
      database.exec("CREATE TABLE invitation (a)");
      database.close();
      await assertRejects(
        () => openInvitations(other),
        Error,
        "it is the database of another program",
      );
      const bytes = await Deno.readTextFile(text);
      assertEquals(bytes.startsWith("This is no database."), true);
      await assertRejects(() => openInvitations(`${folder}/none/a`), Error);
    });
  },
});
