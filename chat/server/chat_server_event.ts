/**
 * What happens on a chat server, as told to `onEvent` of
 * {@linkcode ChatServerOptions}, for a log. It never has what users write.
 *
 * @example Usage
 * ```ts
 * import { type ChatServerEvent, serveChat } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const events: ChatServerEvent[] = [];
 * const server = serveChat({
 *   tcp: { port: 0 },
 *   onEvent: (event) => events.push(event),
 * });
 * await server.shutdown();
 * assertEquals(events.map(({ type }) => type), ["start", "stop"]);
 * ```
 */
export type ChatServerEvent =
  & {
    /** When, in milliseconds since the epoch. */
    readonly time: number;
  }
  & (
    | {
      /** The server listens. */
      readonly type: "start";
      /** Where, for lines over TCP. */
      readonly tcp?: Deno.NetAddr | undefined;
      /** Where, for the page and WebSockets. */
      readonly http?: Deno.NetAddr | undefined;
    }
    | {
      /** Somebody has connected, who has no nickname yet. */
      readonly type: "connect";
      /** The number of the user. */
      readonly id: number;
      /** How. */
      readonly kind: "tcp" | "websocket";
      /** From where. */
      readonly address: string;
    }
    | {
      /** A user has a nickname, and is in the chat. */
      readonly type: "enter";
      /** The number of the user. */
      readonly id: number;
      /** The nickname. */
      readonly nickname: string;
    }
    | {
      /**
       * A user is gone: by themselves, or because they had to. An operator's
       * `kick` and `ban` come as such.
       */
      readonly type: "leave" | "kick" | "ban";
      /** The number of the user. */
      readonly id: number;
      /** The nickname, if the user had one. */
      readonly nickname?: string | undefined;
      /** Why, by the names of the protocol. */
      readonly reason: string;
    }
    | {
      /**
       * Somebody was turned away before they were a user. At most 20 a second are
       * told of; {@linkcode ChatServer.stats} counts all.
       */
      readonly type: "refuse";
      /** How they came. */
      readonly kind: "tcp" | "http";
      /** From where. */
      readonly address: string;
      /** Why. */
      readonly reason: string;
    }
    | {
      /** Something went wrong on this side. */
      readonly type: "error";
      /** What was thrown. */
      readonly error: unknown;
    }
    | {
      /** The server has stopped, and all connections are closed. */
      readonly type: "stop";
    }
  );
