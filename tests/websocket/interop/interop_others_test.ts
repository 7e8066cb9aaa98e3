import { assert, assertEquals } from "@std/assert";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { acceptWebSocket } from "../../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../../websocket/dial_websocket.ts";
import type { CloseInfo } from "../../../websocket/websocket_options.ts";

const mayRun =
  Deno.permissions.querySync({ name: "run" }).state === "granted" &&
  Deno.permissions.querySync({ name: "read" }).state === "granted" &&
  Deno.permissions.querySync({ name: "env" }).state === "granted";

/** A program that speaks WebSocket with a library of its own. */
interface Peer {
  readonly name: string;
  readonly command: string;
  /** Makes the arguments that run a piece of its language. */
  args(code: string): string[];
  /** Succeeds where the library is. */
  readonly probe: string;
  /** Echoes until it is closed; prints its port first. */
  readonly server: string;
  /** Sends `MESSAGES` to the URL, compares, closes with 3001, prints `done`. */
  readonly client: (url: string) => string;
}

const SIZES = [0, 5, 125, 126, 65535, 65536, 300_000];

/** Both have to do for the library's versions from 10 on. */
const websocketsPeer = (command: string): Peer => ({
  name: "Python's websockets",
  command,
  args: (code) => ["-W", "ignore", "-c", code],
  probe: "import websockets",
  server: `
import asyncio, websockets
async def echo(ws, path=None):
    async for message in ws:
        await ws.send(message)
async def main():
    server = await websockets.serve(echo, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Future()
asyncio.run(main())
`,
  client: (url) => `
import asyncio, websockets
async def main():
    ws = await websockets.connect("${url}")
    for size in ${JSON.stringify(SIZES)}:
        for message in ("é" * size, bytes([7]) * size):
            await ws.send(message)
            assert await ws.recv() == message
    await (await ws.ping())
    await ws.close(3001, "bye")
asyncio.run(main())
print("done")
`,
});

/** The library that the Autobahn test suite is made with. */
const autobahnPeer = (command: string): Peer => ({
  name: "Python's autobahn",
  command,
  args: (code) => ["-W", "ignore", "-c", code],
  probe: "import autobahn.asyncio.websocket",
  server: `
import asyncio
from autobahn.asyncio.websocket import *
from autobahn.websocket.compress import PerMessageDeflateOfferAccept
class Echo(WebSocketServerProtocol):
    def onMessage(self, payload, is_binary):
        self.sendMessage(payload, is_binary)
async def main():
    factory = WebSocketServerFactory()
    factory.protocol = Echo
    factory.setProtocolOptions(
        failByDrop=False, echoCloseCodeReason=True,
        perMessageCompressionAccept=lambda offers:
            PerMessageDeflateOfferAccept(offers[0]))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(factory, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Future()
asyncio.run(main())
`,
  client: (url) => `
import asyncio
from autobahn.asyncio.websocket import *
from autobahn.websocket.compress import *
messages = [
    message for size in ${JSON.stringify(SIZES)}
    for message in ((("é" * size).encode(), False), (bytes([7]) * size, True))]
class Client(WebSocketClientProtocol):
    def onOpen(self):
        self.rest = iter(messages)
        self.next()
    def next(self):
        self.sent = next(self.rest, None)
        if self.sent:
            self.sendMessage(*self.sent)
        else:
            self.sendPing(b"there?")
    def onMessage(self, payload, is_binary):
        assert (payload, is_binary) == self.sent
        self.next()
    def onPong(self, payload):
        self.sendClose(3001, "bye")
    def onClose(self, was_clean, code, reason):
        self.factory.closed.set_result((was_clean, code, reason))
async def main():
    factory = WebSocketClientFactory("${url}")
    factory.protocol = Client
    factory.setProtocolOptions(
        failByDrop=False, perMessageCompressionOffers=[PerMessageDeflateOffer()],
        perMessageCompressionAccept=PerMessageDeflateResponseAccept)
    loop = asyncio.get_running_loop()
    factory.closed = loop.create_future()
    await loop.create_connection(factory, factory.host, factory.port)
    assert await factory.closed == (True, 3001, "bye")
asyncio.run(main())
print("done")
`,
});

