// Stands in for `tls_load.c` where there is no C compiler or no OpenSSL to compile
// it with, under Node or Deno, with its arguments:
//
//   tls_stand_in.mjs PORT SECONDS CONNECTIONS SIZE echo|bulk|handshake
//   tls_stand_in.mjs PORT SECONDS CONNECTIONS RATE silent
//   tls_stand_in.mjs PORT 0 CONNECTIONS 0 idle
//
// It is slower than what it loads: a ratio is then nearer to 1 than it would be.

import { once } from "node:events";
import { connect } from "node:net";
import process from "node:process";
import { connect as connectTls } from "node:tls";
import { makeLoads, runLoad } from "./_stand_in.mjs";

const [, , ...args] = process.argv;
const [port, seconds, connections, size] = args.map(Number);
const LEAD = 1000;
const PERIOD = 50;
const PATIENCE = 5000;
const host = "127.0.0.1";

function dial() {
  const socket = connectTls({
    // A TLS socket that connects itself does not turn Nagle's algorithm off.
    socket: connect({ host, port, noDelay: true }).on("error", () => {}),
    servername: "localhost",
    rejectUnauthorized: false,
  });
  socket.on("error", () => {});
  return socket;
}

/** Milliseconds from the connect of a good client until it has been served. */
async function probe() {
  const since = performance.now();
  const socket = dial();
  socket.write("v");
  await once(socket, "data");
  const time = performance.now() - since;
  socket.destroy();
  return time;
}

async function loadBySilence() {
  for (let count = 0; count < 20; count++) await probe();
  const silent = [];
  const flood = setInterval(() => {
    for (let count = 0; count < size / 100; count++) {
      if (silent.length === connections) return;
      silent.push(connect({ host, port }).on("error", () => {}));
    }
  }, 10);
  await new Promise((resolve) => setTimeout(resolve, LEAD));
  const samples = [];
  const begin = () => {
    const sample = { since: performance.now(), time: undefined };
    samples.push(sample);
    probe().then((time) => sample.time = time, () => {});
  };
  const probing = setInterval(begin, PERIOD);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  clearInterval(flood);
  clearInterval(probing);
  const end = performance.now() + PATIENCE;
  while (
    samples.some(({ time }) => time === undefined) && performance.now() < end
  ) await new Promise((resolve) => setTimeout(resolve, PERIOD));
  const times = samples
    .map(({ since, time }) => time ?? performance.now() - since)
    .sort((a, b) => a - b);
  const micros = [times[times.length >> 1], times.at(-1)].map((time) =>
    Math.round(time * 1000)
  );
  console.log(micros.join(" "));
  process.exit();
}

async function holdIdle() {
  for (let count = 0; count < connections; count++) {
    await once(dial(), "secureConnect");
  }
  console.log("ready");
  process.stdin.on("end", () => process.exit()).resume();
}

const mode = args[4];
const loads = makeLoads(dial, "secureConnect", size);
if (mode === "silent") await loadBySilence();
else if (mode === "idle") await holdIdle();
else if (mode === "handshake") runLoad(loads.connect, connections, seconds);
else runLoad(loads[mode], connections, seconds);
