// An echo server over UDP in one of several ways, and beside it one over TCP in the
// same process, for the benchmarks. It prints its TCP port and its UDP port and
// runs until it is killed.
//
//   udp_beside_tcp.ts deno|read|receive|stream

import { listenTcp } from "../../tcp/mod.ts";
import { listenUdp } from "../../udp/mod.ts";
import { announce } from "./_announce.mjs";

/** Clients reset their connections at the end of a run. */
const QUIET = { onError: () => {} };

const [way = "read"] = Deno.args;
/** The load generator cuts its connections at the end. */
const ignore = () => {};

async function serveByDeno(): Promise<void> {
  const udp = Deno.listenDatagram({
    transport: "udp",
    hostname: "127.0.0.1",
    port: 0,
  });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  announce(listener.addr.port, (udp.addr as Deno.NetAddr).port);
  const echoDatagrams = async () => {
    const buffer = new Uint8Array(64 * 1024);
    while (true) {
      const [data, from] = await udp.receive(buffer);
      await udp.send(data, from);
    }
  };
  void echoDatagrams();
  for await (const conn of listener) {
    conn.readable.pipeTo(conn.writable).catch(ignore);
  }
}

async function serveByVnet(): Promise<void> {
  const udp = await listenUdp("127.0.0.1:0");
  const listener = listenTcp("127.0.0.1:0");
  announce(listener.addr.port, udp.addr.port);
  const echoDatagrams = async () => {
    if (way === "stream") return udp.readable.pipeTo(udp.writable);
    const buffer = new Uint8Array(64 * 1024);
    while (way === "read") {
      const [length, from] = await udp.read(buffer);
      await udp.writeTo(from, buffer.subarray(0, length));
    }
    while (true) {
      const { data, addr } = await udp.receive();
      await udp.writeTo(addr, data);
    }
  };
  void echoDatagrams();
  await listener.serve((conn) => conn.readable.pipeTo(conn.writable), QUIET);
}

await (way === "deno" ? serveByDeno() : serveByVnet());
