import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  AccessGate,
  type AccessOutcome,
} from "../../../../chat/server/access/_access_gate.ts";
import type { ChatAccessOptions } from "../../../../chat/server/access/chat_access_options.ts";
import type { InvitationStore } from "../../../../chat/server/access/invitation_store.ts";
import { openInvitations } from "../../../../chat/server/access/open_invitations.ts";

const PASSWORD = "correct horse";
const WRONG: AccessOutcome = { type: "refused", code: "wrong-password" };
const ADMITTED: AccessOutcome = { type: "admitted" };

/** A gate whose clock a test sets, and the errors that it has reported. */
class World {
  readonly errors: unknown[] = [];
  readonly gate: AccessGate;
  now = 0;

  constructor(access: ChatAccessOptions) {
    this.gate = new AccessGate(access, {
      onError: (error) => this.errors.push(error),
      steady: () => this.now,
    });
  }

  password(text: string, addressKey = "192.0.2.1"): Promise<AccessOutcome> {
    return this.gate.check({ kind: "http", addressKey, password: text });
  }

  invitation(text: string, addressKey = "192.0.2.1"): Promise<AccessOutcome> {
    return this.gate.check({ kind: "http", addressKey, invitation: text });
  }
}

function isRefused(outcome: AccessOutcome, code: string): boolean {
  return outcome.type === "refused" && outcome.code === code;
}

Deno.test("AccessGate lets everybody in without options", async () => {
  const { gate } = new World({});
  for (const kind of ["tcp", "http"] as const) {
    assertEquals(gate.methodsFor(kind), []);
    assertEquals(await gate.check({ kind, addressKey: "a" }), ADMITTED);
  }
});

Deno.test("AccessGate names its methods to a client that has given no secret", async () => {
  using invitations = await openInvitations(":memory:");
  const both = new World({ password: PASSWORD, invitations });
  const needed = { type: "needed", methods: ["password", "invitation"] };
  const attempt = { kind: "tcp", addressKey: "a" } as const;
  assertEquals(await both.gate.check(attempt), needed as AccessOutcome);
  const { gate } = new World({ invitations });
  assertEquals(await gate.check({ ...attempt, password: PASSWORD }), {
    type: "needed",
    methods: ["invitation"],
  });
  const secret = new World({ password: PASSWORD });
  assertEquals(await secret.invitation("A".repeat(43)), {
    type: "needed",
    methods: ["password"],
  });
});

Deno.test("AccessGate admits by a password or by an invitation", async () => {
  using invitations = await openInvitations(":memory:");
  const world = new World({ password: PASSWORD, invitations });
  assertEquals(await world.password("wrong horse"), WRONG);
  assertEquals(await world.password(PASSWORD), ADMITTED);
  assertEquals(await world.password("wrong horse"), WRONG);
  const token = await world.gate.invite({ time: 60_000, uses: 1 });
  const admitted = await world.invitation(token);
  assert(admitted.type === "admitted");
  const pass = await admitted.redemption?.entered();
  assert(pass !== undefined);
  assert(isRefused(await world.invitation(token), "wrong-invitation"));
  const again = await world.invitation(pass);
  assert(again.type === "admitted");
  assertEquals(await again.redemption?.entered(), undefined);
});

Deno.test("AccessGate takes a line as an invitation where it looks like one", async () => {
  using invitations = await openInvitations(":memory:");
  const { gate } = new World({ password: PASSWORD, invitations });
  const token = await gate.invite({ time: 60_000, uses: 1 });
  const link = `https://chat.example/#invite=${token}`;
  assertEquals((await gate.checkLine("tcp", "a", link)).type, "admitted");
  assertEquals(await gate.checkLine("tcp", "a", PASSWORD), ADMITTED);
  assertEquals(await gate.checkLine("tcp", "a", "wrong horse"), WRONG);
  const only = new World({ invitations });
  const refused = await only.gate.checkLine("tcp", "a", "hello");
  assert(isRefused(refused, "wrong-invitation"));
});

Deno.test("AccessGate makes an address wait after five wrong passwords, even with the right one", async () => {
  for (const isKnown of [false, true]) {
    const world = new World({ password: PASSWORD });
    if (isKnown) await world.password(PASSWORD, "somebody");
    for (let n = 0; n < 5; n++) {
      assertEquals(await world.password("wrong horse"), WRONG);
    }
    const wait = { type: "refused", code: "too-many-guesses", subject: "1" };
    assertEquals(await world.password(PASSWORD), wait as AccessOutcome);
    assertEquals(await world.password(PASSWORD, "192.0.2.2"), ADMITTED);
    world.now = 1000;
    assertEquals(await world.password(PASSWORD), ADMITTED);
  }
});

Deno.test("AccessGate counts guesses of one address that come at once one by one", async () => {
  const world = new World({ password: PASSWORD });
  const guesses = Array.from(
    { length: 8 },
    () => world.password("wrong horse"),
  );
  const outcomes = await Promise.all([...guesses, world.password(PASSWORD)]);
  const codes = outcomes.map((it) => it.type === "refused" ? it.code : it.type);
  assertEquals(codes, [
    ...Array(5).fill("wrong-password"),
    ...Array(4).fill("too-many-guesses"),
  ]);
});

Deno.test("AccessGate lets users of known addresses in while many addresses guess", async () => {
  const world = new World({ password: PASSWORD });
  assertEquals(await world.password(PASSWORD, "known"), ADMITTED);
  for (let n = 0; n < 200; n++) {
    assertEquals(await world.password("wrong horse", `bot ${n}`), WRONG);
  }
  const late = await world.password("wrong horse", "another bot");
  assert(isRefused(late, "too-many-guesses"));
  assert(isRefused(await world.password(PASSWORD, "new"), "too-many-guesses"));
  assertEquals(await world.password(PASSWORD, "known"), ADMITTED);
  world.now = 500;
  assertEquals(await world.password(PASSWORD, "new"), ADMITTED);
});

