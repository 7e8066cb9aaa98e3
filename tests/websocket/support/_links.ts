import { listenTcp } from "@vnet/net/tcp";
import {
  acceptWebSocket,
  type Client,
  type ClientOptions,
  dialWebSocket,
  type MessageConn,
  newClient,
  newServer,
  type ServerClient,
} from "@vnet/net/websocket";
import { afterPoll } from "../../../internal/wait/after_poll.ts";
import { serve } from "./_servers.ts";

/** A client, and the peer that the test plays. */
export interface Linked extends AsyncDisposable {
  readonly client: Client;
  readonly peer: MessageConn;
}

/** Connects a client, whose callbacks `prepare` may register. */
export type Link = (
  options?: ClientOptions,
  prepare?: (client: Client) => void,
) => Promise<Linked>;

/** A client that has dialled. */
async function linkDialled(
  options: ClientOptions = {},
  prepare: (client: Client) => void = () => {},
): Promise<Linked> {
  await using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
  const url = `ws://127.0.0.1:${listener.addr.port}/`;
  const client = newClient(url, options);
  prepare(client);
  await client.connect();
  const peer = await accepting;
  return {
    client,
    peer,
    async [Symbol.asyncDispose]() {
      peer.terminate();
      await client.close();
    },
  };
}

/** A client of a server that listens. */
async function linkAccepted(
  options: ClientOptions = {},
  prepare: (client: Client) => void = () => {},
): Promise<Linked> {
  const server = newServer(0, "", { hostname: "127.0.0.1", ...options });
  const { promise, resolve } = Promise.withResolvers<ServerClient>();
  server.onConnect(({ client }) => prepare(client));
  server.onAttached(resolve);
  const served = await serve(server);
  const peer = await dialWebSocket(served.url);
  const { client } = await promise;
  return {
    client,
    peer,
    async [Symbol.asyncDispose]() {
      peer.terminate();
      await served[Symbol.asyncDispose]();
    },
  };
}

/** A client of a server inside `Deno.serve`. */
async function linkUpgraded(
  options: ClientOptions = {},
  prepare: (client: Client) => void = () => {},
): Promise<Linked> {
  const server = newServer(0, "", options);
  const { promise, resolve } = Promise.withResolvers<ServerClient>();
  server.onConnect(({ client }) => prepare(client));
  server.onAttached(resolve);
  const runtimeSocket = watchNextUpgrade();
  const http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) => server.handleUpgrade(request, info),
  );
  const peer = await dialWebSocket(`ws://127.0.0.1:${http.addr.port}/`);
  const { client } = await promise;
  return {
    client,
    peer,
    async [Symbol.asyncDispose]() {
      peer.terminate();
      await server.close();
      await http.shutdown();
      await runtimeSocket.closed;
      // The runtime's close frame fails only after that event.
      await new Promise<void>(afterPoll);
    },
  };
}

/**
 * Observes the next WebSocket of the runtime, which outlives its `Client` until
 * the peer's end arrives.
 */
function watchNextUpgrade(): { readonly closed: Promise<unknown> } {
  const { promise: closed, resolve } = Promise.withResolvers<unknown>();
  const { upgradeWebSocket } = Deno;
  Deno.upgradeWebSocket = (...args) => {
    Deno.upgradeWebSocket = upgradeWebSocket;
    const upgrade = upgradeWebSocket(...args);
    upgrade.socket.addEventListener("close", resolve);
    return upgrade;
  };
  return { closed };
}

/** Every kind of connection that a `Client` may be over. */
export const LINKS: ReadonlyArray<readonly [string, Link]> = [
  ["a client that has dialled", linkDialled],
  ["a server's client", linkAccepted],
  ["a client inside Deno.serve", linkUpgraded],
];
