import type { UserRef } from "../room/chat_message.ts";
import type { OperatorAct } from "../room/operator_act.ts";

/**
 * An event of a chat server, as passed to `onEvent` of
 * {@linkcode ChatServerOptions}, for a log. It never contains texts of users.
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
      /** The address for lines over TCP. */
      readonly tcp?: Deno.NetAddr | undefined;
      /** The address for the page and WebSockets. */
      readonly http?: Deno.NetAddr | undefined;
    }
    | {
      /** A user has connected, and has no nickname yet. */
      readonly type: "connect";
      /** The id of the user. */
      readonly id: number;
      /** The kind of connection. */
      readonly kind: "tcp" | "websocket";
      /** The network address. */
      readonly address: string;
    }
    | {
      /** A user has chosen a nickname, and is in the chat. */
      readonly type: "enter";
      /** The id of the user. */
      readonly id: number;
      /** The nickname. */
      readonly nickname: string;
    }
    | {
      /**
       * A user has left or was disconnected; `"kick"` and `"ban"` if by an
       * operator.
       */
      readonly type: "leave" | "kick" | "ban";
      /** The id of the user. */
      readonly id: number;
      /** The nickname, if the user had one. */
      readonly nickname?: string | undefined;
      /** The reason, as named in the protocol. */
      readonly reason: string;
    }
    | {
      /**
       * A connection was rejected, or the password or invitation that its client has
       * given. There are at most 20 such events a second;
       * {@linkcode ChatServer.stats} counts all.
       */
      readonly type: "refuse";
      /** The kind of port. */
      readonly kind: "tcp" | "http";
      /** The network address. */
      readonly address: string;
      /** The reason. */
      readonly reason: string;
    }
    | {
      /**
       * A user tried to become an operator with a wrong token. There are at most 20
       * such events a second.
       */
      readonly type: "wrong-token";
      /** The id of the user. */
      readonly id: number;
      /** The nickname. */
      readonly nickname?: string | undefined;
      /** The network address. */
      readonly address: string;
    }
    | {
      /**
       * An operator has done something, on any server of a cluster, while this one
       * was up to date. The time is that of the request.
       */
      readonly type: "operator";
      /** The act. */
      readonly act: OperatorAct;
      /** The id of the operator, unless the operator has left meanwhile. */
      readonly id?: number | undefined;
      /** The operator's nickname. */
      readonly nickname?: string | undefined;
      /** The user whom it is about. */
      readonly target?: UserRef | undefined;
      /** The name of the room. */
      readonly room?: string | undefined;
      /** How long it is to last; 0 ends it. */
      readonly minutes?: number | undefined;
      /** The server of the operator, in a cluster. */
      readonly server?: string | undefined;
    }
    | {
      /** A failure on this side. */
      readonly type: "error";
      /** The error. */
      readonly error: unknown;
    }
    | {
      /** The server has stopped, and all connections are closed. */
      readonly type: "stop";
    }
  );
