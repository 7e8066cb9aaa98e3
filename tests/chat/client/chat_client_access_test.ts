// Access and devices of a ChatClient, over real sockets.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatClient } from "../../../chat/client/chat_client.ts";
import type { ChatClientEvent } from "../../../chat/client/chat_client_message.ts";
import type { ChatClientOptions } from "../../../chat/client/chat_client_options.ts";
import { ChatRequestError } from "../../../chat/client/chat_request_error.ts";
import { Invitations } from "../../../chat/server/access/_invitations.ts";
import { openInvitations } from "../../../chat/server/access/open_invitations.ts";
import type { ChatServer } from "../../../chat/server/chat_server.ts";
import type { ChatServerOptions } from "../../../chat/server/chat_server_options.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { FlakyProxy } from "./_flaky_proxy.ts";
import { entered, GREETING, SYNC, welcome } from "./_server_messages.ts";

const PASSWORD = "correct horse";

/** Attempts follow each other at once. */
const FAST: ChatClientOptions = { minDelay: 1, maxDelay: 5, rate: Infinity };

function serve(access: ChatServerOptions["access"] = {}): ChatServer {
  return serveChat({
    ...{ tcp: { port: 0 }, http: { port: 0 }, burst: 10_000, rate: 10_000 },
    access,
  });
}

function addressesOf(server: ChatServer): string[] {
  return [
    `ws://127.0.0.1:${server.httpAddr.port}`,
    `tcp://127.0.0.1:${server.tcpAddr.port}`,
  ];
}

async function refusalOf(
  address: string,
  options: ChatClientOptions,
): Promise<ChatRequestError> {
  using client = new ChatClient(address, { nickname: "alice", ...options });
  const error = await assertRejects(() => client.connect(), ChatRequestError);
  assertEquals(client.state, "closed");
  assertEquals(await client.finished.catch((reason) => reason), error);
  return error;
}

/** Waits for the next event of a type. */
async function next<T extends ChatClientEvent["type"]>(
  client: ChatClient,
  type: T,
): Promise<ChatClientEvent & { type: T }> {
  for await (const event of client) {
    if (event.type === type) return event as ChatClientEvent & { type: T };
  }
  throw new Error(`The client was closed before "${type}"`);
}

Deno.test("connect() of ChatClient gives the password, and rejects without it and with another one", async () => {
  await using server = serve({ password: PASSWORD });
  for (const address of addressesOf(server)) {
    const missing = await refusalOf(address, {});
    assertEquals(missing.code, "access-needed");
    const wrong = await refusalOf(address, { password: "wrong horse" });
    assertEquals(wrong.code, "wrong-password");
    assert(!wrong.message.includes("horse"), wrong.message);
    assertEquals(server.room.online, 0);

    const right = { nickname: "alice", password: PASSWORD };
    await using client = new ChatClient(address, right);
    await client.connect();
    assertEquals([client.user?.nickname, client.pass], ["alice", undefined]);
    await client.quit();
  }
});

Deno.test("ChatClient tells the pass of an invitation, and comes back with it", async () => {
  using store = await openInvitations(":memory:");
  const invitations = new Invitations(store);
  await using server = serve({ invitations: store });
  await using proxy = new FlakyProxy(server.httpAddr);
  const invite = await invitations.create({ time: 60_000, uses: 1 });
  const address = `ws://127.0.0.1:${proxy.port}`;
  const link = `https://chat.example/#invite=${invite}`;
  await using client = new ChatClient(address, {
    ...FAST,
    ...{ nickname: "alice", invite: link },
  });
  const told = next(client, "pass");
  await client.connect();
  const { token } = await told;
  assertEquals(client.pass, token);
  proxy.cut();
  await client.say("back again");
  assertEquals([proxy.connections, client.user?.nickname], [2, "alice"]);

  const used = await refusalOf(addressesOf(server)[0], { invite });
  assertEquals(used.code, "wrong-invitation");
  await using other = new ChatClient(addressesOf(server)[1], {
    ...{ nickname: "bob", invite: token },
  });
  await other.connect();
  assertEquals([other.user?.nickname, other.pass], ["bob", undefined]);
});

Deno.test("ChatClient gives up when the password has changed meanwhile", async () => {
  const server = serve({ password: PASSWORD });
  const { port } = server.httpAddr;
  await using client = new ChatClient(`ws://127.0.0.1:${port}`, {
    ...FAST,
    ...{ nickname: "alice", password: PASSWORD },
  });
  await client.connect();
  await server[Symbol.asyncDispose]();
  await using _other = serveChat({
    ...{ http: { port }, access: { password: "another horse" } },
  });
  const error = await assertRejects(() => client.finished, ChatRequestError);
  assertEquals(error.code, "wrong-password");
});

