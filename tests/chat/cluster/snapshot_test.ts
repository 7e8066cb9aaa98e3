import { assertEquals, assertThrows } from "@std/assert";
import {
  chooseSnapshot,
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

Deno.test("chooseSnapshot() begins as early as the log allows", () => {
  const data = new Uint8Array();
  const [early, late] = [{ sequence: 10, data }, { sequence: 20, data }];

  assertEquals(chooseSnapshot([], 1), undefined);
  assertEquals(chooseSnapshot([late], 1), undefined);
  assertEquals(chooseSnapshot([late, early], 1), early);
  assertEquals(chooseSnapshot([late, early], 11), early);
  assertEquals(chooseSnapshot([late, early], 12), late);
  assertEquals(chooseSnapshot([late], 21), late);
  for (const snapshots of [[], [late], [late, early]]) {
    const choose = () => chooseSnapshot(snapshots, 22);
    assertThrows(choose, Error, "begins at batch 22");
  }
});

Deno.test("decodeSnapshot() takes no random bytes", () => {
  withSeeds(200, (random) => {
    const data = random.bytes(random.int(0, 100));
    assertThrows(() => decodeSnapshot(data), Error, "Cannot read a snapshot");
  });
});
