// deno-lint-ignore-file explicit-module-boundary-types -- JSDoc has the types

// What every WebSocket client of the benchmarks does, under Deno and Node: it
// keeps messages in flight to an echo server and prints how it went.

import process from "node:process";

/**
 * Drives a client for a time and ends the program. The first half of the time is
 * for warming up and does not count.
 *
 * With the window `latency`, one message is in flight and the median and the 99th
 * percentile of the round trips are printed, in microseconds; else the messages
 * per second. `cpu=` and the nanoseconds of CPU time for one message follow.
 *
 * @param {[port: string, seconds: string, size: string, window: string]} args
 * @param {(url: string, onMessage: () => void) => Promise<(data: Uint8Array<ArrayBuffer>) => unknown>} open
 * Opens a connection; gives what sends a message.
 */
export async function drive([port, seconds, size, window], open) {
  const isLatency = window === "latency";
  const message = new Uint8Array(Number(size)).fill(118);
  const half = Number(seconds) * 500;
  const samples = [];
  let start = 0;
  let counted = 0;
  let sentAt = 0;
  let since = Infinity;
  let cpuSince;

  const onMessage = () => {
    const time = performance.now();
    if (time > since) {
      cpuSince ??= process.cpuUsage();
      counted++;
      if (isLatency) samples.push(time - sentAt);
    }
    sentAt = isLatency ? performance.now() : 0;
    send(message);
    if (time - start > 2 * half) report(time);
  };
  const report = (time) => {
    const { user, system } = process.cpuUsage(cpuSince);
    const cpu = `cpu=${((user + system) * 1000 / counted).toFixed(4)}`;
    if (isLatency) {
      samples.sort((a, b) => a - b);
      const at = (part) => samples[Math.floor(samples.length * part)] * 1000;
      console.log(`${at(0.5).toFixed(2)} ${at(0.99).toFixed(2)} ${cpu}`);
    } else {
      console.log(Math.round(counted / (time - since) * 1000), cpu);
    }
    process.exit();
  };

  const send = await open(`ws://127.0.0.1:${port}/`, onMessage);
  start = sentAt = performance.now();
  since = start + half;
  for (let sent = 0; sent < (isLatency ? 1 : Number(window)); sent++) {
    send(message);
  }
}
