/**
 * A chat system: rooms for all who connect with `telnet`, `nc`, a browser or a
 * WebSocket, and a client for programs.
 *
 * ```ts
 * import { ChatClient, serveChat } from "@vnet/net/chat";
 * import { dialTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serveChat({ tcp: { port: 0 }, http: { port: 0 } });
 * using alice = await dialTcp(server.tcpAddr);
 * await alice.writeString("alice\n");
 * for await (const line of alice.lines()) {
 *   if (line === "*** Welcome, alice! You are user 1.") break;
 * }
 *
 * const url = `ws://127.0.0.1:${server.httpAddr.port}/chat`;
 * await using bob = new ChatClient(url, { nickname: "bob" });
 * await bob.connect();
 * await bob.say("hello");
 * for await (const line of alice.lines()) {
 *   if (!line.startsWith("bob: ")) continue;
 *   assertEquals(line, "bob: hello");
 *   break;
 * }
 * ```
 *
 * The program beside this module, `chat/main.ts`, does the same from the command
 * line; `--help` shows its options. Browsers get a page from the HTTP port, which
 * is embedded: no file is read.
 *
 * ## What users type
 *
 * | line | does |
 * | --- | --- |
 * | any text | the first one is the nickname, the others are said in the room |
 * | `/msg NAME TEXT`, `c:NAME:TEXT` | tells it to one user alone |
 * | `/nick NAME`, `n:NAME` | changes the nickname |
 * | `/join ROOM`, `/leave`, `/rooms` | enters, leaves and lists rooms |
 * | `/topic TEXT`, `/history` | sets what the room is about, shows what was said |
 * | `/list`, `l` | lists who is here |
 * | `/me ACTION` | says what one does |
 * | `b:TEXT`, `//TEXT` | says TEXT, or /TEXT, even if it looks like a command |
 * | `/help` | shows the commands |
 * | `/quit`, `byebye` | leaves |
 *
 * Over a WebSocket at the path `/chat`, with the subprotocol `vnet-chat.1`, users
 * send and get JSON, which `PROTOCOL.md` beside this module describes; without
 * it, the same lines as over TCP.
 *
 * ## What the server promises
 *
 * Everyone in a room hears what the others say, in the same order, and nobody
 * their own words. No two users have the same nickname, or ones that look alike.
 * Addresses are shown to nobody. Text can't steer a terminal, nor become markup.
 * A slow user delays nobody, and whoever has to leave is told why. Who uses JSON
 * and loses the connection comes back to where it was lost.
 *
 * ## Limits
 *
 * | what | default | beyond it |
 * | --- | --- | --- |
 * | connections | 10,000 | turned away with a reason, and counted |
 * | connections of one address, IPv6: of a /64 | 16 | turned away, and counted |
 * | times one address may enter in 10 minutes | 32 | turned away, and counted |
 * | choosing a nickname | 30 s | the user has to leave |
 * | a nickname | 32 characters | refused, and asked again |
 * | a line, a text | 4,096 bytes | a notice; over TCP the user has to leave |
 * | lines of one user | 5, then 2 a second | delayed, then warned, then kicked |
 * | rooms of one user | 10 | refused |
 * | messages that wait for one user | 256 KiB | a notice, and the user has to leave |
 * | sending what waits to a user who leaves | 5 s | the connection is cut |
 * | a request to the HTTP port | 10 s, 16 KiB, 100 fields, no body | 400, 431, the connection is closed |
 * | a pong over a WebSocket | 20 s | the connection is cut |
 *
 * A page of another origin may not connect unless `allowedOrigins` names it. The
 * addresses of this machine have none of the limits for an address, unless
 * `exemptLoopback` is off: a proxy in front of the server shares its own among
 * all users. Idle connections over TCP are left to the keep-alive of the system,
 * as there is nothing to send that `nc` would not show.
 *
 * ## Its parts
 *
 * {@linkcode ChatRoom} is the chat without any I/O: events in, deliveries out.
 * {@linkcode LineDecoder} makes lines of bytes, {@linkcode parseCommand} commands
 * of lines. {@linkcode Relay} is how rooms of several servers become one.
 * {@linkcode serveChat} puts them on sockets, and {@linkcode ChatClient} talks to
 * them. {@linkcode announceChat} and {@linkcode discoverChats} find servers in the
 * local network.
 *
 * @module
 */

export { ClosedError } from "../internal/errors/closed_error.ts";
export type { WaitOptions } from "../internal/wait/wait_options.ts";
export type { AllowedHosts, AllowedOrigins } from "../websocket/mod.ts";
export {
  announceChat,
  type AnnounceChatOptions,
  type ChatAnnouncement,
} from "./discovery/announce_chat.ts";
export {
  ChatClient,
  type ChatClientOptions,
  type ChatReceipt,
} from "./client/chat_client.ts";
export type {
  ChatClientEvent,
  ChatClientMessage,
  ChatClientState,
  ChatRoomInfo,
  ChatRoomRecord,
} from "./client/chat_client_message.ts";
export { type ChatCommand, parseCommand } from "./room/chat_command.ts";
export type { ChatErrorCode } from "./room/chat_error_code.ts";
export type {
  ChatMessage,
  Delivery,
  DirectMessage,
  KeptMessage,
  RoomEntry,
  RoomEvent,
  RoomMessage,
  UserEntry,
  UserRef,
} from "./room/chat_message.ts";
export { ChatRequestError } from "./client/chat_request_error.ts";
export { ChatRoom } from "./room/chat_room.ts";
export type {
  ChatRoomOptions,
  FloodOptions,
  JoinOptions,
  JoinOutcome,
  RefuseOptions,
} from "./room/chat_room_options.ts";
export type { ChatServer } from "./server/chat_server.ts";
export type { ChatServerEvent } from "./server/chat_server_event.ts";
export type { ChatStats } from "./server/chat_stats.ts";
export type { ChatStore, StoredRoom } from "./store/chat_store.ts";
export type { ChatUser } from "./room/chat_user.ts";
export {
  discoverChats,
  type DiscoverChatsOptions,
  type FoundChat,
} from "./discovery/discover_chats.ts";
export type { LeaveReason } from "./room/leave_reason.ts";
export {
  LineDecoder,
  type LineDecoderOptions,
  type LineEvent,
} from "./server/line_decoder.ts";
export {
  type Nickname,
  type NicknameFault,
  nicknameKey,
  parseNickname,
} from "./room/names/nickname.ts";
export {
  InProcessRelay,
  type Relay,
  type RelayEnvelope,
} from "./room/relay.ts";
export { RelayLink, type RelayLinkOptions } from "./room/relay_link.ts";
export {
  parseRoomName,
  type RoomName,
  type RoomNameFault,
} from "./room/names/room_name.ts";
export {
  openSqliteStore,
  type SqliteStoreOptions,
} from "./store/sqlite_store.ts";
export type {
  ChatHttpOptions,
  ChatServerOptions,
  ChatTcpOptions,
} from "./server/chat_server_options.ts";
export { serveChat } from "./server/serve_chat.ts";
