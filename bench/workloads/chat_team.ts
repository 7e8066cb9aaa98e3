import { type Command, Program } from "../_program.ts";
import type { Contestant, Workload } from "../_workload.ts";
import { type Kit, workload } from "./_kit.ts";

const OPEN = "vnet, open";
const ALL = "vnet, with all of it";

/** 500 users who join a chat and talk, with a password, devices and a data file. */
export function chatTeamWorkloads(kit: Kit): Workload[] {
  const server = "servers/chat_team.ts";
  return workload({
    group: "Chat",
    name: "500 users who join and talk",
    measures: [
      { name: "the joins", unit: "ms", isLessBetter: true },
      { name: "a delivery", unit: "µs", isLessBetter: true, isAside: true },
    ],
    maxRounds: 3,
    contestants: [
      team(OPEN, kit.deno(server, "open")),
      team(ALL, kit.deno(server, "all")),
    ],
    marks: [],
    limits: [{ subject: ALL, most: 2_000, measure: "the joins" }],
  });
}

function team(name: string, command: Command): Contestant {
  const enter = async () => {
    await using stack = new AsyncDisposableStack();
    const program = stack.use(new Program(command));
    await program.readLine();
    const rest = stack.move();
    return {
      run: async () => {
        await program.writeLine("measure");
        const line = await program.readLine();
        return { figures: line.split(" ").map(Number) };
      },
      [Symbol.asyncDispose]: () => rest.disposeAsync(),
    };
  };
  return { name, enter };
}
