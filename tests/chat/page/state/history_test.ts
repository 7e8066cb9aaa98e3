import { assertEquals } from "@std/assert";
import { enterLobby, said } from "../_page.ts";
import { rowsOf } from "../../../../chat/page/state/rows.js";

const LOBBY = { type: "history", room: "lobby" };

function start() {
  const page = enterLobby();
  const { socket } = page.system;
  /** Answers the last question, and returns what it was. */
  const answer = (ids: number[], complete = false) => {
    page.system.pass(1000);
    const [{ ref, before, limit }] = socket.took("history");
    const messages = ids.map((id) => said(id, `${id}`));
    socket.tell({ ...LOBBY, messages, complete, ref });
    return [before, limit];
  };
  /** The rows, with a hole for what is missing. */
  const rows = () =>
    rowsOf(page.lobby, 0).flatMap<number | string | undefined>((row) =>
      row.type === "item" ? [row.item.id] : row.type === "gap" ? ["gap"] : []
    );
  return { ...page, socket, answer, rows, history: page.session.history };
}

Deno.test("History loads what is before, until there is no more", () => {
  const { socket, lobby, history, answer, rows } = start();
  socket.tell(said(500, "500"));
  lobby.hasEarlier = true;
  history.loadEarlier(lobby);
  history.loadEarlier(lobby);
  assertEquals(answer([400, 450]), [500, 50]);
  history.loadEarlier(lobby);
  assertEquals(answer([300], true), [400, 50]);
  assertEquals([rows(), lobby.hasEarlier], [[300, 400, 450, 500], false]);
  history.loadEarlier(lobby);
  assertEquals(socket.took("history"), []);
});

Deno.test("History reaches a message far back, and shows what is missing between", () => {
  const { socket, lobby, history, answer, rows } = start();
  const found: boolean[] = [];
  socket.tell(said(500, "500"));
  history.reach(lobby, 500, (isFound) => found.push(isFound));
  history.reach(lobby, 100, (isFound) => found.push(isFound));
  assertEquals(answer([90, 100]), [101, 50]);
  assertEquals(found, [true, true]);
  assertEquals(rows(), [90, 100, "gap", 500]);
  // Later ones come behind, and earlier ones before, with gaps of their own.
  history.reach(lobby, 200, (isFound) => found.push(isFound));
  answer([190, 200]);
  assertEquals(rows(), [90, 100, "gap", 190, 200, "gap", 500]);
  history.fillGap(lobby, 500, false);
  assertEquals(answer([300, 400]), [500, 100]);
  assertEquals(rows(), [90, 100, "gap", 190, 200, "gap", 300, 400, 500]);
  history.fillGap(lobby, 300, false);
  answer([100, 150, 190, 200, 250]);
  history.fillGap(lobby, 190, false);
  answer([90, 100, 150]);
  assertEquals(rows(), [90, 100, 150, 190, 200, 250, 300, 400, 500]);
});

Deno.test("History tells that a message is not kept any more", () => {
  const { socket, lobby, history, answer, rows } = start();
  const found: boolean[] = [];
  socket.tell(said(500, "500"));
  history.reach(lobby, 100, (isFound) => found.push(isFound));
  answer([], true);
  history.reach(lobby, 100, (isFound) => found.push(isFound));
  answer([80], true);
  assertEquals(found, [false, false]);
  assertEquals(rows().at(-1), 500);
});
