import { assertEquals } from "@std/assert";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { acceptWebSocket } from "../../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../../websocket/dial_websocket.ts";

const MESSAGES = [
  "",
  "hello",
  "é€😀".repeat(1000),
  new Uint8Array(0),
  new Uint8Array(125).fill(1),
  new Uint8Array(126).fill(2),
  new Uint8Array(70_000).fill(3),
  "x".repeat(500_000),
];

/** The next event of a socket. */
function next<T extends Event>(socket: WebSocket, type: string): Promise<T> {
  return new Promise((resolve) =>
    socket.addEventListener(type, (event) => resolve(event as T), {
      once: true,
    })
  );
}

Deno.test("Deno's WebSocket client talks with acceptWebSocket()", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const serving = listener.accept().then(async (conn) => {
    const socket = await acceptWebSocket(conn, {
      protocols: ["b"],
      deflate: true,
    });
    for await (const message of socket.readable) await socket.write(message);
    return await socket.closed;
  });
  const client = new WebSocket(`ws://127.0.0.1:${listener.addr.port}/x`, [
    "a",
    "b",
  ]);
  client.binaryType = "arraybuffer";
  await next(client, "open");
  assertEquals(client.protocol, "b");
  for (const message of MESSAGES) {
    const answer = next<MessageEvent>(client, "message");
    client.send(message);
    const { data } = await answer;
    const got = typeof data === "string" ? data : new Uint8Array(data);
    assertEquals(got, message);
  }
  const closed = next<CloseEvent>(client, "close");
  client.close(3001, "bye");

  assertEquals(await serving, { code: 3001, reason: "bye", wasClean: true });
  const { code, reason, wasClean } = await closed;
  assertEquals({ code, reason, wasClean }, {
    code: 3001,
    reason: "bye",
    wasClean: true,
  });
});

Deno.test("dialWebSocket() talks with Deno.upgradeWebSocket()", async () => {
  const closes: number[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request, {
        protocol: "b",
      });
      socket.binaryType = "arraybuffer";
      socket.onmessage = ({ data }) => socket.send(data);
      socket.onclose = ({ code }) => closes.push(code);
      return response;
    },
  );
  const client = await dialWebSocket(`ws://127.0.0.1:${server.addr.port}/`, {
    protocols: ["a", "b"],
    deflate: true,
  });
  assertEquals([client.protocol, client.extensions], ["b", ""]);
  for (const message of MESSAGES) {
    await client.write(message);
    assertEquals(await client.read(), message);
  }
  await client.ping();

  assertEquals(await client.close(3001, "bye"), {
    code: 3001,
    reason: "bye",
    wasClean: true,
  });
  await server.shutdown();
  assertEquals(closes, [3001]);
});
