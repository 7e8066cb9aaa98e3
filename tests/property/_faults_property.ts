import { listenTcp } from "../../tcp/listen_tcp.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { HandshakeError } from "../../websocket/handshake_error.ts";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";
import type { Course } from "../_fault_link.ts";
import { caCert, serverCert, serverKey } from "../certificates.ts";
import type { Conn } from "../tcp/support/kinds.ts";
import { FaultRelay } from "../_fault_relay.ts";
import { outcomeOf, within } from "./_outcome.ts";
import { type Property, property } from "./_property.ts";
import type { Random } from "./_random.ts";

/** A course in numbers: 0 for none of the kind. */
type CourseCase = {
  slice: number;
  delay: number;
  endAt: number;
  resetAt: number;
};
type FaultsCase = {
  up: CourseCase;
  down: CourseCase;
  deflate: boolean;
  /** The sizes of the messages that each side sends. */
  client: number[];
  server: number[];
  /** Whether it is the server who closes. */
  serverCloses: boolean;
};

const LIMITS = { pingInterval: Infinity, closeTimeout: 4000 } as const;

function randomCourse(random: Random): CourseCase {
  const place = () => random.int(1, random.pick([100, 600, 3000, 30_000]));
  return {
    slice: random.pick([0, 0, 7, 100, 1000]),
    delay: random.pick([0, 0, 0, 1]),
    endAt: random.chance(0.2) ? place() : 0,
    resetAt: random.chance(0.2) ? place() : 0,
  };
}

function toCourse(given: CourseCase): Course {
  const number = (value: number) => {
    const whole = Math.abs(Math.trunc(value));
    return whole === 0 ? undefined : whole;
  };
  return {
    slice: number(given.slice),
    // Small pieces that are held up would take longer than the limits.
    delay: given.slice === 0 || given.slice >= 1000
      ? number(given.delay)
      : undefined,
    endAt: number(given.endAt),
    resetAt: number(given.resetAt),
  };
}

function isHarmless({ endAt, resetAt }: CourseCase): boolean {
  return Math.trunc(endAt) === 0 && Math.trunc(resetAt) === 0;
}

/** What may come of a link that is cut. */
function isLinkError(error: unknown): boolean {
  return error instanceof HandshakeError || [
    Deno.errors.UnexpectedEof,
    Deno.errors.ConnectionReset,
    Deno.errors.ConnectionAborted,
    Deno.errors.BrokenPipe,
    Deno.errors.BadResource,
    Deno.errors.NotConnected,
  ].some((type) => error instanceof type);
}

function makeMessage(index: number, size: number): string {
  return `${index} `.repeat(Math.abs(Math.trunc(size)) + 1);
}

/** Sends all messages, and tells whether that went well. */
async function send(
  socket: WebSocketConn,
  sizes: readonly number[],
): Promise<boolean> {
  try {
    for (const [index, size] of sizes.entries()) {
      await socket.write(makeMessage(index, size));
    }
    return true;
  } catch (error) {
    if (isLinkError(error)) return false;
    throw error;
  }
}

/** Reads up to the end; what comes has to be what was sent, in order. */
async function receive(
  socket: WebSocketConn,
  sizes: readonly number[],
): Promise<number> {
  let count = 0;
  try {
    for (;; count++) {
      const message = await socket.read();
      if (message === null) return count;
      if (message !== makeMessage(count, sizes[count] ?? -1)) {
        throw new Error(`Message ${count} has come as another`);
      }
    }
  } catch (error) {
    if (isLinkError(error)) return count;
    throw error;
  }
}

async function talk(
  value: FaultsCase,
  client: WebSocketConn,
  server: WebSocketConn,
): Promise<void> {
  const sending = [send(client, value.client), send(server, value.server)];
  const counts = [
    receive(client, value.server),
    receive(server, value.client),
  ];
  for (const promise of counts) promise.catch(() => {});
  const [clientDone, serverDone] = await within(Promise.all(sending));
  await within((value.serverCloses ? server : client).close());
  const ends = await within(Promise.all([client.closed, server.closed]));
  const [atClient, atServer] = await within(Promise.all(counts));
  if (!isHarmless(value.up) || !isHarmless(value.down)) return;
  const isWhole = clientDone && serverDone &&
    atClient === value.server.length && atServer === value.client.length &&
    ends.every(({ code, wasClean }) => code === 1000 && wasClean);
  if (!isWhole) {
    throw new Error(`Nothing was cut, but ${Deno.inspect(ends)} came of it`);
  }
}

function generate(random: Random): FaultsCase {
  const sizes = () =>
    Array.from(
      { length: random.below(8) },
      () => random.below(random.pick([3, 100, 5000])),
    );
  return {
    up: randomCourse(random),
    down: randomCourse(random),
    deflate: random.chance(0.5),
    client: sizes(),
    server: sizes(),
    serverCloses: random.chance(0.5),
  };
}

async function check(
  value: FaultsCase,
  scheme: "ws" | "wss",
): Promise<void> {
  using listener = scheme === "wss"
    ? listenTls("127.0.0.1:0", { cert: serverCert, key: serverKey })
    : listenTcp("127.0.0.1:0");
  await using relay = await FaultRelay.start(listener.addr, {
    up: toCourse(value.up),
    down: toCourse(value.down),
  });
  const options = { ...LIMITS, deflate: value.deflate };
  const accepting = outcomeOf(
    listener.accept().then((conn: Conn) =>
      acceptWebSocket(conn, { ...options, handshakeTimeout: 2000 })
    ),
  );
  const url = `${scheme}://127.0.0.1:${relay.addr.port}/`;
  const dialled = await within(
    outcomeOf(dialWebSocket(url, {
      ...options,
      handshakeTimeout: 2000,
      caCerts: [caCert],
    })),
  );
  // A connection that is reset before it is accepted is passed over.
  if ("error" in dialled) listener.close();
  const accepted = await within(accepting);
  const sockets = [dialled, accepted].map((outcome) => {
    if ("value" in outcome) return outcome.value as WebSocketConn;
    if (!isLinkError(outcome.error)) throw outcome.error;
    return undefined;
  });
  try {
    const [client, server] = sockets;
    if (client !== undefined && server !== undefined) {
      await talk(value, client, server);
    }
  } finally {
    for (const socket of sockets) socket?.terminate();
  }
}

/** The property over TCP and over TLS. */
export const faultsProperties: readonly Property[] = [
  property<FaultsCase>({
    name:
      "two WebSockets over a link that is cut anywhere end, and what came is right",
    runs: 150,
    generate,
    check: (value) => check(value, "ws"),
  }),
  property<FaultsCase>({
    name:
      "two WebSockets over TLS over a link that is cut anywhere end, and what came is right",
    runs: 50,
    generate,
    check: (value) => check(value, "wss"),
  }),
];
