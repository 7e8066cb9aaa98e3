// Two UDP sockets of one process, of which one sends 64 bytes and the other
// receives them before the next are sent. Prints datagrams per second, and the
// nanoseconds of CPU time for one; the first half of the time does not count.
//
//   udp_pair.ts deno|events|read|receive SECONDS [native|node]

import { createSocket } from "node:dgram";
import { once } from "node:events";
import process from "node:process";
import { dialUdp, listenUdp, type UdpOptions } from "../../udp/mod.ts";

const [way = "read", seconds = "1", backend = "native"] = Deno.args;
const data = new Uint8Array(64);
const buffer = new Uint8Array(64 * 1024);
const half = Number(seconds) * 500;
const start = performance.now();
let count = 0;
let isWarm = false;
let cpu = process.cpuUsage();

/** Counts one datagram; prints the rate at the end, and ends the program. */
function onReceived(): void {
  // The clock is read now and then, so that it does not count.
  if (++count % 64 !== 0) return;
  const time = performance.now() - start;
  if (!isWarm && time > half) {
    isWarm = true;
    count = 0;
    cpu = process.cpuUsage();
  } else if (time > 2 * half) {
    const { user, system } = process.cpuUsage(cpu);
    const each = (user + system) * 1000 / count;
    console.log(`${Math.round(count / half * 1000)} cpu=${each.toFixed(4)}`);
    process.exit();
  }
}

/** `Deno.listenDatagram` as fast as it goes: into one buffer, used again. */
async function runDeno(): Promise<void> {
  const options = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
  const sender = Deno.listenDatagram(options);
  const receiver = Deno.listenDatagram(options);
  while (true) {
    await sender.send(data, receiver.addr);
    await receiver.receive(buffer);
    onReceived();
  }
}

/** `node:dgram` with its usual events: each message sends the next. */
async function runEvents(): Promise<void> {
  const sender = createSocket("udp4");
  const receiver = createSocket("udp4");
  for (const socket of [sender, receiver]) {
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
  }
  const { port } = receiver.address();
  const send = () => sender.send(data, port, "127.0.0.1");
  receiver.on("message", () => {
    onReceived();
    send();
  });
  send();
}

async function runVnet(): Promise<void> {
  const options = { backend: backend as UdpOptions["backend"] };
  const receiver = await listenUdp("127.0.0.1:0", options);
  const sender = await dialUdp(receiver.addr, options);
  while (true) {
    await sender.write(data);
    if (way === "read") await receiver.read(buffer);
    else await receiver.receive();
    onReceived();
  }
}

if (way === "deno") await runDeno();
else if (way === "events") await runEvents();
else await runVnet();
