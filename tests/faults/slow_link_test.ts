import { assert, assertEquals, AssertionError } from "@std/assert";
import { ChatClient } from "../../chat/client/chat_client.ts";
import { serveChat } from "../../chat/server/serve_chat.ts";
import { type Client, newClient } from "../../websocket/callbacks/client.ts";
import { OPCode } from "../../websocket/opcode.ts";
import { newServer } from "../../websocket/callbacks/server.ts";
import { upgradeWebSocket } from "../../websocket/upgrade_websocket.ts";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";
import { WebSocketStream } from "../../websocket/websocket_stream.ts";
import { assertSameBytes, drain, pattern } from "../tcp/support/_bytes.ts";
import { SteadyClock } from "../tcp/support/_steady_clock.ts";
import { soon } from "../websocket/support/_slow.ts";
import {
  type Conn,
  LIMITS,
  LINKS,
  RATE,
  runConns,
  runSockets,
  SCALE,
  type Sides,
  startSlowRelay,
} from "./_slow_link.ts";

/** How long a link needs for what is sent, in seconds. */
const TIME = 2;
const MESSAGE = 2000;
const CLEAN = { code: 1000, reason: "done", wasClean: true };
/** How many messages a link of the lowest rate carries in that time. */
const COUNT = TIME * RATE / MESSAGE;
/** In one frame, on a link that needs three seconds for it. */
const LONG_FRAME = 65_535;
const LONG_FRAME_RATE = LONG_FRAME / 3;

/** What happens on a stream connection that is to carry so many bytes each way. */
function streams(size: number): Record<string, Sides<Conn>> {
  return {
    "an answer behind which the handler returns": {
      async server(conn) {
        assertEquals(await conn.readLine(), "go");
        await conn.write(pattern(size));
      },
      async client(conn) {
        await conn.writeString("go\n");
        const first = new Uint8Array(1);
        await conn.readFull(first);
        await conn.writeString("x");
        assertSameBytes(first, pattern(1));
        assertSameBytes(await drain(conn), pattern(size - 1, 1));
      },
    },
    "an upload, and a close while it goes out": {
      async server(conn) {
        assertSameBytes(await drain(conn), pattern(size));
      },
      async client(conn) {
        const writing = conn.write(pattern(size));
        conn.close();
        assertEquals(await writing, size);
      },
    },
    "streams that are piped in, both ways": {
      async server(conn) {
        const piping = chunks(size, 5).pipeTo(conn.writable);
        assertSameBytes(await drain(conn), pattern(size, 3));
        await piping;
      },
      async client(conn) {
        const piping = chunks(size, 3).pipeTo(conn.writable);
        assertSameBytes(await drain(conn), pattern(size, 5));
        await piping;
      },
    },
    "lines that are answered": {
      async server(conn) {
        for await (const line of conn.lines()) {
          await conn.writeString(`${line}\n`);
        }
      },
      async client(conn) {
        const text = "some words ".repeat(20);
        const count = Math.floor(size / (text.length + 5));
        const sent = Array.from({ length: count }, (_, at) => `${at} ${text}`);
        const writing = conn.writeString(`${sent.join("\n")}\n`)
          .then(() => conn.closeWrite());
        assertEquals(await Array.fromAsync(conn.lines()), sent);
        await writing;
      },
    },
  };
}

/** What happens on a WebSocket that is to carry so many messages each way. */
function sockets(count: number): Record<string, Sides<WebSocketConn>> {
  return {
    "messages of a client that then closes": {
      server: (socket) => readAndEnd(socket, count),
      client: (socket) => sendAndClose(socket, count),
    },
    "messages of a server that then closes": {
      server: (socket) => sendAndClose(socket, count),
      client: (socket) => readAndEnd(socket, count),
    },
    "messages both ways, and a close behind": {
      async server(socket) {
        await Promise.all([sendAll(socket, count), readAll(socket, count)]);
        assertEquals(await socket.close(1000, "done"), CLEAN);
      },
      async client(socket) {
        await Promise.all([sendAll(socket, count), readAll(socket, count)]);
        assertEquals(await socket.closed, CLEAN);
      },
    },
    "pings behind a download, and silence until it is answered": {
      async server(socket) {
        await sendAll(socket, count);
        assertEquals(await socket.read(), "all there");
        assertEquals(await socket.closed, CLEAN);
      },
      async client(socket) {
        await readAll(socket, count);
        await socket.write("all there");
        assertEquals(await socket.close(1000, "done"), CLEAN);
      },
    },
    "a stream that is piped into a WebSocket": {
      async server(socket) {
        await messages(count).pipeTo(socket.writable);
        assertEquals((await socket.closed).wasClean, true);
      },
      async client(socket) {
        await readAll(socket, count);
        assertEquals(await socket.read(), null);
        assertEquals((await socket.closed).wasClean, true);
      },
    },
  };
}

