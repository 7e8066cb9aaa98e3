// The two ends of a slow link, and a relay that can be it:
//
//   deno run --allow-net _slow_program.ts serve 10.0.0.1
//   deno run --allow-net _slow_program.ts relay '[["127.0.0.1:1"],…]'
//   deno run --allow-net _slow_program.ts dial '[["10.0.0.1:1"],…]'
//
// The server tells its addresses, one list for each task, and the relay those to
// dial instead; both go on until their input ends. The client does all tasks at
// once. Whatever goes wrong is told by a line that begins with PROBLEM, and by
// the exit code. None of them is made to exit.
import { joinAddress, parseAddress } from "../../internal/address/address.ts";
import { Throttle } from "../_fault_link.ts";
import { FaultRelay } from "../_fault_relay.ts";
import { slowChat } from "./_slow_chat.ts";
import { slowStreams } from "./_slow_streams.ts";
import type { SlowTask } from "./_slow_task.ts";
import { slowV } from "./_slow_v.ts";
import { slowWebSockets } from "./_slow_websockets.ts";

/** 1 Mbit/s each way. */
const RATE = 125_000;

const tasks: readonly SlowTask[] = [
  ...slowWebSockets,
  ...slowStreams,
  slowV,
];

function tellProblem(name: string, error: unknown): void {
  Deno.exitCode = 1;
  console.log(`PROBLEM ${name}: ${error}`);
}

async function endOfInput(): Promise<void> {
  const reader = Deno.stdin.readable.getReader();
  while (!(await reader.read()).done) { /* Until the end. */ }
}

function tellAddresses(addrs: readonly (readonly Deno.NetAddr[])[]): void {
  console.log(
    JSON.stringify(
      addrs.map((some) =>
        some.map(({ hostname, port }) => joinAddress(hostname, port))
      ),
    ),
  );
}

async function serve(hostname: string): Promise<void> {
  const all = [...tasks, slowChat];
  const servings = await Promise.all(all.map((task) => task.serve(hostname)));
  tellAddresses(servings.map(({ addrs }) => addrs));
  await endOfInput();
  await Promise.all(
    servings.map((serving, index) =>
      serving.stop().catch((error) =>
        tellProblem(`${all[index].name} (server)`, error)
      )
    ),
  );
}

async function relay(targets: string[][]): Promise<void> {
  const faults = {
    up: { throttle: new Throttle(RATE) },
    down: { throttle: new Throttle(RATE) },
  };
  const relays = await Promise.all(
    targets.map((some) =>
      Promise.all(some.map((target) => {
        const { hostname, port } = parseAddress(target);
        return FaultRelay.start({ transport: "tcp", hostname, port }, faults);
      }))
    ),
  );
  tellAddresses(relays.map((some) => some.map(({ addr }) => addr)));
  await endOfInput();
  for (const relay of relays.flat()) await relay[Symbol.asyncDispose]();
}

async function dial(addresses: string[][]): Promise<void> {
  const start = performance.now();
  const run = async (
    { name, dial }: SlowTask,
    index: number,
    others: Promise<unknown>,
  ) => {
    try {
      const done = await dial(addresses[index], others);
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      console.log(`${seconds.padStart(5)} s  ${name}: ${done}`);
    } catch (error) {
      tellProblem(name, error);
    }
  };
  const others = Promise.all(
    tasks.map((task, index) => run(task, index, Promise.resolve())),
  );
  await Promise.all([others, run(slowChat, tasks.length, others)]);
}

const [role, argument] = Deno.args;
if (role === "serve") await serve(argument);
else if (role === "relay") await relay(JSON.parse(argument));
else await dial(JSON.parse(argument));
