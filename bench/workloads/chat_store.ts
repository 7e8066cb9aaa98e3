import { type Command, Program } from "../_program.ts";
import type { Contestant, Measure, Workload } from "../_workload.ts";
import { type Kit, workload } from "./_kit.ts";

const MESSAGES = 1_000_000;

const MEASURES: readonly Measure[] = [
  { name: "a search, median", unit: "ms", isLessBetter: true },
  { name: "a search, most", unit: "ms", isLessBetter: true, isAside: true },
  { name: "start", unit: "ms", isLessBetter: true, isAside: true },
  { name: "a page, most", unit: "ms", isLessBetter: true, isAside: true },
  { name: "backup", unit: "ms", isLessBetter: true, isAside: true },
];

/**
 * The data file of a chat with many messages, against a table that is searched
 * without an index. Both files together have half a gigabyte.
 */
export function chatStoreWorkloads(kit: Kit): Workload[] {
  const server = "servers/chat_store.ts";
  return workload({
    group: "Chat",
    name: `a data file of ${MESSAGES.toLocaleString("en")} messages`,
    measures: MEASURES,
    maxRounds: 3,
    contestants: [
      dataFile(
        "SQLite, LIKE",
        (folder) => kit.deno(server, "like", folder, MESSAGES),
      ),
      dataFile("vnet", (folder) => kit.deno(server, "vnet", folder, MESSAGES)),
    ],
    marks: [],
    limits: [
      { subject: "vnet", most: 100, measure: "a search, most" },
      { subject: "vnet", most: 1_000, measure: "start" },
      { subject: "vnet", most: 100, measure: "a page, most" },
    ],
  });
}

/** A contestant with a file in a temporary folder, which is removed in the end. */
function dataFile(
  name: string,
  server: (folder: string) => Command,
): Contestant {
  const enter = async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir();
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const program = stack.use(new Program(server(folder)));
    await program.readLine();
    const rest = stack.move();
    return {
      run: async () => {
        await program.writeLine("measure");
        const line = await program.readLine();
        const [start, median, most, ...others] = line.split(" ").map(Number);
        return {
          figures: [median, most, start, ...others].map((one) => one ?? NaN),
        };
      },
      [Symbol.asyncDispose]: () => rest.disposeAsync(),
    };
  };
  return { name, enter };
}
