import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  Invitations,
  linkOf,
  readToken,
} from "../../../../chat/server/access/_invitations.ts";
import type {
  InvitationStore,
  StoredInvitation,
} from "../../../../chat/server/access/invitation_store.ts";
import { openInvitations } from "../../../../chat/server/access/open_invitations.ts";

const DAY = 24 * 60 * 60 * 1000;

/** Invitations whose clock a test sets. */
async function withInvitations(
  use: (
    invitations: Invitations,
    setTime: (time: number) => void,
  ) => void | Promise<void>,
): Promise<void> {
  using store = await openInvitations(":memory:");
  let now = 0;
  const invitations = new Invitations(store, () => now);
  await use(invitations, (time) => {
    now = time;
  });
}

/** Uses a token as a user who enters, and returns the pass. */
async function enter(
  invitations: Invitations,
  token: string,
): Promise<string | undefined> {
  const redemption = await invitations.redeem(token);
  assert(redemption !== undefined);
  return await redemption.entered();
}

Deno.test("Invitations lets as many users in as an invitation says", async () => {
  await withInvitations(async (invitations) => {
    const token = await invitations.create({ time: DAY, uses: 2 });
    assertMatch(token, /^[A-Za-z0-9_-]{43}$/);
    assertMatch(
      await enter(invitations, token) ?? "",
      /^[A-Za-z0-9_-]{43}$/,
    );
    assertMatch(
      await enter(invitations, token) ?? "",
      /^[A-Za-z0-9_-]{43}$/,
    );
    assertEquals(await invitations.redeem(token), undefined);
  });
});

Deno.test("Invitations gives the use back of a user who has not entered, but none of a pass", async () => {
  await withInvitations(async (invitations) => {
    const token = await invitations.create({ time: DAY, uses: 1 });
    const first = await invitations.redeem(token);
    // While it is not known whether the first user enters, it is in use.
    assertEquals(await invitations.redeem(token), undefined);
    await first?.abandoned();
    const pass = await enter(invitations, token) ?? "";
    assertEquals(await invitations.redeem(token), undefined);
    await (await invitations.redeem(pass))?.abandoned();
    assertEquals(await enter(invitations, pass), undefined);
  });
});

Deno.test("Invitations takes a token until its time is over", async () => {
  await withInvitations(async (invitations, setTime) => {
    const token = await invitations.create({ time: DAY, uses: 9 });
    setTime(DAY - 1);
    assertEquals((await invitations.redeem(token)) === undefined, false);
    setTime(DAY);
    assertEquals(await invitations.redeem(token), undefined);
  });
});

Deno.test("Invitations takes a pass again for 30 days after each use, and gives no other for it", async () => {
  await withInvitations(async (invitations, setTime) => {
    const token = await invitations.create({ time: DAY, uses: 1 });
    const pass = await enter(invitations, token) ?? "";
    setTime(30 * DAY - 1);
    assertEquals(await enter(invitations, pass), undefined);
    setTime(60 * DAY - 2);
    assertEquals(await enter(invitations, pass), undefined);
    setTime(90 * DAY - 2);
    assertEquals(await invitations.redeem(pass), undefined);
  });
});

Deno.test("Invitations takes a whole link, and nothing that only looks like a token", async () => {
  await withInvitations(async (invitations) => {
    const token = await invitations.create({ time: DAY, uses: 9 });
    const link = linkOf(new URL("https://chat.example/team/#old"), token);
    assertEquals(link, `https://chat.example/team/#invite=${token}`);
    for (const text of [token, ` ${token}\r\n`, link]) {
      assertEquals((await invitations.redeem(text)) === undefined, false, text);
    }
    const wrong = [
      ...["", token.slice(1), `${token}=`, "A".repeat(43), token.toLowerCase()],
      ...[`https://chat.example/?invite=${token}`, `${token}\n${token}`],
    ];
    for (const text of wrong) {
      assertEquals(await invitations.redeem(text), undefined, text);
    }
  });
});

Deno.test("Invitations passes no token to the store", async () => {
  const stored: StoredInvitation[] = [];
  const taken: string[] = [];
  const store: InvitationStore = {
    add: (invitation) => void stored.push(invitation),
    take: (hash) => {
      taken.push(hash);
      return "invitation";
    },
    giveBack: () => {},
  };
  const invitations = new Invitations(store);
  const token = await invitations.create({ time: DAY, uses: 1 });
  const pass = await enter(invitations, token) ?? "";
  assertEquals(taken, [stored[0].hash]);
  assertMatch(stored[0].hash, /^[0-9a-f]{64}$/);
  const seen = JSON.stringify([stored, taken]);
  assertEquals([seen.includes(token), seen.includes(pass)], [false, false]);
});

Deno.test("readToken() finds a token by itself, and at the end of a link", () => {
  const token = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP-";
  assertEquals(readToken(token), token);
  assertEquals(readToken(`http://h/#invite=${token}`), token);
  assertEquals(readToken(`http://h/#invite=${token}x`), undefined);
  assertEquals(readToken("hello"), undefined);
});
