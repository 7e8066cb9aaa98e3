import { assertEquals } from "@std/assert";
import { CLIENT_MESSAGES } from "../../../chat/protocol/_client_messages.ts";
import type { Messages } from "../../../chat/protocol/_schema.ts";
import { EN } from "../../../chat/text/en.ts";
import { SERVER_MESSAGES } from "../../../chat/protocol/_server_messages.ts";

const DOC = new URL("../../../chat/PROTOCOL.md", import.meta.url);

const ignore = Deno.permissions.querySync({ name: "read", path: DOC }).state !==
  "granted";

Deno.test({
  name: "PROTOCOL.md lists all error codes",
  ignore,
  fn: async () => {
    const listed = (await tableBelow("Error codes")).map(([code]) => code);
    const codes = Object.keys(EN)
      .filter((key) => key.startsWith("error."))
      .map((key) => `\`${key.slice("error.".length)}\``);
    assertEquals(codes.filter((code) => !listed.includes(code)), []);
  },
});

/** The rows of the first table below a heading, as lists of their cells. */
async function tableBelow(heading: string): Promise<string[][]> {
  const text = await Deno.readTextFile(DOC);
  const [, section = ""] = text.split(`\n## ${heading}\n`);
  const [table = ""] = /^\|(?:.+\|\n)+/m.exec(section) ?? [];
  return table.trim().split("\n").slice(2).map((row) =>
    row.split("|").slice(1, -1).map((cell) => cell.trim())
  );
}

function rowsOf(messages: Messages): string[][] {
  return Object.entries(messages).map(([type, { about, members }]) => [
    `\`${type}\``,
    Object.entries(members).map(([name, kind]) =>
      `\`${name}${kind.endsWith("?") ? "?" : ""}\``
    ).join(", "),
    about,
  ]);
}

for (
  const [heading, messages] of [
    ["From the client", CLIENT_MESSAGES],
    ["From the server", SERVER_MESSAGES],
  ] as const
) {
  Deno.test({
    name:
      `PROTOCOL.md lists the messages "${heading}" as the code defines them`,
    ignore,
    fn: async () => {
      assertEquals(await tableBelow(heading), rowsOf(messages));
    },
  });
}