const longFrame: Sides<WebSocketConn> = {
  async server(socket) {
    const message = await socket.read();
    assert(message instanceof Uint8Array);
    assertSameBytes(message, pattern(LONG_FRAME));
    assertEquals(await socket.closed, CLEAN);
  },
  async client(socket) {
    await socket.write(pattern(LONG_FRAME));
    assertEquals(await socket.close(1000, "done"), CLEAN);
  },
};

function chunks(size: number, from: number): ReadableStream<Uint8Array> {
  return ReadableStream.from((function* () {
    for (let at = 0; at < size; at += MESSAGE) {
      yield pattern(MESSAGE, from + at);
    }
  })());
}

function messages(count: number): ReadableStream<Uint8Array> {
  return ReadableStream.from((function* () {
    for (let index = 0; index < count; index++) yield pattern(MESSAGE, index);
  })());
}

async function sendAll(socket: WebSocketConn, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await socket.write(pattern(MESSAGE, index));
  }
}

async function readAll(
  socket: Pick<WebSocketConn, "read">,
  count: number,
): Promise<void> {
  for (let index = 0; index < count; index++) {
    const message = await socket.read();
    assert(message instanceof Uint8Array, `Message ${index}: ${message}`);
    assertSameBytes(message, pattern(MESSAGE, index));
  }
}

async function readAndEnd(socket: WebSocketConn, count: number): Promise<void> {
  await readAll(socket, count);
  assertEquals(await socket.read(), null);
  assertEquals(await socket.closed, CLEAN);
}

async function sendAndClose(
  socket: WebSocketConn,
  count: number,
): Promise<void> {
  for (let index = 0; index < count; index++) {
    socket.write(pattern(MESSAGE, index));
  }
  assertEquals(await socket.close(1000, "done"), CLEAN);
}

/** V's client sends as much as its server, which then closes. */
async function useV(): Promise<void> {
  const server = newServer(0, "", {
    hostname: "127.0.0.1",
    ...LIMITS,
    pingInterval: Infinity,
  });
  server.pingInterval = 0.05;
  const faults: unknown[] = [];
  const onError = (_ws: unknown, error: unknown) => void faults.push(error);
  server.onError(onError);
  const atServer: Uint8Array[] = [];
  server.onMessage(async (ws, { opcode, payload }) => {
    if (opcode !== OPCode.binaryFrame) return;
    if (atServer.push(payload) < COUNT) return;
    for (const message of atServer) ws.write(message, OPCode.binaryFrame);
    await ws.close(1000, "done");
  });
  const serverClosed = closeOf(server);
  const listening = Promise.withResolvers<Deno.NetAddr>();
  const serving = server.listen({ onListen: listening.resolve });
  await using relay = await startSlowRelay(await listening.promise, 2 * RATE);
  const client = newClient(`ws://127.0.0.1:${relay.addr.port}/`, LIMITS);
  client.onError(onError);
  const clientClosed = closeOf(client);
  const atClient: Uint8Array[] = [];
  client.onMessage((_ws, { opcode, payload }) => {
    if (opcode === OPCode.binaryFrame) atClient.push(payload);
  });
  await client.connect();
  const reading = client.listen();
  for (let index = 0; index < COUNT; index++) {
    await client.write(pattern(MESSAGE, index), OPCode.binaryFrame);
  }
  assertEquals(await clientClosed, 1000);
  assertEquals(await serverClosed, 1000);
  await reading;
  await server.close();
  await serving;
  assertEquals(faults, []);
  assertEquals(atClient.length, COUNT);
  atClient.forEach((message, index) =>
    assertSameBytes(message, pattern(MESSAGE, index))
  );
}

