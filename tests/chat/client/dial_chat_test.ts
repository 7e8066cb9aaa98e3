import { assertEquals, assertRejects } from "@std/assert";
import { type ChatConn, dialChat } from "../../../chat/client/dial_chat.ts";
import type {
  ChatRequest,
  ChatServerMessage,
} from "../../../chat/client/chat_client_message.ts";
import { ChatRequestError } from "../../../chat/client/chat_request_error.ts";
import type { ChatServer } from "../../../chat/server/chat_server.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";

const SERVER = {
  tcp: { port: 0 },
  http: { port: 0 },
  burst: 1000,
  rate: 1000,
} as const;

function addressesOf({ tcpAddr, httpAddr }: ChatServer): string[] {
  return [`127.0.0.1:${tcpAddr.port}`, `ws://127.0.0.1:${httpAddr.port}`];
}

/** Reads up to a message of a type, and leaves the rest. */
async function until<T extends ChatServerMessage["type"]>(
  { readable }: ChatConn,
  type: T,
): Promise<ChatServerMessage & { readonly type: T }> {
  for await (const message of readable.values({ preventCancel: true })) {
    if (message.type === type) {
      return message as ChatServerMessage & { readonly type: T };
    }
  }
  throw new Error(`The connection ended before "${type}"`);
}

for (const at of [0, 1]) {
  const name = ["TCP", "a WebSocket"][at];

  Deno.test(`dialChat() carries the protocol's messages over ${name}`, async () => {
    await using server = serveChat(SERVER);
    const address = addressesOf(server)[at];
    await using alice = await dialChat(address, { nickname: "alice" });
    await until(alice, "entered");
    await using bob = await dialChat(address);
    const writer = bob.writable.getWriter();
    await writer.write({ type: "nick", nickname: "bob", ref: "name" });
    assertEquals((await until(bob, "ack")).ref, "name");
    await writer.write({ type: "say", text: "two\nlines", ref: "say" });
    const said = await until(alice, "said");
    assertEquals([said.user.nickname, said.text], ["bob", "two\nlines"]);
    await writer.write({ type: "quit" });
    assertEquals((await until(bob, "goodbye")).reason, "quit");
    assertEquals(await Array.fromAsync(bob.readable), []);
    await bob[Symbol.asyncDispose]();
    await bob.closed;
  });

  Deno.test(`dialChat() resumes a session over ${name}`, async () => {
    await using server = serveChat(SERVER);
    const address = addressesOf(server)[at];
    const first = await dialChat(address, { nickname: "alice" });
    const { epoch } = await until(first, "greeting");
    const { session } = await until(first, "welcome");
    first.terminate();
    await first.closed;
    await using second = await dialChat(address, { session, epoch, after: 0 });
    assertEquals((await until(second, "welcome")).resumed, true);
  });
}

Deno.test("dialChat() gives the password, and joins the session of another device", async () => {
  const password = "correct horse";
  await using server = serveChat({ ...SERVER, access: { password } });
  for (const [at, address] of addressesOf(server).entries()) {
    await using first = await dialChat(address, {
      ...{ nickname: `alice${at}`, password, device: "one" },
    });
    const { session, user } = await until(first, "welcome");
    const writer = first.writable.getWriter();
    await writer.write({ type: "link", ref: "1" });
    const { token } = await until(first, "link");
    await using second = await dialChat(address, {
      ...{ link: token, device: "two" },
    });
    const welcome = await until(second, "welcome");
    assertEquals([welcome.user, welcome.session === session], [user, false]);

    await using wrong = await dialChat(address, { password: "wrong horse" });
    assertEquals((await until(wrong, "error")).code, "wrong-password");
  }
});

Deno.test("dialChat() makes streams that bridge two servers by pipes", async () => {
  await using east = serveChat(SERVER);
  await using west = serveChat(SERVER);
  const [tcp] = addressesOf(east);
  const [, web] = addressesOf(west);
  await using out = await dialChat(tcp, { nickname: "bridge" });
  await using into = await dialChat(web, { nickname: "bridge" });
  await using alice = await dialChat(tcp, { nickname: "alice" });
  await using bob = await dialChat(web, { nickname: "bob" });
  for (const conn of [out, into, alice, bob]) await until(conn, "entered");
  const toRequests = new TransformStream<ChatServerMessage, ChatRequest>({
    transform(message, controller) {
      if (message.type !== "said") return;
      controller.enqueue({ type: "say", text: message.text });
    },
  });
  const bridge = out.readable.pipeThrough(toRequests).pipeTo(into.writable);
  const writer = alice.writable.getWriter();
  for (let n = 0; n < 100; n++) {
    await writer.write({ type: "say", text: `message ${n}` });
  }
  for (let n = 0; n < 100; n++) {
    assertEquals((await until(bob, "said")).text, `message ${n}`);
  }
  out.close();
  await bridge.catch(() => {});
});

Deno.test("dialChat() rejects a wrong address or option before any I/O", async () => {
  await assertRejects(() => dialChat("a:b:c"), SyntaxError);
  await assertRejects(
    () => dialChat("127.0.0.1:9", { after: -1 }),
    RangeError,
  );
  const wrong = { nickname: 7 } as unknown as { nickname: string };
  await assertRejects(() => dialChat("127.0.0.1:9", wrong), TypeError);
});

Deno.test("dialChat() rejects with the reason of an aborted signal", async () => {
  const signal = AbortSignal.abort(new RangeError("Stopped by the test"));
  for (const address of ["127.0.0.1:9", "ws://127.0.0.1:9"]) {
    await assertRejects(() => dialChat(address, { signal }), RangeError);
  }
});

Deno.test("dialChat() rejects at a limit while the server is silent", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  await assertRejects(
    () => dialChat(`ws://127.0.0.1:${listener.addr.port}`, { timeout: 50 }),
    DOMException,
  );
  const deadline = Date.now() - 1;
  for (const scheme of ["ws", "tcp"]) {
    const address = `${scheme}://127.0.0.1:${listener.addr.port}`;
    await assertRejects(() => dialChat(address, { deadline }), DOMException);
  }
  (await accepting).close();
});

Deno.test("dialChat() has a stream that errors where the server has no JSON", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = listener.accept().then(async (peer) => {
    await peer.write(new TextEncoder().encode("220 ready\r\n"));
    return peer;
  });
  const conn = await dialChat(`127.0.0.1:${listener.addr.port}`);
  const peer = await serving;
  await peer.closeWrite();
  const error = await assertRejects(
    () => conn.readable.getReader().read(),
    ChatRequestError,
  );
  assertEquals(error.code, "not-json");
  await conn.closed;
  peer.close();
});
