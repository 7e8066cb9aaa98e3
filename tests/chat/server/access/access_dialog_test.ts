// The dialog before a client is a user, without I/O.

import { assertEquals } from "@std/assert";
import { AccessGate } from "../../../../chat/server/access/_access_gate.ts";
import {
  AccessDialog,
  type DialogClient,
  type DialogStep,
} from "../../../../chat/server/access/_access_dialog.ts";
import { ENGLISH } from "../../../../chat/text/_texts.ts";
import { accessText } from "../../../../chat/server/access/_access_message.ts";

const PASSWORD = "correct horse";
const HELLO = { type: "hello", version: 1, nickname: "alice" };

function make(client: Partial<DialogClient> = {}): AccessDialog {
  const userHeader = client.refusedName && "X-User";
  const gate = new AccessGate({ password: PASSWORD, userHeader }, {
    onError: (error) => {
      throw error;
    },
  });
  return new AccessDialog(gate, {
    kind: "http",
    addressKey: "192.0.2.1",
    isJson: true,
    ...client,
  });
}

/** What a step says, in short. */
function say({ next, answers }: DialogStep): string[] {
  return [
    next,
    ...answers.map((it) =>
      it.type === "error"
        ? it.code
        : it.type === "goodbye"
        ? `goodbye ${it.reason}`
        : it.type
    ),
  ];
}

Deno.test("AccessDialog passes a hello on without the secrets, and whatever else it has", async () => {
  const dialog = make();
  assertEquals(say(dialog.begin()), ["wait", "access-needed"]);
  const hello = {
    ...HELLO,
    ref: "1",
    session: "s",
    epoch: "e",
    after: 7,
  };
  const step = await dialog.take(
    JSON.stringify({ ...hello, password: PASSWORD, invite: "token" }),
  );
  assertEquals(say(step), ["enter"]);
  assertEquals(JSON.parse(step.first ?? ""), hello);
});

Deno.test("AccessDialog answers pings and obeys quit, without a password", async () => {
  const dialog = make();
  const ping = await dialog.take('{"type":"ping","ref":"a"}');
  assertEquals(ping.answers, [{ type: "pong", ref: "a" }]);
  const quit = await dialog.take('{"type":"quit"}');
  assertEquals(say(quit), ["end", "goodbye quit"]);
  const line = await make({ isJson: false }).take(" /quit ");
  assertEquals(say(line), ["end", "goodbye quit"]);
});

Deno.test("AccessDialog ends after five refusals of any kind, and asks again before", async () => {
  const dialog = make();
  const requests = [
    "no JSON",
    '{"type":"nope"}',
    '{"type":"nick","nickname":"alice"}',
    '{"type":"hello"}',
    JSON.stringify({ ...HELLO, password: "wrong horse" }),
  ];
  const steps: string[][] = [];
  for (const request of requests) {
    steps.push(say(await dialog.take(request)));
  }
  assertEquals(steps, [
    ["wait", "not-json", "access-needed"],
    ["wait", "unknown-type", "access-needed"],
    ["wait", "access-needed", "access-needed"],
    ["wait", "invalid-member", "access-needed"],
    ["end", "wrong-password", "goodbye access-refused"],
  ]);
});

Deno.test("AccessDialog does not count a hello that tries without a secret", async () => {
  const dialog = make();
  for (let n = 0; n < 9; n++) {
    const step = await dialog.take(JSON.stringify(HELLO));
    assertEquals(say(step), ["wait", "access-needed", "access-needed"]);
    assertEquals(step.refusal, undefined);
  }
});

Deno.test("AccessDialog ends after 20 pings and hellos without a secret", async () => {
  const dialog = make();
  const ping = '{"type":"ping"}';
  for (let n = 0; n < 10; n++) {
    assertEquals(say(await dialog.take(ping)), ["wait", "pong"]);
    assertEquals(say(await dialog.take(JSON.stringify(HELLO)))[0], "wait");
  }
  const last = await dialog.take(ping);
  assertEquals(say(last), ["end", "goodbye flooding"]);
  assertEquals(last.refusal, "flooding");
});

Deno.test("AccessDialog speaks JSON to a client whose first line is a hello", async () => {
  const dialog = make({ kind: "tcp", isJson: false });
  assertEquals(dialog.isJson, false);
  await dialog.take(JSON.stringify(HELLO));
  assertEquals(dialog.isJson, true);
  const other = make({ kind: "tcp", isJson: false });
  await other.take("wrong horse");
  const step = await other.take(
    JSON.stringify({ ...HELLO, password: PASSWORD }),
  );
  assertEquals([say(step)[1], other.isJson], ["wrong-password", false]);
});

Deno.test("AccessDialog shows no control characters of a proxy's name, and not all of a long one", () => {
  const name = `\u009b31m\u202e***\x07 ${"x".repeat(100)}`;
  const step = make({ refusedName: name }).begin();
  assertEquals(say(step), ["end", "sign-in-name", "goodbye access-refused"]);
  const [error] = step.answers;
  const subject = `*** ${"x".repeat(60)}`;
  assertEquals("subject" in error && error.subject, subject);
  assertEquals(
    accessText(error, ENGLISH).startsWith("*** You are signed in as ** xxx"),
    true,
  );
});
