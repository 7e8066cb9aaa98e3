import { assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import { ChatClient } from "../../../chat/client/chat_client.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import type { WaitOptions } from "../../../internal/wait/wait_options.ts";
import { FlakyProxy } from "./_flaky_proxy.ts";

const SERVER = {
  tcp: { port: 0 },
  http: { port: 0 },
  burst: 10_000,
  rate: 10_000,
} as const;

/** All requests that a client has, in their order in the class. */
function allRequests(
  client: ChatClient,
  wait: WaitOptions,
): [name: string, request: () => Promise<unknown>][] {
  return Object.entries({
    say: () => client.say("x", undefined, wait),
    reply: () => client.say("x", { ...wait, replyTo: 1 }),
    me: () => client.me("x", "lobby", wait),
    msg: () => client.msg("bob", "x", wait),
    nick: () => client.nick("alicia", wait),
    join: () => client.join("cats", wait),
    leave: () => client.leave("cats", wait),
    topic: () => client.topic("x", undefined, wait),
    edit: () => client.edit(1, "x", undefined, wait),
    delete: () => client.delete(1, "lobby", wait),
    ignore: () => client.ignore("bob", wait),
    unignore: () => client.unignore("bob", wait),
    lock: () => client.lock(undefined, wait),
    unlock: () => client.unlock("lobby", wait),
    invite: () => client.invite("bob", undefined, wait),
    link: () => client.link(wait),
    invitation: () => client.invitation(wait),
    operator: () => client.operator("secret12", wait),
    kick: () => client.kick("bob", undefined, wait),
    ban: () => client.ban("bob", 1, undefined, wait),
    mute: () => client.mute("bob", 1, undefined, wait),
    notice: () => client.notice("x", wait),
    users: () => client.users(undefined, wait),
    listRooms: () => client.listRooms(wait),
    history: () => client.history("lobby", wait),
    allHistory: () => client.history("lobby", { ...wait, limit: Infinity }),
    search: () => client.search("x", wait),
    ping: () => client.ping(wait),
  });
}

async function assertTimesOut(request: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(request, DOMException);
  assertEquals(error.name, "TimeoutError");
}

Deno.test("Every request of a ChatClient ends at its limits while the server says nothing", async () => {
  await using server = serveChat(SERVER);
  await using proxy = new FlakyProxy(server.httpAddr);
  using client = new ChatClient(`ws://127.0.0.1:${proxy.port}`, {
    nickname: "alice",
    rate: Infinity,
  });
  await client.connect();
  proxy.isDeaf = true;
  const stop = new AbortController();
  const reason = new RangeError("Stopped by the test");
  const waits: Promise<unknown>[] = [];
  for (const [, request] of allRequests(client, { signal: stop.signal })) {
    waits.push(assertRejects(request, RangeError, reason.message));
  }
  for (const [, request] of allRequests(client, { timeout: 20 })) {
    waits.push(assertTimesOut(request));
  }
  const deadline = Date.now() + 20;
  for (const [, request] of allRequests(client, { deadline })) {
    waits.push(assertTimesOut(request));
  }
  assertEquals(client.pendingCount, waits.length);
  stop.abort(reason);
  await Promise.all(waits);
  assertEquals(client.pendingCount, 0);
});

Deno.test("Every request of a ChatClient ends at its limits before there is a connection", async () => {
  for (const address of ["ws://127.0.0.1:1", "tcp://127.0.0.1:1"]) {
    using client = new ChatClient(address);
    for (const [name, request] of allRequests(client, { timeout: 0 })) {
      await assertTimesOut(request);
      assertEquals(client.pendingCount, 0, name);
    }
    const signal = AbortSignal.abort(new RangeError("Before"));
    for (const [, request] of allRequests(client, { signal })) {
      await assertRejects(request, RangeError, "Before");
    }
    for (const wrong of [{ timeout: -1 }, { deadline: NaN }]) {
      for (const [, request] of allRequests(client, wrong)) {
        await assertRejects(request, RangeError);
      }
    }
    const wrong = { signal: "x" } as unknown as WaitOptions;
    for (const [, request] of allRequests(client, wrong)) {
      await assertRejects(request, TypeError, "AbortSignal");
    }
    assertEquals(client.pendingCount, 0);
  }
});

Deno.test("A request that was withdrawn before it was sent is never sent, and the next ones are", async () => {
  await using server = serveChat(SERVER);
  for (
    const { port, scheme } of [
      { port: server.httpAddr.port, scheme: "ws" },
      { port: server.tcpAddr.port, scheme: "tcp" },
    ]
  ) {
    await using client = new ChatClient(`${scheme}://127.0.0.1:${port}`, {
      nickname: `user-${scheme}`,
      rate: Infinity,
    });
    const stop = new AbortController();
    const withdrawn = client.say("never", undefined, { signal: stop.signal });
    const said = client.say(`once-${scheme}`);
    stop.abort(new RangeError("Stopped by the test"));
    await assertRejects(() => withdrawn, RangeError);
    await client.connect();
    await said;
  }
  using reader = new ChatClient(`ws://127.0.0.1:${server.httpAddr.port}`, {
    nickname: "reader",
    rate: Infinity,
  });
  await reader.connect();
  const { messages } = await reader.history("lobby");
  assertEquals(
    messages.flatMap((message) => message.type === "said" ? message.text : []),
    ["once-ws", "once-tcp"],
  );
});

Deno.test("quit() of a ChatClient ends at a signal, a deadline and a timeout, and cuts the connection", async () => {
  await using server = serveChat(SERVER);
  const stop = AbortSignal.abort();
  const later = new AbortController();
  for (
    const wait of [
      { signal: stop },
      { signal: later.signal, timeout: Infinity },
      { timeout: 20 },
      { deadline: Date.now() - 1 },
      { deadline: Date.now() + 20, timeout: 2 ** 40 },
    ]
  ) {
    await using proxy = new FlakyProxy(server.httpAddr);
    const client = new ChatClient(`ws://127.0.0.1:${proxy.port}`, {
      nickname: "alice",
      reconnect: false,
    });
    await client.connect();
    proxy.isDeaf = true;
    const quitting = client.quit(wait);
    later.abort();
    assertEquals(await quitting, false);
    assertEquals(client.state, "closed");
    await client.finished;
    while (server.room.online > 0) {
      await delay(0);
    }
  }
  using client = new ChatClient("ws://127.0.0.1:1");
  const wrong = { signal: "x" } as unknown as WaitOptions;
  await assertRejects(() => client.quit(wrong), TypeError, "AbortSignal");
});
