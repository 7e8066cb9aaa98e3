import { assertEquals, assertThrows } from "@std/assert";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { SUITE_LIMITS } from "./_echo.ts";
import { runCases } from "./echo_client.ts";
import { readServerOptions, serveEcho } from "./echo_server.ts";

const mayRun = (["run", "read"] as const).every((name) =>
  Deno.permissions.querySync({ name }).state === "granted"
);

function program(name: string): string {
  return new URL(`./${name}`, import.meta.url).pathname;
}

Deno.test("the echo server reads its options", () => {
  assertEquals(readServerOptions(["--deflate", "--port", "0"]), {
    hostname: undefined,
    port: 0,
    deflate: true,
  });
  assertThrows(() => readServerOptions(["--port"]), TypeError);
  assertThrows(() => readServerOptions(["--deflate"]), TypeError);
});

for (const deflate of [false, true]) {
  const how = deflate ? "with" : "without";
  Deno.test(`the echo server echoes messages of 16 MiB ${how} compression`, async () => {
    const { listener, finished } = serveEcho({ port: 0, deflate });
    const url = `ws://127.0.0.1:${listener.addr.port}/`;
    const socket = await dialWebSocket(url, { ...SUITE_LIMITS, deflate });
    const large = new Uint8Array(16 * 2 ** 20);
    crypto.getRandomValues(large.subarray(0, 65536));

    assertEquals(socket.extensions !== "", deflate);
    for (const message of ["text", "", large.subarray(0, 3), large]) {
      await socket.write(message);
      const answer = await socket.read();
      assertEquals(typeof answer, typeof message);
      assertEquals(answer?.length, message.length);
    }
    assertEquals((await socket.close()).code, 1000);

    listener.close();
    await finished;
  });
}

/** What the paths of a small suite are answered with. */
function serveSuite(
  count: number,
  asked: string[],
): { port: number; finished: Promise<void>; close(): void } {
  const listener = listenTcp("127.0.0.1:0");
  const finished = listener.serve(async (conn) => {
    const socket = await acceptWebSocket(conn, { deflate: true });
    const index = /\?case=(\d+)&/.exec(socket.url)?.[1];
    asked.push(socket.url);
    if (socket.url === "/getCaseCount") await socket.write(String(count));
    else if (index !== undefined) {
      const sent = Number(index) % 2 === 0 ? index : new Uint8Array(300);
      await socket.write(sent);
      if (typeof sent !== typeof await socket.read()) asked.push("wrong type");
    }
    await socket.close();
  });
  return {
    port: listener.addr.port,
    finished,
    close: () => listener.close(),
  };
}

const PATHS = [
  "/getCaseCount",
  "/runCase?case=1&agent=a%20b",
  "/runCase?case=2&agent=a%20b",
  "/runCase?case=3&agent=a%20b",
  "/updateReports?agent=a%20b",
];

Deno.test("the echo client runs all cases of a suite and has it write its reports", async () => {
  const asked: string[] = [];
  const suite = serveSuite(3, asked);

  assertEquals(await runCases(`ws://127.0.0.1:${suite.port}`, "a b"), 3);
  assertEquals(asked, PATHS);
  suite.close();
  await suite.finished;
});

Deno.test({
  name: "the echo programs run with no permission but the network",
  ignore: !mayRun,
  fn: async () => {
    const flags = ["run", "--quiet", "--allow-net"];
    const server = new Deno.Command(Deno.execPath(), {
      args: [...flags, program("echo_server.ts"), "--port", "0", "--deflate"],
      stdout: "piped",
    }).spawn();
    const reader = server.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    const port = /port (\d+)/.exec((await reader.read()).value ?? "")?.[1];
    const socket = await dialWebSocket(`ws://127.0.0.1:${port}/`);
    await socket.write("hello");
    assertEquals(await socket.read(), "hello");
    await socket.close();
    server.kill();
    await server.status;
    await reader.cancel();

    const asked: string[] = [];
    const suite = serveSuite(3, asked);
    const client = await new Deno.Command(Deno.execPath(), {
      args: [
        ...[...flags, program("echo_client.ts")],
        ...[`ws://127.0.0.1:${suite.port}`, "a b"],
      ],
      stdout: "piped",
    }).output();
    assertEquals(client.code, 0);
    assertEquals(asked, PATHS);
    suite.close();
    await suite.finished;
  },
});