/** The library may belong to another Python than the first on the path. */
async function findPython(toPeer: (command: string) => Peer): Promise<Peer> {
  const [first, second] = ["python3", "/usr/bin/python3"].map(toPeer);
  return await isPresent(first) ? first : second;
}

const node: Peer = {
  name: "npm's ws",
  command: "node",
  args: (code) => ["--input-type=commonjs", "-e", code],
  probe: `require("ws")`,
  server: `
const { WebSocketServer } = require("ws");
const server = new WebSocketServer(
  { host: "127.0.0.1", port: 0, perMessageDeflate: { threshold: 0 } },
  () => console.log(server.address().port),
);
server.on("connection", (ws) => {
  ws.on("message", (data, binary) => ws.send(data, { binary }));
});
`,
  client: (url) => `
const WebSocket = require("ws");
const ws = new WebSocket("${url}", { perMessageDeflate: { threshold: 0 } });
const messages = ${JSON.stringify(SIZES)}.flatMap((size) =>
  ["é".repeat(size), Buffer.alloc(size, 7)]);
let at = 0;
const next = () => at < messages.length
  ? ws.send(messages[at]) : ws.ping(() => ws.close(3001, "bye"));
ws.on("open", next);
ws.on("message", (data, binary) => {
  const sent = messages[at++];
  if (binary !== Buffer.isBuffer(sent) || !Buffer.from(sent).equals(data)) {
    throw new Error("Another message came back");
  }
  next();
});
ws.on("close", (code) => console.log(code === 3001 ? "done" : code));
`,
};

async function isPresent({ command, args, probe }: Peer): Promise<boolean> {
  if (!mayRun) return false;
  try {
    const options = { args: args(probe), stderr: "null" } as const;
    return (await new Deno.Command(command, options).output()).success;
  } catch {
    return false;
  }
}

const peers = [
  await findPython(websocketsPeer),
  await findPython(autobahnPeer),
  node,
];

for (const peer of peers) {
  const ignore = !await isPresent(peer);

  for (const deflate of [false, true]) {
    const how = deflate ? "with" : "without";

    Deno.test({
      name:
        `${peer.name} as the server talks with dialWebSocket(), ${how} compression`,
      ignore,
      fn: async () => {
        const process = new Deno.Command(peer.command, {
          args: peer.args(peer.server),
          stdout: "piped",
        }).spawn();
        const reader = process.stdout.pipeThrough(new TextDecoderStream())
          .getReader();
        const port = (await reader.read()).value?.trim();
        const client = await dialWebSocket(`ws://127.0.0.1:${port}/`, {
          deflate: deflate && { threshold: 0 },
        });
        assertEquals(client.extensions !== "", deflate);
        for (const size of SIZES) {
          for (const message of ["é".repeat(size), new Uint8Array(size)]) {
            await client.write(message);
            assertEquals(await client.read(), message);
          }
        }
        assert(await client.ping() >= 0);
        const { code, wasClean } = await client.close(3001, "bye");
        assertEquals([code, wasClean], [3001, true]);
        process.kill();
        await process.status;
        await reader.cancel();
      },
    });

    Deno.test({
      name:
        `${peer.name} as the client talks with acceptWebSocket(), ${how} compression`,
      ignore,
      fn: async () => {
        using listener = listenTcp("127.0.0.1:0");
        const serving = listener.accept().then(
          async (conn): Promise<[string, CloseInfo]> => {
            const socket = await acceptWebSocket(conn, {
              deflate: deflate && { threshold: 0 },
            });
            await socket.readable.pipeTo(socket.writable);
            return [socket.extensions, await socket.closed];
          },
        );
        const url = `ws://127.0.0.1:${listener.addr.port}/`;
        const { stdout } = await new Deno.Command(peer.command, {
          args: peer.args(peer.client(url)),
        }).output();
        assertEquals(new TextDecoder().decode(stdout).trim(), "done");
        const [extensions, info] = await serving;
        assertEquals(extensions !== "", deflate);
        assertEquals(info, { code: 3001, reason: "bye", wasClean: true });
      },
    });
  }
}