Deno.test("connect() of ChatClient rejects if the proxy's name for the user is no nickname", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const address = `127.0.0.1:${listener.addr.port}`;
  const refused = refusalOf(address, {});
  using conn = await listener.accept();
  const code = "sign-in-name";
  for (
    const message of [
      { type: "error", code, subject: "two words", text: "Please ask." },
      { type: "goodbye", reason: "access-refused", text: "" },
    ]
  ) await conn.writeString(`${JSON.stringify(message)}\n`);
  const error = await refused;
  assertEquals([error.code, error.subject], [code, "two words"]);
  assertEquals(error.message, `Cannot enter ${address}: Please ask.`);
});

/** Refuses a `hello`, to be said again after some seconds. */
async function refuse(
  listener: ReturnType<typeof listenTcp>,
  subject: string,
): Promise<void> {
  const conn = await listener.accept();
  assertEquals(JSON.parse(await conn.readLine() ?? "").type, "hello");
  const error = { type: "error", ref: "hello", code: "too-many-guesses" };
  await conn.writeString(
    `${JSON.stringify({ ...error, subject, text: "" })}\n`,
  );
  while (await conn.readLine() !== null);
  conn.close();
}

Deno.test("connect() of ChatClient waits after too many guesses, and within its limits", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const address = `127.0.0.1:${listener.addr.port}`;
  const options = { nickname: "alice", password: PASSWORD, reconnect: false };

  using patient = new ChatClient(address, { ...options, ...FAST });
  const connecting = patient.connect();
  await refuse(listener, "0.01");
  const conn = await listener.accept();
  for (const message of [GREETING, welcome(), entered(), SYNC]) {
    await conn.writeString(`${JSON.stringify(message)}\n`);
  }
  await connecting;
  assertEquals(patient.user?.nickname, "alice");
  conn.close();

  using hasty = new ChatClient(address, options);
  const stop = new AbortController();
  const waiting = hasty.connect({ signal: stop.signal });
  await refuse(listener, "300");
  for await (const event of hasty) {
    if (event.type !== "state" || event.state !== "waiting") continue;
    assert(event.error instanceof ChatRequestError);
    assertEquals([event.error.code, event.error.subject], [
      ...["too-many-guesses", "300"],
    ]);
    break;
  }
  stop.abort(new RangeError("Stopped by the test"));
  await assertRejects(() => waiting, RangeError, "Stopped");
  assertEquals(hasty.state, "closed");
});

Deno.test("Two clients are one user by a link, which works once, and hear each other", async () => {
  await using server = serve();
  for (const address of addressesOf(server)) {
    await using first = new ChatClient(address, {
      ...{ nickname: "alice", rooms: ["cats"], rate: Infinity },
    });
    await first.connect();
    const { token, expires } = await first.link();
    assert(expires > Date.now());
    await using second = new ChatClient(address, {
      ...{ link: token, rate: Infinity },
    });
    await second.connect();
    assertEquals(second.user, first.user);
    assertEquals([...second.rooms].sort(), ["cats", "lobby"]);
    assertEquals((await first.users("cats")).length, 1);

    const receipt = await second.say("from the phone", "cats");
    const event = await next(first, "said");
    assertEquals([event.id, event.user, event.text], [
      ...[receipt.id, first.user, "from the phone"],
    ]);
    await first.join("dogs");
    assertEquals((await next(second, "entered")).room, "lobby");
    while (!second.rooms.includes("dogs")) await next(second, "entered");

    const again = await refusalOf(address, { link: token });
    assertEquals(again.code, "wrong-link");
    // The user leaves on all devices.
    await second.quit();
    await first.finished;
    assertEquals(first.state, "closed");
  }
});

Deno.test("A client of the same device takes the place of the other one", async () => {
  await using server = serve();
  const [address] = addressesOf(server);
  await using first = new ChatClient(address, {
    ...{ nickname: "alice", device: "one", rate: Infinity },
  });
  await first.connect();
  const { token } = await first.link();
  await using second = new ChatClient(address, { link: token, device: "one" });
  await second.connect();
  await assertRejects(() => first.finished, Error, "replaced");
  assertEquals(second.user, first.user);
});
