/**
 * Recipe: requests with answers over a WebSocket, and news between them.
 *
 * Requests have ids, so answers come in any order. Both sides have limits: the
 * server on the requests of a client that it works on, the client on its requests
 * and on the time of each. Outside of a checkout it needs JSR, for `deadline` of
 * `@std/async`. When a connection is lost, its requests fail, as nobody
 * knows whether they were carried out; the next connection gets the news again.
 *
 * ```sh
 * deno run --allow-net examples/websocket_requests.ts
 * ```
 *
 * @module
 */

import { deadline } from "jsr:@std/async@^1.5.0/deadline";
import {
  type Client,
  dialWebSocket,
  newServer,
  reconnecting,
  type ReconnectingStream,
  type WebSocketConn,
} from "../websocket/mod.ts";

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params?: unknown;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

interface News {
  readonly news: string;
}

// --- The server ---

type Method = (client: Client, params: unknown) => unknown;

/** How many requests of a client the server works on at once. */
const MAX_RUNNING = 4;
const server = newServer(0, "", { hostname: "127.0.0.1" });
const running = new Map<Client, number>();

/** What "slow" waits for, so that its answer comes behind that of "fast". */
const fastIsDone = Promise.withResolvers<void>();

const METHODS: Record<string, Method> = {
  subscribe: (client) => client.subscribe("news"),
  publish: (_client, params) =>
    server.publish("news", JSON.stringify({ news: `${params}` })),
  slow: () => fastIsDone.promise.then(() => "slow"),
  fast: () => "fast",
  crash: (client) => client.terminate(),
};

async function answer(ws: Client, { id, method, params }: Request) {
  const count = running.get(ws) ?? 0;
  let message: Answer;
  if (count >= MAX_RUNNING) message = { id, error: "too many requests" };
  else {
    running.set(ws, count + 1);
    try {
      if (!Object.hasOwn(METHODS, method)) throw new Error("no such method");
      message = { id, result: await METHODS[method](ws, params) };
    } catch (error) {
      message = {
        id,
        error: error instanceof Error ? error.message : "failed",
      };
    }
    running.set(ws, (running.get(ws) ?? 1) - 1);
  }
  await ws.writeString(JSON.stringify(message));
}

server.onMessage((ws, message) => answer(ws, JSON.parse(message.text())));
server.onClose((ws) => running.delete(ws));
// A client that has left gets no answer.
server.onError(() => {});

// --- The client ---

/** The answers that are awaited, and the requests that ask for them. */
class Requests {
  readonly #messages: ReconnectingStream<
    WebSocketConn,
    string | Uint8Array,
    string | Uint8Array
  >;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;

  static readonly MAX_PENDING = 100;

  constructor(url: string, onNews: (news: string) => void) {
    this.#messages = reconnecting(
      ({ signal }) => dialWebSocket(url, { signal, pingInterval: 20_000 }),
      {
        initialDelay: 10,
        // Before any other request, on each connection.
        onOpen: (conn) =>
          conn.write(JSON.stringify({ id: 0, method: "subscribe" })),
      },
    );
    this.#receive(onNews);
    this.#watch();
  }

  /** Asks, and resolves to the result of the answer. */
  async call(
    method: string,
    params?: unknown,
    timeout = 5000,
  ): Promise<unknown> {
    if (this.#pending.size >= Requests.MAX_PENDING) {
      throw new Error("Cannot ask: too many requests are pending");
    }
    const id = ++this.#lastId;
    const answered = Promise.withResolvers<unknown>();
    this.#pending.set(id, answered);
    try {
      const request: Request = { id, method, params };
      // It may wait for a connection: within the time of the request.
      this.#messages.write(JSON.stringify(request), { timeout })
        .catch(answered.reject);
      return await deadline(answered.promise, timeout);
    } finally {
      this.#pending.delete(id);
    }
  }

  async close(): Promise<void> {
    await this.#messages.close();
  }

  async #receive(onNews: (news: string) => void): Promise<void> {
    while (true) {
      const text = await this.#messages.read();
      if (text === null) return;
      const message: Answer | News = JSON.parse(`${text}`);
      if ("news" in message) onNews(message.news);
      else this.#settle(message);
    }
  }

  #settle({ id, result, error }: Answer): void {
    // Nobody waits for an answer that comes too late.
    const answered = this.#pending.get(id);
    if (error === undefined) answered?.resolve(result);
    else answered?.reject(new Error(error));
  }

  /** Lets the requests of a lost connection fail. */
  async #watch(): Promise<void> {
    for await (const { type } of this.#messages.states) {
      if (type !== "lost" && type !== "closed") continue;
      for (const { reject } of this.#pending.values()) {
        reject(new Error("the connection was lost"));
      }
    }
  }
}

const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
const serving = server.listen({ onListen: resolve });
const { port } = await promise;

/** Says how a request has ended. */
async function say(name: string, call: Promise<unknown>): Promise<void> {
  try {
    console.log(`${name}: ${await call}`);
  } catch (error) {
    console.log(`${name}: ${error instanceof Error ? error.message : error}`);
  }
}

let onNews = Promise.withResolvers<void>();
const requests = new Requests(`ws://127.0.0.1:${port}/`, (news) => {
  console.log(`news: ${news}`);
  onNews.resolve();
});

const slow = say("first request", requests.call("slow"));
await say("second request", requests.call("fast"));
fastIsDone.resolve();
await slow;
await say("unknown method", requests.call("dance"));

await say("published to", requests.call("publish", "it is raining"));
await onNews.promise;

await say("during a crash", requests.call("crash"));
onNews = Promise.withResolvers();
await say("published to", requests.call("publish", "the sun is back"));
await onNews.promise;

await requests.close();
await server.close();
await serving;
