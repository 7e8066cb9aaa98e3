import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeSnapshot,
  encodeSnapshot,
} from "../../../chat/cluster/_snapshot.ts";
import { withSeeds } from "../../property/_random.ts";

Deno.test("decodeSnapshot() gives what encodeSnapshot() was given", () => {
  const parts = {
    state: { users: [{ nickname: "李雷" }], rooms: {} },
    servers: [["east.1", 7, false], ["west.1", 0, true]] as const,
  };
  assertEquals(decodeSnapshot(encodeSnapshot(parts)), parts);
});

Deno.test("decodeSnapshot() says what it found in place of a snapshot", () => {
  for (
    const [text, fault] of [
      ["", "expected JSON"],
      ["[]", "a JSON object"],
      ['{"v":2}', "found version 2, expected 1"],
      ["{}", "found version undefined"],
      ['{"v":1,"servers":{},"state":{}}', "a list of servers"],
      ['{"v":1,"servers":[["a",1]],"state":{}}', "a list of servers"],
      ['{"v":1,"servers":[["a",-1,true]],"state":{}}', "a list of servers"],
      ['{"v":1,"servers":[]}', "expected a state"],
    ]
  ) {
    const data = new TextEncoder().encode(text);
    assertThrows(() => decodeSnapshot(data), Error, fault);
  }
  assertThrows(() => decodeSnapshot(new Uint8Array([0xff])), Error, "UTF-8");
});

Deno.test("decodeSnapshot() takes no random bytes", () => {
  withSeeds(200, (random) => {
    const data = random.bytes(random.int(0, 100));
    assertThrows(() => decodeSnapshot(data), Error, "Cannot read a snapshot");
  });
});
