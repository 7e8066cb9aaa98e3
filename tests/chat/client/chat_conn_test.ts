import { assertEquals } from "@std/assert";
import type { Transport } from "../../../chat/client/_chat_transport.ts";
import { ChatConn } from "../../../chat/client/chat_conn.ts";

/** A transport whose server is the test. */
class FakeTransport implements Transport {
  readonly incoming: (string | null)[] = [];
  readonly sent: string[] = [];
  readonly calls: string[] = [];
  readonly #closed = Promise.withResolvers<void>();
  reads = 0;
  /** Lets the server take what was sent. */
  take = () => {};

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  read(): Promise<string | null> {
    this.reads++;
    return Promise.resolve(this.incoming.shift() ?? null);
  }

  send(message: string): Promise<void> {
    this.sent.push(message);
    return new Promise((resolve) => this.take = resolve);
  }

  finish(): Promise<void> {
    this.calls.push("finish");
    return Promise.resolve();
  }

  end(): Promise<void> {
    this.calls.push("end");
    this.#closed.resolve();
    return Promise.resolve();
  }

  cut(): void {
    this.calls.push("cut");
    this.#closed.resolve();
  }
}

function start() {
  const transport = new FakeTransport();
  return { transport, conn: new ChatConn(transport, "the server") };
}

Deno.test("ChatConn reads nothing ahead of its reader", async () => {
  const { transport, conn } = start();
  transport.incoming.push('{"type":"pong","ref":"1"}', '{"type":"pong"}');

  const reader = conn.readable.getReader();
  await Promise.resolve();
  assertEquals(transport.reads, 0);
  assertEquals(await reader.read(), {
    done: false,
    value: { type: "pong", ref: "1" },
  });
  assertEquals(transport.reads, 1);
});

Deno.test("ChatConn leaves out what is no message, and ends with the connection", async () => {
  const { transport, conn } = start();
  transport.incoming.push(
    ...["", "nonsense", '{"type":"soon"}', '{"type":"ack","id":-1}'],
    ...['{"type":"pong"}', null],
  );

  assertEquals(await Array.fromAsync(conn.readable), [{ type: "pong" }]);
});

Deno.test("ChatConn sends a request when the one before was taken", async () => {
  const { transport, conn } = start();
  const writer = conn.writable.getWriter();

  const first = writer.write({ type: "say", text: "one" });
  const second = writer.write({ type: "ping", ref: "2" });
  await Promise.resolve();
  assertEquals(transport.sent, ['{"type":"say","text":"one"}']);
  assertEquals((writer.desiredSize ?? 0) < 1, true);
  transport.take();
  await first;
  assertEquals(transport.sent[1], '{"type":"ping","ref":"2"}');
  transport.take();
  await second;
  await writer.close();
  assertEquals(transport.calls, ["finish"]);
});

Deno.test("ChatConn closes when its reader cancels, and is cut when its writer aborts", async () => {
  const cancelled = start();
  await cancelled.conn.readable.cancel();
  await cancelled.conn.closed;
  assertEquals(cancelled.transport.calls, ["end"]);

  const aborted = start();
  await aborted.conn.writable.abort(new Error("Enough"));
  await aborted.conn.closed;
  assertEquals(aborted.transport.calls, ["cut"]);
});

Deno.test("ChatConn closes at the end of its scope", async () => {
  const { transport, conn } = start();
  {
    await using _conn = conn;
  }
  conn.terminate();
  assertEquals(transport.calls, ["end", "cut"]);
});