function closeOf(
  source: { onClose(callback: (ws: Client, code: number) => void): unknown },
): Promise<number> {
  return new Promise((resolve) => source.onClose((_ws, code) => resolve(code)));
}

/** A `WebSocketStream` reads what `upgradeWebSocket` in `Deno.serve` sends. */
async function useUpgrade(): Promise<void> {
  const ended = Promise.withResolvers<unknown>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { closeTimeout } = LIMITS;
      const upgrade = upgradeWebSocket(request, {
        closeTimeout,
        onOpen: async (socket) => {
          for (let index = 0; index < COUNT; index++) {
            socket.write(pattern(MESSAGE, index));
          }
          ended.resolve(await socket.close(1000, "done"));
        },
      });
      return upgrade.response;
    },
  );
  await using relay = await startSlowRelay(server.addr, RATE);
  const url = `ws://127.0.0.1:${relay.addr.port}/`;
  // Without pings: of one that comes when it has sent its close frame, the
  // runtime makes an end by 1005.
  const { closeTimeout } = LIMITS;
  const socket = new WebSocketStream(url, { closeTimeout });
  const { readable } = await socket.opened;
  const reader = readable.getReader();
  await readAll({
    read: async () => (await reader.read()).value ?? null,
  }, COUNT);
  assertEquals((await reader.read()).done, true);
  assertEquals(await socket.closed, { closeCode: 1000, reason: "done" });
  assertEquals(await ended.promise, CLEAN);
  await server.shutdown();
}

/** Two users talk, one of them behind a slow link. */
async function useChat(): Promise<void> {
  await using server = serveChat({
    tcp: { port: 0 },
    http: { port: 0 },
    pingInterval: 50,
    burst: 1000,
    rate: 1000,
  });
  await using relay = await startSlowRelay(server.httpAddr, RATE);
  const reconnect = false;
  using ann = new ChatClient(`ws://127.0.0.1:${relay.addr.port}`, {
    nickname: "ann",
    pingInterval: 300,
    rate: Infinity,
    reconnect,
  });
  using bob = new ChatClient(`tcp://127.0.0.1:${server.tcpAddr.port}`, {
    nickname: "bob",
    rate: Infinity,
    reconnect,
  });
  await ann.connect();
  await bob.connect();
  const texts = Array.from({ length: 8 }, (_, at) => `${at}${"é".repeat(500)}`);
  const hearing = Promise.all([hear(ann, texts), hear(bob, texts)]);
  const said = texts.flatMap((text) => [ann.say(text), bob.say(text)]);
  await Promise.all(said);
  await hearing;
  assertEquals([ann.state, bob.state], ["open", "open"]);
  assertEquals(await ann.quit(), true);
  assertEquals(await bob.quit(), true);
}

/** Hears the same texts of the other user, in their order. */
async function hear(user: ChatClient, texts: readonly string[]): Promise<void> {
  const left = [...texts];
  for await (const event of user) {
    if (event.type !== "said" || event.user.id === user.user?.id) continue;
    assertEquals(event.text, left.shift());
    if (left.length === 0) return;
  }
  throw new AssertionError(`${left.length} texts were not heard`);
}

Deno.test("on slow links nothing is lost and nobody is cut, whatever is done at once", async () => {
  // So much is done at once that a busy machine would cut short what is slow.
  using _clock = new SteadyClock();
  const running: [name: string, run: Promise<void>][] = [
    ["V's client and server", useV()],
    ["upgradeWebSocket() and WebSocketStream", useUpgrade()],
    ["a chat", useChat()],
  ];
  for (const link of LINKS) {
    const rate = SCALE[link] * RATE;
    const size = TIME * rate;
    for (const [name, sides] of Object.entries(streams(size))) {
      running.push([`${link}: ${name}`, runConns(link, sides, rate)]);
    }
    for (const [name, sides] of Object.entries(sockets(size / MESSAGE))) {
      running.push([`${link}: ${name}`, runSockets(link, sides, rate)]);
    }
    const longRate = Math.max(LONG_FRAME_RATE, rate);
    running.push([
      `${link}: a long frame`,
      runSockets(link, longFrame, longRate),
    ]);
  }
  const errors: Error[] = [];
  await Promise.all(running.map(async ([name, run]) => {
    await soon(run).catch((cause) => errors.push(new Error(name, { cause })));
  }));
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors);
});
