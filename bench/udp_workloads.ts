import { createSocket } from "node:dgram";
import { once } from "node:events";
import { dialUdp, listenUdp } from "../udp/mod.ts";

/** What one datagram carries. */
const SIZE = 64;

/** Two sockets of this machine, of which one sends and the other receives. */
export interface UdpWorkload extends Disposable {
  /** Sends and receives so many datagrams, each before the next is sent. */
  run(count: number): Promise<void>;
}

/** The ways to compare, and what sets each up. The first two are the bare ones. */
export const UDP_WORKLOADS: ReadonlyMap<string, () => Promise<UdpWorkload>> =
  new Map([
    ["Deno.listenDatagram, one buffer", bareDeno],
    ["node:dgram, events", bareNode],
    ["vnet native, write and read", () => vnet("native", "read")],
    ["vnet native, write and receive", () => vnet("native", "receive")],
    ["vnet node, write and receive", () => vnet("node", "receive")],
  ]);

/** `Deno.listenDatagram` as fast as it goes: into one buffer, used again. */
function bareDeno(): Promise<UdpWorkload> {
  const options = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
  const sender = Deno.listenDatagram(options);
  const receiver = Deno.listenDatagram(options);
  const target = receiver.addr;
  const data = new Uint8Array(SIZE);
  const buffer = new Uint8Array(64 * 1024);
  return Promise.resolve({
    run: async (count) => {
      for (let index = 0; index < count; index++) {
        await sender.send(data, target);
        await receiver.receive(buffer);
      }
    },
    [Symbol.dispose]: () => {
      sender.close();
      receiver.close();
    },
  });
}

/** `node:dgram` with its usual events: each message sends the next. */
async function bareNode(): Promise<UdpWorkload> {
  const sender = createSocket("udp4");
  const receiver = createSocket("udp4");
  for (const socket of [sender, receiver]) {
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
  }
  const { port } = receiver.address();
  const data = new Uint8Array(SIZE);
  let left = 0;
  let onDone = () => {};
  const send = () => sender.send(data, port, "127.0.0.1");
  receiver.on("message", () => {
    if (--left > 0) send();
    else onDone();
  });
  return {
    run: (count) => {
      left = count;
      return new Promise((resolve) => {
        onDone = resolve;
        send();
      });
    },
    [Symbol.dispose]: () => {
      sender.close();
      receiver.close();
    },
  };
}

async function vnet(
  backend: "native" | "node",
  call: "read" | "receive",
): Promise<UdpWorkload> {
  const receiver = await listenUdp("127.0.0.1:0", { backend });
  const sender = await dialUdp(receiver.addr, { backend });
  const data = new Uint8Array(SIZE);
  const buffer = new Uint8Array(64 * 1024);
  return {
    run: async (count) => {
      for (let index = 0; index < count; index++) {
        await sender.write(data);
        if (call === "read") await receiver.read(buffer);
        else await receiver.receive();
      }
    },
    [Symbol.dispose]: () => {
      sender.close();
      receiver.close();
    },
  };
}
