import { assertEquals } from "@std/assert";
import { ChatRequestError } from "../../../chat/client/chat_request_error.ts";
import {
  promptFor,
  questionAfter,
  withAnswer,
} from "../../../chat/terminal/_join_credentials.ts";

const TOKEN = "x".repeat(43);
const BOTH = ["password", "invitation"];

Deno.test("questionAfter() asks again where another answer can help", () => {
  for (
    const [code, question] of [
      ["access-needed", "access"],
      ["wrong-password", "access"],
      ["wrong-invitation", "access"],
      ["wrong-link", "link"],
      ["sign-in-name", undefined],
      ["not-json", undefined],
    ] as const
  ) assertEquals(questionAfter(new ChatRequestError("", { code })), question);
  assertEquals(questionAfter(new Error("lost")), undefined);
});

Deno.test("promptFor() names what the server asks for", () => {
  assertEquals(promptFor("access", ["password"]), "term.prompt-password");
  assertEquals(promptFor("access", ["invitation"]), "term.prompt-invite");
  assertEquals(promptFor("access", BOTH), "term.prompt-access");
  assertEquals(promptFor("invite", ["password"]), "term.prompt-invite");
  assertEquals(promptFor("link", []), "term.prompt-link");
});

Deno.test("withAnswer() tells a password from an invitation, and gives only one", () => {
  const before = { nickname: "alice", password: "wrong", link: "l" };
  const others = { nickname: "alice", link: "l" };
  const url = `https://chat.example/#invite=${TOKEN}`;
  for (
    const [question, answer, methods, kind] of [
      ["access", "horse", ["password"], "password"],
      ["access", TOKEN, ["password"], "password"],
      ["access", "horse", BOTH, "password"],
      ["access", "horse", [], "password"],
      ["access", TOKEN, [], "invite"],
      ["access", TOKEN, BOTH, "invite"],
      ["access", url, BOTH, "invite"],
      ["access", "horse", ["invitation"], "invite"],
      ["invite", "horse", [], "invite"],
    ] as const
  ) {
    assertEquals(withAnswer(before, question, answer, methods), {
      ...others,
      [kind]: answer,
    });
  }
  assertEquals(withAnswer(before, "link", "l2", BOTH), {
    ...before,
    link: "l2",
  });
});
