// An echo server over UDP in one of several ways, for the benchmarks. It prints
// its port and runs until it is killed.
//
//   udp_echo.ts deno|read|receive|stream [native|node]

import { listenUdp, type UdpOptions } from "../../udp/mod.ts";
import { announce } from "./_announce.mjs";

const [way = "read", backend = "native"] = Deno.args;

if (way === "deno") {
  const conn = Deno.listenDatagram({
    transport: "udp",
    hostname: "127.0.0.1",
    port: 0,
  });
  announce((conn.addr as Deno.NetAddr).port);
  const buffer = new Uint8Array(64 * 1024);
  while (true) {
    const [data, from] = await conn.receive(buffer);
    await conn.send(data, from);
  }
}

const conn = await listenUdp("127.0.0.1:0", {
  backend: backend as UdpOptions["backend"],
});
announce(conn.addr.port);
if (way === "read") {
  const buffer = new Uint8Array(64 * 1024);
  while (true) {
    const [length, from] = await conn.read(buffer);
    await conn.writeTo(from, buffer.subarray(0, length));
  }
} else if (way === "receive") {
  while (true) {
    const { data, addr } = await conn.receive();
    await conn.writeTo(addr, data);
  }
} else {
  await conn.readable.pipeTo(conn.writable);
}
