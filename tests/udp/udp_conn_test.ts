import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ClosedError } from "@vnet/net/udp";
import { FakeBackend, makeConn } from "./support/_fake_backend.ts";
import { bytes, text } from "./support/_support.ts";

const PEER = { transport: "udp", hostname: "127.0.0.1", port: 7000 } as const;

Deno.test("A refused port is the error of the next call of a dialled connection", async () => {
  const backend = new FakeBackend();
  using conn = makeConn(backend, PEER);
  const refused = new Deno.errors.ConnectionRefused("Connection refused");
  const message = "Cannot reach 127.0.0.1:7000: connection refused";

  assertEquals(backend.sink?.onUnreachable(refused), false);
  await assertRejects(
    () => conn.receive(),
    Deno.errors.ConnectionRefused,
    message,
  );
  backend.sink?.onUnreachable(refused);
  await assertRejects(
    () => conn.writeString("hello"),
    Deno.errors.ConnectionRefused,
    message,
  );
  const pending = [conn.receive(), conn.receive()] as const;
  assertEquals(backend.sink?.onUnreachable(refused), true);
  await assertRejects(() => pending[0], Deno.errors.ConnectionRefused);
  backend.sink?.onDatagram(bytes("back"), PEER);
  assertEquals(text((await pending[1]).data), "back");
});

Deno.test("A refused port is no error of a connection that many talk with", async () => {
  const backend = new FakeBackend();
  using conn = makeConn(backend);
  const pending = conn.receive();
  const refused = new Deno.errors.ConnectionRefused("Connection refused");

  assertEquals(backend.sink?.onUnreachable(refused), true);
  backend.sink?.onDatagram(bytes("hello"), PEER);
  assertEquals(text((await pending).data), "hello");
});

Deno.test("A failure of the receiving ends all calls that wait, or the next one", async () => {
  const backend = new FakeBackend();
  using conn = makeConn(backend);
  const pending = [conn.receive(), conn.receive()];
  const failure = new Deno.errors.PermissionDenied("No more");
  backend.sink?.onFailure(failure);

  for (const call of pending) {
    const error = await assertRejects(
      () => call,
      Deno.errors.PermissionDenied,
      "Cannot receive at 127.0.0.1:5000: no more",
    );
    assertStrictEquals(error.cause, failure);
  }
  backend.sink?.onFailure(failure);
  await assertRejects(() => conn.receive(), Deno.errors.PermissionDenied);
  const revived = conn.receive();
  backend.sink?.onDatagram(bytes("hello"), PEER);
  assertEquals(text((await revived).data), "hello");
});

Deno.test("A failure of the receiving ends the sessions with its error", async () => {
  const backend = new FakeBackend();
  using conn = makeConn(backend);
  const sessions = conn.sessions();
  backend.sink?.onDatagram(bytes("hello"), PEER);
  const session = await sessions.accept();
  const accepting = sessions.accept();
  backend.sink?.onFailure(new Deno.errors.PermissionDenied("No more"));

  await assertRejects(() => accepting, Deno.errors.PermissionDenied);
  await assertRejects(() => sessions.accept(), Deno.errors.PermissionDenied);
  await assertRejects(() => session.receive(), ClosedError);
});

Deno.test("The back end is told when someone waits and when nobody does", async () => {
  const backend = new FakeBackend();
  const conn = makeConn(backend);
  const controllers = [new AbortController(), new AbortController()];
  const calls = controllers.map(({ signal }) => conn.receive({ signal }));
  for (const controller of controllers) controller.abort(new Error("Enough"));
  for (const call of calls) await assertRejects(() => call, Error, "Enough");
  conn.unref();
  conn.ref();
  conn.close();
  conn.unref();

  assertEquals(backend.calls, [
    "wake",
    "wake",
    "rest",
    "unref",
    "ref",
    "close",
  ]);
});

Deno.test("A caller's buffer that has gone meanwhile costs nobody else", async () => {
  const backend = new FakeBackend();
  using conn = makeConn(backend);
  const buffer = new Uint8Array(10);
  const pending = conn.read(buffer);
  buffer.buffer.transfer();
  backend.sink?.onDatagram(bytes("gone"), PEER);

  assertEquals(await pending, [0, PEER, true]);
  const next = conn.receive();
  backend.sink?.onDatagram(bytes("next"), PEER);
  assertEquals(text((await next).data), "next");
});

Deno.test("joinMulticast() passes its settings on, and leave() is idempotent", async () => {
  const backend = new FakeBackend();
  const conn = makeConn(backend);
  const membership = await conn.joinMulticast("239.1.2.3", {
    ttl: 4,
    loopback: false,
  });
  await membership.leave();
  await membership.leave();
  await assertRejects(
    () => conn.joinMulticast("239.1.2.3", { ttl: 13 }),
    Deno.errors.NotSupported,
    "Cannot join 239.1.2.3: no such luck",
  );
  const last = await conn.joinMulticast("239.1.2.3");
  conn.close();
  await last.leave();

  assertEquals(backend.calls, [
    "join",
    "setMulticastTtl 4",
    "setMulticastLoopback false",
    "leave",
    "join",
    "setMulticastTtl 13",
    "leave",
    "join",
    "close",
  ]);
});

Deno.test("close() during a join makes it reject with a ClosedError", async () => {
  const conn = makeConn(new FakeBackend());
  const joining = conn.joinMulticast("239.1.2.3");
  conn.close();

  await assertRejects(() => joining, ClosedError);
});
