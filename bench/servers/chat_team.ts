// A chat server with all of access, devices and a data file, or with none of it. It
// prints a line when it listens, and for each line that it gets one with figures:
// its processor time in milliseconds for 500 users who join, and in microseconds for
// each delivery while they talk.
//
//   deno run -A bench/servers/chat_team.ts all|open

import process from "node:process";
import { openInvitations, openSqliteStore, serveChat } from "../../chat/mod.ts";

const PASSWORD = "correct horse battery staple";
const CLIENTS = new URL("../clients/chat_team.ts", import.meta.url).pathname;

const isAll = Deno.args[0] === "all";
await using stack = new AsyncDisposableStack();
const folder = await Deno.makeTempDir();
stack.defer(() => Deno.remove(folder, { recursive: true }));
const store = stack.use(await openSqliteStore(`${folder}/chat.db`));
const invitations = stack.use(await openInvitations(`${folder}/invitations`));
const server = stack.use(serveChat({
  http: { port: 0 },
  burst: Infinity,
  maxNewPerAddress: Infinity,
  maxPerAddress: Infinity,
  ...isAll ? { store, access: { password: PASSWORD, invitations } } : {},
}));
console.log("ready");

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const _ of lines) console.log((await measure()).join(" "));

async function measure(): Promise<number[]> {
  const { port } = server.httpAddr;
  const clients = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", CLIENTS, `${port}`, isAll ? PASSWORD : ""],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = clients.stdout.pipeThrough(new TextDecoderStream())
    .getReader();
  const writer = clients.stdin.getWriter();
  await reader.read();
  const start = process.cpuUsage();
  await writer.write(new TextEncoder().encode("join\n"));
  await reader.read();
  const joined = process.cpuUsage(start);
  const { deliveries } = server.stats;
  const before = process.cpuUsage();
  await writer.write(new TextEncoder().encode("talk\n"));
  await reader.read();
  const talked = process.cpuUsage(before);
  const count = server.stats.deliveries - deliveries;
  await writer.close();
  await reader.cancel();
  await clients.status;
  return [
    (joined.user + joined.system) / 1000,
    (talked.user + talked.system) / count,
  ];
}
