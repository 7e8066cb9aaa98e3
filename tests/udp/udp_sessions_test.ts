import { assertEquals } from "@std/assert";
import { assertTimeout } from "./support/_asserts.ts";
import { FakeBackend, makeConn } from "./support/_fake_backend.ts";
import { bytes, keepAlive } from "./support/_support.ts";

const PEER = { transport: "udp", hostname: "127.0.0.1", port: 7000 } as const;

Deno.test("accept() ends at the read timeout of the connection", () =>
  keepAlive(async () => {
    using conn = makeConn(new FakeBackend());
    conn.setReadTimeout(1);
    const sessions = conn.sessions();
    await assertTimeout(sessions.accept());
    await assertTimeout(sessions[Symbol.asyncIterator]().next());

    conn.setReadTimeout(0);
    await assertTimeout(sessions.accept());
  }));

Deno.test("accept() ends at the read deadline of the connection, also a pending call", () =>
  keepAlive(async () => {
    const backend = new FakeBackend();
    using conn = makeConn(backend);
    conn.setReadDeadline(Date.now() + 1_000_000);
    const sessions = conn.sessions();
    const pending = sessions.accept();
    conn.setReadDeadline(Date.now());
    await assertTimeout(pending);
    await assertTimeout(sessions.accept());

    conn.setReadDeadline(undefined);
    const next = sessions.accept();
    backend.sink?.onDatagram(bytes("hello"), PEER);
    assertEquals((await next).remoteAddr, PEER);
  }));

Deno.test("The limits of a connection outlive its sessions", () =>
  keepAlive(async () => {
    using conn = makeConn(new FakeBackend());
    const sessions = conn.sessions();
    conn.setReadTimeout(0);
    conn.setReadDeadline(8.64e15);
    sessions.close();

    assertEquals(conn.readTimeout, 0);
    assertEquals(conn.readDeadline, new Date(8.64e15));
    await assertTimeout(conn.receive());
    await assertTimeout(conn.sessions().accept());
  }));
