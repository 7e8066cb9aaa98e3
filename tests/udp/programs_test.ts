// The UDP programs of the documents that this module follows.
import { assertEquals, assertRejects } from "@std/assert";
import { ClosedError, dialUdp, listenUdp, type UdpConn } from "@vnet/net/udp";
import { type Backend, bytes, text } from "./support/_support.ts";

/** Listens at a program's own port, or at a free one if it is taken. */
async function listenAt(
  hostname: string,
  port: number,
  backend: Backend,
): Promise<UdpConn> {
  try {
    return await listenUdp({ hostname, port }, { backend });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    return await listenUdp({ hostname, port: 0 }, { backend });
  }
}

async function freePort(port: number): Promise<number> {
  using conn = await listenAt("127.0.0.1", port, "node");
  return conn.addr.port;
}

for (const backend of ["native", "node"] as const) {
  Deno.test(`V's echo: dial_udp, read, write_to (${backend})`, async () => {
    async function echoServer(conn: UdpConn): Promise<void> {
      conn.setReadTimeout(60_000);
      conn.setWriteTimeout(60_000);
      for (;;) {
        const buffer = new Uint8Array(100);
        const [length, addr] = await conn.read(buffer);
        await conn.writeTo(addr, buffer.subarray(0, length));
      }
    }

    const listener = await listenAt("", 40001, backend);
    const server = echoServer(listener);
    const conn = await dialUdp(
      `127.0.0.1:${await freePort(40003)}`,
      `127.0.0.1:${listener.addr.port}`,
      { backend },
    );
    conn.setReadTimeout(60_000);
    conn.setWriteTimeout(60_000);
    const data = "Hello from vlib/net!";
    await conn.writeStr(data);
    const buffer = new Uint8Array(100);
    const [length, addr] = await conn.read(buffer);
    assertEquals(length, data.length);
    assertEquals(addr.port, listener.addr.port);
    assertEquals(text(buffer.subarray(0, length)), data);
    conn.close();
    listener.close();
    await assertRejects(() => server, ClosedError);
  });

  Deno.test(`Node's a.js and b.js: bind, send with offset and length (${backend})`, async () => {
    // a.js
    using a = await listenAt("localhost", 41234, backend);
    const received: string[] = [];
    const answering = (async () => {
      for await (const { data, addr } of a) {
        received.push(text(data));
        await a.writeTo(addr, data);
      }
    })();

    // b.js
    using b = await listenAt("localhost", 41235, backend);
    const data = bytes("测试信息");
    const length = await b.writeTo(
      { hostname: "localhost", port: a.addr.port },
      data.subarray(3, 3 + 6),
    );
    const message = await b.receive();

    assertEquals(length, 6);
    assertEquals(text(message.data), "试信");
    assertEquals(message.addr.port, a.addr.port);
    assertEquals(received, ["试信"]);
    a.close();
    await answering;
  });
}
