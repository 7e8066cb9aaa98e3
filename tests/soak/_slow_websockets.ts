import { listenTcp } from "../../tcp/listen_tcp.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { upgradeWebSocket } from "../../websocket/upgrade_websocket.ts";
import type { UpgradedWebSocket } from "../../websocket/upgrade_websocket.ts";
import type { CloseInfo } from "../../websocket/websocket_options.ts";
import { WebSocketStream } from "../../websocket/websocket_stream.ts";
import { assertSameBytes, pattern } from "../tcp/support/_bytes.ts";
import { expectClean, serveConns, type SlowTask } from "./_slow_task.ts";

const MESSAGE = 100_000;
const UPLOADED = 80;
const QUEUED = 30;
const AWAITED = 5;
const UPGRADED = 5;
const ALL_THERE = "all there";
const PIPED = 16;
const PIPED_MESSAGE = 25_000;

/** Reads so many messages of a pattern, and nothing else. */
async function readMessages(
  messages: AsyncIterable<string | Uint8Array>,
  count: number,
  size: number,
): Promise<void> {
  let read = 0;
  for await (const message of messages) {
    if (typeof message === "string") throw new Error("A message is text");
    assertSameBytes(message, pattern(size, read));
    read++;
  }
  if (read !== count) throw new Error(`${read} of ${count} messages came`);
}

/** A client that sends in a loop: its pong waits behind its own data. */
const upload: SlowTask = {
  name: "ws upload",
  serve(hostname) {
    return serveConns(listenTcp({ hostname, port: 0 }), async (conn) => {
      const socket = await acceptWebSocket(conn);
      await readMessages(socket, UPLOADED, MESSAGE);
      expectClean("server", await socket.closed);
    });
  },
  async dial([address]) {
    const socket = await dialWebSocket(`ws://${address}/`);
    for (let index = 0; index < UPLOADED; index++) {
      await socket.write(pattern(MESSAGE, index));
    }
    expectClean("client", await socket.close(1000, "done"));
    return `${UPLOADED} messages of ${MESSAGE} bytes, closed by the client`;
  },
};

/** A server that queues messages and closes at once. */
const queueAndClose: SlowTask = {
  name: "ws tail",
  serve(hostname) {
    return serveConns(listenTcp({ hostname, port: 0 }), async (conn) => {
      const socket = await acceptWebSocket(conn);
      for (let index = 0; index < QUEUED; index++) {
        socket.write(pattern(MESSAGE, index));
      }
      expectClean("server", await socket.close(1000, "done"));
    });
  },
  async dial([address]) {
    const socket = await dialWebSocket(`ws://${address}/`);
    await readMessages(socket, QUEUED, MESSAGE);
    expectClean("client", await socket.closed);
    return `${QUEUED} messages of ${MESSAGE} bytes, closed by the server`;
  },
};

/** A server that stays silent behind a download: its pings wait behind it. */
const download: SlowTask = {
  name: "ws download",
  serve(hostname) {
    return serveConns(listenTcp({ hostname, port: 0 }), async (conn) => {
      const socket = await acceptWebSocket(conn);
      for (let index = 0; index < AWAITED; index++) {
        await socket.write(pattern(MESSAGE, index));
      }
      if (await socket.read() !== ALL_THERE) throw new Error("No answer came");
      expectClean("server", await socket.closed);
    });
  },
  async dial([address]) {
    const socket = await dialWebSocket(`ws://${address}/`);
    for (let index = 0; index < AWAITED; index++) {
      const message = await socket.read();
      if (!(message instanceof Uint8Array)) {
        throw new Error("A message is lost");
      }
      assertSameBytes(message, pattern(MESSAGE, index));
    }
    await socket.write(ALL_THERE);
    expectClean("client", await socket.close(1000, "done"));
    return `${AWAITED} messages of ${MESSAGE} bytes, closed by the client`;
  },
};

/** `Deno.serve` with `upgradeWebSocket()`: what it sends, and closes behind. */
const upgrade: SlowTask = {
  name: "upgradeWebSocket",
  serve(hostname) {
    const ended = Promise.withResolvers<CloseInfo>();
    const send = async (socket: UpgradedWebSocket) => {
      for (let index = 0; index < UPGRADED; index++) {
        await socket.write(pattern(MESSAGE, index));
      }
      return await socket.close(1000, "done");
    };
    const server = Deno.serve(
      { hostname, port: 0, onListen: () => {} },
      (request) =>
        upgradeWebSocket(request, {
          onOpen: (socket) => ended.resolve(send(socket)),
        }).response,
    );
    return {
      addrs: [server.addr],
      async stop() {
        await server.shutdown();
        expectClean("server", await ended.promise);
      },
    };
  },
  async dial([address]) {
    const socket = await dialWebSocket(`ws://${address}/`);
    await readMessages(socket, UPGRADED, MESSAGE);
    expectClean("client", await socket.closed);
    return `${UPGRADED} messages of ${MESSAGE} bytes, closed by the server`;
  },
};

/** A stream of messages that is piped into a WebSocket, and read as a stream. */
const pipeMessages: SlowTask = {
  name: "ws pipeTo",
  serve(hostname) {
    return serveConns(listenTcp({ hostname, port: 0 }), async (conn) => {
      const socket = await acceptWebSocket(conn);
      const messages = ReadableStream.from((function* () {
        for (let index = 0; index < PIPED; index++) {
          yield pattern(PIPED_MESSAGE, index);
        }
      })());
      await messages.pipeTo(socket.writable);
      expectClean("server", await socket.closed);
    });
  },
  async dial([address]) {
    const socket = new WebSocketStream(`ws://${address}/`);
    const { readable } = await socket.opened;
    await readMessages(readable, PIPED, PIPED_MESSAGE);
    const { closeCode } = await socket.closed;
    expectClean("client", { code: closeCode, wasClean: true });
    return `${PIPED} messages of ${PIPED_MESSAGE} bytes`;
  },
};

/** WebSockets. */
export const slowWebSockets: readonly SlowTask[] = [
  upload,
  queueAndClose,
  download,
  upgrade,
  pipeMessages,
];