Deno.test("AccessGate admits 500 users at once without a hash for each", async () => {
  const world = new World({ password: PASSWORD });
  assertEquals(await world.password(PASSWORD, "first"), ADMITTED);
  let turns = 0;
  const timer = setInterval(() => turns++);
  const outcomes = await Promise.all(Array.from(
    { length: 500 },
    (_, n) => world.password(PASSWORD, `address ${n}`),
  ));
  clearInterval(timer);
  assertEquals(new Set(outcomes), new Set([ADMITTED]));
  // A hash comes from a thread, by way of the event loop.
  assertEquals(turns, 0);
});

Deno.test("AccessGate admits 500 users of one address at once, the first ones too", async () => {
  const world = new World({ password: PASSWORD });
  const outcomes = await Promise.all(
    Array.from({ length: 500 }, () => world.password(PASSWORD)),
  );
  assertEquals(new Set(outcomes), new Set([ADMITTED]));
});

Deno.test("AccessGate limits guesses of invitations, apart from those of passwords", async () => {
  using invitations = await openInvitations(":memory:");
  const world = new World({ password: PASSWORD, invitations });
  for (let n = 0; n < 5; n++) {
    const outcome = await world.invitation("A".repeat(43));
    assert(isRefused(outcome, "wrong-invitation"));
  }
  const token = await world.gate.invite({ time: 60_000, uses: 1 });
  assert(isRefused(await world.invitation(token), "too-many-guesses"));
  assertEquals(await world.password(PASSWORD), ADMITTED);
  world.now = 1000;
  assertEquals((await world.invitation(token)).type, "admitted");
});

Deno.test("AccessGate reports a store that throws or rejects, and asks to try again", async () => {
  const fault = new Error("The disk has failed");
  const takes: InvitationStore["take"][] = [
    () => {
      throw fault;
    },
    () => Promise.reject(fault),
  ];
  for (const take of takes) {
    const invitations = { add: () => {}, take, giveBack: () => {} };
    const world = new World({ invitations });
    const outcome = await world.invitation("A".repeat(43));
    assertEquals(outcome, { type: "refused", code: "access-busy" });
    assertEquals(world.errors, [fault]);
  }
});

Deno.test("AccessGate reports a store that fails later, and goes on", async () => {
  const fault = new Error("The disk has failed");
  const fail = () => Promise.reject(fault);
  const invitations = { add: fail, take: () => "invitation", giveBack: fail };
  const world = new World({ invitations: invitations as InvitationStore });
  const outcome = await world.invitation("A".repeat(43));
  assert(outcome.type === "admitted");
  assertEquals(await outcome.redemption?.entered(), undefined);
  await outcome.redemption?.abandoned();
  assertEquals(world.errors, [fault, fault]);
});

Deno.test("AccessGate admits a secret that the chat knows, to join its user only", async () => {
  using invitations = await openInvitations(":memory:");
  const known = { session: "own session", link: "own link" };
  const knows = ({ session, link }: { session?: string; link?: string }) =>
    session === known.session || link === known.link;
  const onError = (error: unknown) => {
    throw error;
  };
  const gate = new AccessGate({ password: PASSWORD, invitations }, {
    knows,
    onError,
  });
  const attempt = { kind: "tcp", addressKey: "a" } as const;
  const bySession = { ...attempt, session: known.session };
  assertEquals(await gate.check(bySession), {
    type: "admitted",
    joinsOnly: true,
  });
  // What else the client has is worth more, but for that of a link.
  const secrets = { password: PASSWORD, invitation: "A".repeat(43) };
  assert(isRefused(
    await gate.check({ ...bySession, invitation: secrets.invitation }),
    "wrong-invitation",
  ));
  assertEquals(
    await gate.check({ ...bySession, password: PASSWORD }),
    ADMITTED,
  );
  const byLink = await gate.check({ ...attempt, ...secrets, link: known.link });
  assert(byLink.type === "admitted" && byLink.joinsOnly);
  const pass = await byLink.redemption?.entered();
  assertEquals(
    (await gate.check({ ...attempt, invitation: pass })).type,
    "admitted",
  );
  for (const guess of [{ session: "own link" }, { link: "own session" }]) {
    const outcome = await gate.check({ ...attempt, ...guess });
    assertEquals(outcome.type, "needed");
  }
  // Without invitations there are no passes.
  const other = new AccessGate({ password: PASSWORD }, { knows, onError });
  const outcome = await other.check({ ...attempt, link: known.link });
  assert(outcome.type === "admitted" && outcome.joinsOnly);
  assertEquals(outcome.redemption, undefined);
});

Deno.test("AccessGate leaves users over HTTP to the proxy that signs them in, and asks others for the password", async () => {
  using invitations = await openInvitations(":memory:");
  const userHeader = "X-Forwarded-User";
  const { gate } = new World({ password: PASSWORD, invitations, userHeader });
  assertEquals(gate.userHeader, userHeader);
  assertEquals(gate.methodsFor("http"), []);
  assertEquals(gate.methodsFor("tcp"), ["password"]);
  const token = await gate.invite({ time: 60_000, uses: 1 });
  assertEquals(await gate.checkLine("tcp", "a", token), WRONG);
});

Deno.test("AccessGate makes no invitation where there are none", async () => {
  const { gate } = new World({ password: PASSWORD });
  await assertRejects(() => gate.invite({ time: 1, uses: 1 }), TypeError);
});
