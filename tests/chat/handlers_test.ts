import { assertEquals } from "@std/assert";
import { callHandler } from "../../chat/_handlers.ts";
import { serveChat } from "../../chat/server/serve_chat.ts";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { SocketUser } from "./_socket_user.ts";

/** Catches what is printed, until the end of a scope. */
function printed(): { readonly lines: string[] } & Disposable {
  const { error } = console;
  const lines: string[] = [];
  console.error = (...args) => void lines.push(args.map(String).join(" "));
  return { lines, [Symbol.dispose]: () => void (console.error = error) };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

const BROKEN = () => {
  throw new RangeError("Broken by the test");
};
const BROKEN_LATER = () => Promise.reject(new RangeError("Broken by the test"));

Deno.test("callHandler() prints what a handler throws, at once or later", async () => {
  using output = printed();
  callHandler("onEvent of a test", BROKEN, 1);
  callHandler("onEvent of a test", BROKEN_LATER, 1);
  callHandler("onEvent of a test", () => {}, 1);
  await turn();
  assertEquals(output.lines.length, 2);
  for (const line of output.lines) {
    assertEquals(
      line,
      "Uncaught error in onEvent of a test: RangeError: Broken by the test",
    );
  }
});

Deno.test("A chat whose onEvent fails continues, and the error is printed", async () => {
  for (const onEvent of [BROKEN, BROKEN_LATER]) {
    using output = printed();
    await using server = serveChat({ tcp: { port: 0 }, onEvent });
    using alice = await SocketUser.enter(server.tcpAddr, "alice");
    await alice.type("/quit\n");
    await alice.rest();
    alice.close();
    await server.shutdown();
    await turn();
    // start, connect, enter, leave, stop.
    assertEquals(output.lines.length, 5);
  }
});

Deno.test("Health checks and pages are not errors, and print nothing", async () => {
  using output = printed();
  const types = new Set<string>();
  const errors: unknown[] = [];
  await using server = serveChat({
    tcp: { port: 0 },
    http: { port: 0 },
    onEvent: ({ type }) => types.add(type),
    onError: (error) => errors.push(error),
  });
  for (const addr of [server.tcpAddr, server.httpAddr]) {
    using _check = await dialTcp(addr);
  }
  const page = await fetch(`http://127.0.0.1:${server.httpAddr.port}/`);
  await page.text();
  while (server.connectionCount > 0) await turn();
  await server.shutdown();
  assertEquals(errors, []);
  assertEquals(output.lines, []);
  assertEquals([...types].sort(), ["connect", "leave", "start", "stop"]);
});
