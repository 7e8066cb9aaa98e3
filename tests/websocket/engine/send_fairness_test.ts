import { assertEquals } from "@std/assert";
import {
  acceptWebSocket,
  dialWebSocket,
  type UpgradedWebSocket,
  upgradeWebSocket,
  type WebSocketConn,
  WebSocketStream,
} from "@vnet/net/websocket";
import { listenTcp } from "@vnet/net/tcp";
import { afterPoll } from "../../../internal/wait/after_poll.ts";
import { rawClient } from "../support/_servers.ts";
import { OtherPeer } from "../../tcp/support/_other_peer.ts";

const HOST = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
/** Messages of a flood, which all fit into the buffer. */
const COUNT = 4000;
/** A message that does not. */
const LARGE = new Uint8Array(16 * 1024 * 1024);

/** How a program may send without a pause. */
type Way = (
  socket: Pick<WebSocketConn, "write" | "writable">,
  other: OtherPeer,
) => Promise<void>;

const STREAMS: Record<string, Way> = {
  "a writer that awaits ready": async ({ writable }, other) => {
    const writer = writable.getWriter();
    for (let count = 0; count < COUNT; count++) {
      await writer.ready;
      writer.write("part");
      other.handlePart();
    }
  },
  "a writer that awaits each write": async ({ writable }, other) => {
    const writer = writable.getWriter();
    for (let count = 0; count < COUNT; count++) {
      await writer.write("part");
      other.handlePart();
    }
  },
  "a pipe from a source that always has more": ({ writable }, other) => {
    let count = 0;
    const source = new ReadableStream<string>({
      pull(controller) {
        if (++count > COUNT) return controller.close();
        controller.enqueue("part");
        other.handlePart();
      },
    });
    return source.pipeTo(writable, { preventClose: true });
  },
};

const write: Way = async (socket, other) => {
  for (let count = 0; count < COUNT; count++) {
    await socket.write("part");
    other.handlePart();
  }
};

/** Sends, and checks that the other peer got its answer meanwhile. */
async function flood(
  way: Way,
  socket: Pick<WebSocketConn, "write" | "writable">,
): Promise<void> {
  await using other = await OtherPeer.connect();
  await way(socket, other);
  other.events.push("end of the flood");
  assertEquals(other.events, ["echo", "end of the flood"]);
}

/** A connection inside `Deno.serve`, and its peer. */
async function withUpgraded(
  run: (conn: UpgradedWebSocket) => Promise<void>,
): Promise<void> {
  const opened = Promise.withResolvers<UpgradedWebSocket>();
  await using server = Deno.serve(
    HOST,
    (request) =>
      upgradeWebSocket(request, { onOpen: opened.resolve })
        .response,
  );
  const { port } = server.addr as Deno.NetAddr;
  const client = await dialWebSocket(`ws://127.0.0.1:${port}/`);
  const conn = await opened.promise;
  try {
    await run(conn);
  } finally {
    client.terminate();
    await conn.closed;
  }
}

for (const [name, way] of Object.entries({ ...STREAMS, "write()": write })) {
  Deno.test(`others get their answers while ${name} floods an UpgradedWebSocket`, async () => {
    await withUpgraded((conn) => flood(way, conn));
  });
}

for (const [name, way] of Object.entries(STREAMS)) {
  Deno.test(`others get their answers while ${name} floods a WebSocketStream`, async () => {
    await using server = Deno.serve(
      HOST,
      (request) =>
        upgradeWebSocket(request, {
          onOpen: (conn) => conn.readable.pipeTo(new WritableStream()),
        }).response,
    );
    const { port } = server.addr as Deno.NetAddr;
    await using stream = new WebSocketStream(`ws://127.0.0.1:${port}/`);
    const { writable } = await stream.opened;
    const write = () => Promise.reject(new Error("Not of this class"));
    await flood(way, { writable: writable as WritableStream, write });
    // Whoever has the lock closes the stream.
    if (!writable.locked) await writable.close();
  });
}

Deno.test("others get their answers while messages of a WebSocketConn are dropped", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const accepted = listener.accept();
  const dialled = rawClient(listener.addr.port);
  const socket = await acceptWebSocket(await accepted, { sendPolicy: "drop" });
  using _silent = await dialled;
  await floodFull(socket);
  socket.terminate();
  await socket.closed;
  await listener.close();
});

Deno.test("others get their answers while messages of an UpgradedWebSocket are dropped", async () => {
  const opened = Promise.withResolvers<UpgradedWebSocket>();
  await using server = Deno.serve(
    HOST,
    (request) =>
      upgradeWebSocket(request, { sendPolicy: "drop", onOpen: opened.resolve })
        .response,
  );
  const silent = await rawClient((server.addr as Deno.NetAddr).port);
  const conn = await opened.promise;
  await floodFull(conn);
  silent.terminate();
  await conn.closed;
});

/** Sends what is dropped, as the peer reads nothing. */
async function floodFull(
  socket: WebSocketConn | UpgradedWebSocket,
): Promise<void> {
  do {
    socket.write(LARGE);
    await new Promise<void>((resolve) => afterPoll(resolve));
  } while (socket.messagesDropped === 0);
  await flood(write, socket);
}
