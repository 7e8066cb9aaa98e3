import { isNetAddr } from "../../internal/address/address.ts";
import type { WebSocketRequest } from "../accept_websocket.ts";
import type { Client } from "./client.ts";
import type { Server } from "./server.ts";

/** What knows the address of a client, perhaps its connection. */
export interface Source {
  /** The address, of any kind. */
  readonly remoteAddr?: unknown;
}

/** What a server's view of a client is made of. */
interface Parts {
  readonly server: Server;
  readonly client: Client;
  readonly request: WebSocketRequest;
  readonly source: Source;
}

// The class shares these with this module, and with nobody outside the package.
let make: (parts: Parts) => ServerClient;
let set: (peer: ServerClient, request: WebSocketRequest) => void;

/** Makes the view of a client that has sent its request. */
export function makeServerClient(parts: Parts): ServerClient {
  return make(parts);
}

/** Gives the view of a client the same request in another form. */
export function setRequest(
  peer: ServerClient,
  request: WebSocketRequest,
): void {
  set(peer, request);
}

/**
 * A client as its server knows it (V `websocket.ServerClient`): what it has
 * asked for, and the connection.
 *
 * @example Usage
 * ```ts
 * import { newClient, newServer } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const server = newServer(0, "", { hostname: "127.0.0.1" });
 * server.onConnect((peer) => peer.headers.get("authorization") === "Bearer 1");
 * server.onAttached((peer) => peer.client.writeString(peer.resourceName));
 * const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
 * const serving = server.listen({ onListen: resolve });
 *
 * const client = newClient(`ws://127.0.0.1:${(await promise).port}/rooms?id=7`, {
 *   headers: { authorization: "Bearer 1" },
 * });
 * await client.connect();
 * for await (const message of client) {
 *   assertEquals(message.text(), "/rooms?id=7");
 *   break;
 * }
 * await client.close();
 * await server.close();
 * await serving;
 * ```
 */
export class ServerClient {
  static {
    make = (parts) => new ServerClient(parts);
    set = (peer, request) => peer.#request = request;
  }

  #request: WebSocketRequest;
  readonly #source: Source;
  #headers: Headers | undefined;

  /** The server. */
  readonly server: Server;

  /** The connection; in state `connecting` until the server has accepted it. */
  readonly client: Client;

  private constructor(parts: Parts) {
    this.server = parts.server;
    this.client = parts.client;
    this.#source = parts.source;
    this.#request = parts.request;
  }

  /**
   * The address of the socket's peer, which may be a proxy; `undefined` if it is
   * no IP address, or was not given to `handleUpgrade`.
   */
  get remoteAddr(): Deno.NetAddr | undefined {
    const { remoteAddr } = this.#source;
    return isNetAddr(remoteAddr) ? remoteAddr : undefined;
  }

  /**
   * The address of the client: that of the socket, or the one that
   * `trustedProxies` tell; `undefined` if neither is an IP address.
   */
  get clientAddress(): string | undefined {
    return this.#request.clientAddress;
  }

  /** The path with its query, as the client has sent it. */
  get resourceName(): string {
    return this.#request.resourceName;
  }

  /** The client's `Sec-WebSocket-Key`. */
  get clientKey(): string {
    return this.#request.key;
  }

  /** The page's origin, `undefined` if none was sent: then it is no browser. */
  get origin(): string | undefined {
    return this.#request.origin;
  }

  /** The subprotocols that the client has offered, in its order. */
  get protocols(): readonly string[] {
    return this.#request.protocols;
  }

  /** All header fields of the request. */
  get headers(): Headers {
    return this.#headers ??= this.#request.headers;
  }
}
