import { pipe } from "../../tcp/pipe.ts";
import { loadZlib } from "../../websocket/deflate/_zlib.ts";
import {
  beginWebSocket,
  type WebSocketConn,
} from "../../websocket/websocket_conn.ts";
import type { WebSocketOptions } from "../../websocket/websocket_options.ts";
import { nextTurn } from "../tcp/support/_outcomes.ts";
import { type Outcome, outcomeOf, within } from "./_outcome.ts";
import { assertSame, property } from "./_property.ts";
import type { Random } from "./_random.ts";

type Step = { action: number; isServer: boolean; size: number; index: number };
type MessagesCase = {
  deflates: boolean;
  takeover: boolean;
  maxBuffered: number;
  steps: Step[];
};

type Message = string | Uint8Array;

/** A message that tells its number, as text or as bytes. */
function makeMessage(number: number, size: number): Message {
  const text = `${number}:${"né漢x".repeat(size).slice(0, size)}`;
  return number % 2 === 0 ? text : new TextEncoder().encode(text);
}

/** A message in short, with a sum that tells it from others. */
function show(message: string | Uint8Array): string {
  const isText = typeof message === "string";
  const text = isText ? message : new TextDecoder().decode(message);
  let sum = 0;
  for (let at = 0; at < text.length; at++) {
    sum = (Math.imul(sum, 31) + text.charCodeAt(at)) | 0;
  }
  const kind = isText ? "text" : "bytes";
  return `${kind} ${text.slice(0, 9)} ${text.length} ${sum}`;
}

interface Sent {
  readonly message: Message;
  readonly outcome: Promise<Outcome>;
  readonly controller: AbortController;
}

/** One side: what it has sent, and what it has got. */
class Side {
  readonly socket: WebSocketConn;
  readonly sent: Sent[] = [];
  readonly received: string[] = [];
  readonly #pings: Promise<Outcome>[] = [];

  constructor(socket: WebSocketConn) {
    this.socket = socket;
  }

  /** Sends a message that tells its number. */
  send(size: number, timeout?: number): void {
    const message = makeMessage(this.sent.length, size);
    const controller = new AbortController();
    const { signal } = controller;
    const wait = timeout === undefined ? undefined : { signal, timeout };
    const outcome = outcomeOf(this.socket.write(message, wait));
    this.sent.push({ message, outcome, controller });
  }

  /** Reads, for so long. */
  async receive(timeout: number): Promise<void> {
    try {
      const message = await within(this.socket.read({ timeout }));
      if (message === null) throw new Error("It has ended");
      this.received.push(show(message));
    } catch (error) {
      if (!isTimeout(error)) throw error;
    }
  }

  /** Pings the other side. */
  ping(): void {
    this.#pings.push(outcomeOf(this.socket.ping()));
  }

  /** Gives up one of the messages, if that is still possible. */
  abort(index: number): void {
    const sent = this.sent[index % (this.sent.length || 1)];
    sent?.controller.abort(new RangeError("Stop"));
  }

  /** Reads up to the end. */
  async finish(): Promise<void> {
    for (;;) {
      const message = await within(this.socket.read());
      if (message === null) return;
      this.received.push(show(message));
    }
  }

  /** Checks that the other side has got what this one has sent. */
  async verify(other: Side): Promise<void> {
    const expected: string[] = [];
    const seen = new Set(other.received);
    for (const { message, outcome } of this.sent) {
      const end = await within(outcome);
      // What was given up may have been on its way already.
      if ("value" in end || seen.has(show(message))) {
        expected.push(show(message));
      }
    }
    assertSame(other.received, expected);
    for (const ping of this.#pings) {
      const outcome = await within(ping);
      if ("value" in outcome && !(Number(outcome.value) >= 0)) {
        throw new Error(`A ping gave ${outcome.value}`);
      }
    }
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

async function connect(
  { deflates, takeover, maxBuffered }: MessagesCase,
): Promise<[Side, Side]> {
  const options: WebSocketOptions = {
    maxBufferedBytes: Math.max(0, maxBuffered),
    pingInterval: Infinity,
    deflate: deflates && { threshold: 10 },
  };
  const deflate = deflates
    ? {
      params: {
        serverNoContextTakeover: !takeover,
        clientNoContextTakeover: false,
        serverMaxWindowBits: 15,
        clientMaxWindowBits: takeover ? 15 : 9,
      },
      options: { threshold: 10 },
      zlib: await loadZlib(),
    }
    : undefined;
  const parts = {
    url: "ws://pipe/",
    protocol: "",
    extensions: "",
    fields: { toHeaders: () => new Headers() },
  };
  const [left, right] = pipe();
  const setup = { options, deflate };
  return [
    new Side(beginWebSocket(parts, { conn: left, role: "client", ...setup })),
    new Side(beginWebSocket(parts, { conn: right, role: "server", ...setup })),
  ];
}

/** What a step may do, in the order of its numbers. */
const ACTIONS: readonly ((side: Side, step: Step) => unknown)[] = [
  (side, { size }) => side.send(size),
  (side, { size }) => side.send(size * 20),
  (side, { size, index }) => side.send(size, index % 3),
  (side, { size, index }) => side.send(size * 20, index % 3),
  (side, { index }) => side.abort(index),
  (side, { index }) => side.receive(index % 2),
  (side) => side.ping(),
  () => nextTurn(),
];

export const messagesProperty = property<MessagesCase>({
  name:
    "two WebSockets give each other all messages, in order, up to the close",
  runs: 150,
  generate: (random: Random) => ({
    deflates: random.chance(0.5),
    takeover: random.chance(0.5),
    maxBuffered: random.pick([0, 1, 100, 10_000, 2 ** 20]),
    steps: Array.from({ length: random.int(1, 30) }, () => ({
      action: random.below(ACTIONS.length),
      isServer: random.chance(0.5),
      size: random.below(random.pick([3, 30, 300, 3000])),
      index: random.below(6),
    })),
  }),
  check: async (value) => {
    const [client, server] = await connect(value);
    try {
      for (const { action, isServer, size, index } of value.steps) {
        const step = {
          action,
          isServer,
          size: Math.abs(Math.trunc(size)),
          index: Math.abs(Math.trunc(index)),
        };
        const act = ACTIONS[Math.abs(action) % ACTIONS.length];
        await act(isServer ? server : client, step);
      }
      // Whoever closes first still gets what the other has sent before.
      const [first, second] = value.takeover
        ? [client, server]
        : [server, client];
      const ends = Promise.all([first.finish(), second.finish()]);
      ends.catch(() => {});
      for (const side of [client, server]) {
        for (const { outcome } of side.sent) await within(outcome);
      }
      await within(first.socket.close(1000, "bye", { timeout: 4000 }));
      await ends;
      const infos = [await first.socket.closed, await second.socket.closed];
      for (const { code, reason, wasClean } of infos) {
        assertSame([code, reason, wasClean], [1000, "bye", true]);
      }
      await client.verify(server);
      await server.verify(client);
    } finally {
      client.socket.terminate();
      server.socket.terminate();
    }
  },
});
