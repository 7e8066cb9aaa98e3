import { assertEquals } from "@std/assert";
import { AccountRecords } from "../../../../chat/room/users/_account_records.ts";

Deno.test("AccountRecords keeps what holds, each part until its time", () => {
  const records = new AccountRecords();
  records.set("bob", { mutedUntil: 20 });
  records.set("alice", { mutedUntil: 10 });
  records.set("alice", { operatorUntil: 30 });
  assertEquals(records.save(5), [["alice", 10, 30], ["bob", 20, 0]]);
  assertEquals([9, 10].map((time) => records.mutedUntil("alice", time)), [
    10,
    0,
  ]);
  assertEquals([29, 30].map((time) => records.isOperator("alice", time)), [
    true,
    false,
  ]);
  assertEquals(records.mutedUntil("carol", 0), 0);
  assertEquals(records.isOperator("carol", 0), false);
});

Deno.test("AccountRecords saves the same whenever it has removed what is over", () => {
  const often = new AccountRecords();
  const never = new AccountRecords();
  for (let time = 0; time < 100; time++) {
    often.expire(time);
    for (const records of [often, never]) {
      if (time % 30 === 0) records.set("alice", { mutedUntil: time + 10 });
      if (time % 50 === 0) records.set("alice", { operatorUntil: time + 35 });
      if (time % 50 === 25) records.set("bob", { mutedUntil: time + 10 });
    }
    assertEquals(often.save(time), never.save(time), `${time}`);
  }
  often.expire(200);
  assertEquals(often.save(0), []);
});
