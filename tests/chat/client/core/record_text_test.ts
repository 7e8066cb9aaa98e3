import { assertEquals } from "@std/assert";
import { describeRecord } from "../../../../chat/client/core/_record_text.ts";
import { ENGLISH } from "../../../../chat/text/_texts.ts";
import type { ChatRoomRecord } from "../../../../chat/client/chat_client_message.ts";

const PLACE = {
  id: 1,
  time: 0,
  room: "lobby",
  user: { id: 2, nickname: "bob" },
};

function describe(record: ChatRoomRecord): string {
  return describeRecord(record, ENGLISH).map((part) =>
    typeof part === "string" ? part : `<${part.nickname}>`
  ).join("");
}

Deno.test("describeRecord() says what happened, and who did it", () => {
  const records: [ChatRoomRecord, string][] = [
    [{ type: "joined", ...PLACE }, "<bob> joined"],
    [{ type: "left", ...PLACE, reason: "quit" }, "<bob> left"],
    [
      { type: "left", ...PLACE, reason: "lost" },
      "<bob> left: connection lost",
    ],
    [{ type: "left", ...PLACE, reason: "constructor" }, "<bob> left"],
    [
      { type: "renamed", ...PLACE, previous: "rob" },
      "<rob> is now called <bob>",
    ],
    [{ type: "topic", ...PLACE, text: "" }, "<bob> removed the topic"],
    [
      { type: "topic", ...PLACE, text: "Tea" },
      "<bob> changed the topic: Tea",
    ],
    [{ type: "said", ...PLACE, text: "hi" }, "<bob>: hi"],
    [{ type: "action", ...PLACE, text: "waves" }, "* <bob> waves"],
  ];
  for (const [record, text] of records) assertEquals(describe(record), text);
});
