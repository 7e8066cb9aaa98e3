import { assertEquals } from "@std/assert";
import { rowsOf } from "../../../../chat/page/state/rows.js";
import { enterLobby, ME, said, YOU } from "../_page.ts";

Deno.test("rowsOf() divides days, groups speakers and marks what is new", () => {
  const { store, lobby } = enterLobby();
  const day = Date.UTC(2026, 0, 10, 12);
  const at = (id: number, time: number, user = YOU) => ({
    ...said(id, "x", user),
    time,
  });
  store.receive(lobby, at(1, day - 86_400_000), false);
  store.receive(lobby, at(2, day), false);
  store.receive(lobby, at(3, day + 1000), false);
  store.receive(lobby, at(4, day + 2000, ME), false);
  store.receive(lobby, at(5, day + 600_000, ME), false);
  store.setWatching(false);
  store.receive(lobby, at(6, day + 600_001, ME), true);
  store.receive(lobby, at(7, day + 600_002), true);
  const rows = rowsOf(lobby, day);
  assertEquals(
    rows.map((row) => {
      if (row.type === "day") return row.text;
      return row.type === "item" && row.isFirst ? "first" : row.type;
    }),
    [
      ...["Yesterday", "first", "Today", "first", "item", "first", "first"],
      ...["item", "marker", "first"],
    ],
  );
});

Deno.test("rowsOf() draws an answer anew when the message that it answers changes", () => {
  const { store, lobby } = enterLobby();
  const quotes = () =>
    rowsOf(lobby, 0).flatMap((row) =>
      row.type === "item" && row.quoted
        ? [[row.key, row.quoted.message?.text] as const]
        : []
    );
  const answer = { ...said(20, "yes"), type: "said" as const, text: "yes" };
  store.receive(lobby, { ...answer, replyTo: 10 }, false);
  const [[unknown, missing] = []] = quotes();
  assertEquals(missing, undefined);
  store.receive(lobby, said(10, "tea?"), false);
  const [[known, text] = []] = quotes();
  assertEquals([text, known === unknown], ["tea?", false]);
  store.edit({
    ...{ type: "edited", id: 21, time: 0, room: "lobby", user: YOU },
    ...{ target: 10, text: "cat?" },
  });
  const [[changed, newText] = []] = quotes();
  assertEquals([newText, changed === known], ["cat?", false]);
});
