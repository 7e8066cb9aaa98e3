// A WebSocket client in one of several ways, for the benchmarks: see `drive`.
//
//   ws_client.ts deno|callbacks|read PORT SECONDS SIZE WINDOW

import { dialWebSocket, newClient, OPCode } from "../../websocket/mod.ts";
import { drive } from "./_drive.mjs";

type Send = (data: Uint8Array<ArrayBuffer>) => unknown;
type Open = (url: string, onMessage: () => void) => Promise<Send>;

const [way = "callbacks", port = "", seconds = "", size = "", window = ""] =
  Deno.args;
const maxMessageSize = 32 * 1024 * 1024;

async function openByDeno(url: string, onMessage: () => void): Promise<Send> {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onmessage = onMessage;
  const { promise, resolve } = Promise.withResolvers<unknown>();
  socket.onopen = resolve;
  await promise;
  return (data) => socket.send(data);
}

async function openByCallbacks(
  url: string,
  onMessage: () => void,
): Promise<Send> {
  const client = newClient(url, { maxMessageSize });
  client.onMessage(onMessage);
  await client.connect();
  void client.listen();
  return (data) => client.write(data, OPCode.binaryFrame);
}

async function openByRead(url: string, onMessage: () => void): Promise<Send> {
  const socket = await dialWebSocket(url, { maxMessageSize });
  const read = async () => {
    while (await socket.read() !== null) onMessage();
  };
  void read();
  return (data) => socket.write(data);
}

const opens: Record<string, Open> = {
  deno: openByDeno,
  callbacks: openByCallbacks,
  read: openByRead,
};
await drive([port, seconds, size, window], opens[way] ?? openByCallbacks);
