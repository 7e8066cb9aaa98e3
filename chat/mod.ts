/**
 * A chat: a server for users of `telnet`, `nc`, browsers and WebSockets, and a
 * client for programs.
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
 * The program `chat/main.ts` beside this module does the same from the command line;
 * `--help` shows its options. Browsers get a page from the HTTP port; it is part of
 * the module, so that no file is read.
 *
 * ## Commands of users
 *
 * | line | does |
 * | --- | --- |
 * | any text | the first line is the nickname, others go to the room |
 * | `/msg NAME TEXT`, `c:NAME:TEXT` | sends TEXT to one user, if there is a user NAME |
 * | `/nick NAME`, `n:NAME` | changes the nickname |
 * | `/join ROOM`, `/leave [ROOM]`, `/rooms` | enters, leaves and lists rooms |
 * | `/topic TEXT`, `/history` | sets the topic, shows earlier messages |
 * | `/reply NAME TEXT` | answers the last message of a user in the room |
 * | `/edit TEXT`, `/delete` | changes or deletes the own last message in the room, for 15 minutes |
 * | `/search TEXT` | finds messages, where the server keeps them in a file |
 * | `/ignore NAME`, `/unignore NAME` | shows no more messages of a user, or shows them again |
 * | `/lock [ROOM]`, `/unlock [ROOM]` | makes a room of one's own one for invited users, or opens it |
 * | `/invite NAME [ROOM]` | lets a user into a locked room |
 * | `/link` | makes a secret by which another device joins as the same user |
 * | `/list`, `l` | lists the users in the room |
 * | `/me ACTION` | describes an action |
 * | `b:TEXT`, `//TEXT` | sends TEXT, or /TEXT, even if it looks like a command |
 * | `/syntax plain`, `/syntax full` | makes lines such as `n:NAME` and `l` text, or commands again |
 * | `/help` | lists the commands |
 * | `/quit`, `byebye` | leaves the chat |
 * | `/operator TOKEN` | makes the user an operator |
 *
 * Operators have `/kick NAME [REASON]`, `/ban NAME MINUTES [REASON]`,
 * `/mute NAME MINUTES [REASON]`, `/notice TEXT`, and `/invite` without a name for an
 * invitation into the chat; they may also delete messages of others, and lock any
 * room. The page and the client for the terminal have the same commands with a slash;
 * commands of letters and `/syntax` are for lines of text.
 *
 * Programs send and get JSON, which `PROTOCOL.md` beside this module describes:
 * over a WebSocket at the path `/chat` with the subprotocol `vnet-chat.1`, or over
 * TCP if their first line is a `hello`. {@linkcode ChatClient} speaks it. Without
 * the subprotocol, a WebSocket has the same lines as TCP.
 *
 * ## Guarantees
 *
 * Users of a room get the messages of all others in the same order, but their own
 * only from their other devices. No two users have the same nickname, or ones that
 * look alike. Addresses are not shown to other users. Text can't control a terminal or
 * become markup. A slow user delays nobody, and a disconnected user is told the
 * reason. A user of JSON who loses the connection resumes the session.
 *
 * ## Access
 *
 * The chat is open by default. The option `access` of {@linkcode serveChat}
 * asks for a password that all users share, for invitations, or leaves that to a
 * proxy that signs users in: see {@linkcode ChatAccessOptions}. A client that is
 * not admitted is no user: it sees nothing of the chat, and nobody sees it.
 *
 * ## History and several servers
 *
 * The option `store` keeps the history: in memory by default, or in the file of
 * {@linkcode openSqliteStore}, which can also be searched. The option `cluster` makes a
 * server one of several that share their users, rooms and messages by a common
 * {@linkcode ChatLog}, such as that of {@linkcode natsLog}. The texts for users of
 * lines are in the `language` of the options: English or Chinese.
 *
 * ## Limits
 *
 * | limit | default | beyond it |
 * | --- | --- | --- |
 * | connections | 10,000 | rejected with a reason, and counted |
 * | connections of one address, IPv6: of a /64 | 16 | rejected, and counted |
 * | times one address may enter in 10 minutes | 32 | rejected, and counted |
 * | wrong passwords or invitations of one address | 5, then a growing wait | refused |
 * | giving the password or an invitation | 30 s | the connection is closed |
 * | choosing a nickname | 30 s | the user is disconnected |
 * | a nickname | 32 characters | refused, and asked for again |
 * | a line, a text | 4,096 bytes | a notice; over TCP the user is disconnected |
 * | lines of one user | 5, then 2 a second | delayed, then warned, then kicked |
 * | rooms of one user | 10 | refused |
 * | connections of one user, as devices | 8 | the oldest is replaced |
 * | users of a room who are told who enters and leaves | 1,000 | only the number of users is told |
 * | messages that wait for one user | 256 KiB | a notice, and the user is disconnected |
 * | sending to a leaving user without progress | 5 s | the connection is cut |
 * | a request to the HTTP port | 10 s, 16 KiB, 100 fields, no body | 400, 431, the connection is closed |
 * | a pong over a WebSocket | 20 s | the connection is cut |
 *
 * A page of another origin may not connect unless `allowedOrigins` names it. The
 * addresses of this machine are exempt from the limits per address, unless
 * `exemptLoopback` is `false`: all users behind a proxy share its address. Idle
 * connections over TCP rely on the keep-alive of the system, as `nc` would show any
 * message.
 *
 * ## Parts
 *
 * {@linkcode ChatRoom} is the chat without I/O: events in, deliveries out.
 * {@linkcode LineDecoder} decodes bytes to lines, and {@linkcode parseCommand} lines
 * to commands. {@linkcode serveChat} serves all of it on sockets, and
 * {@linkcode ChatClient} is the client. {@linkcode dialChat} gives one connection as
 * a pair of streams of the protocol's messages.
 *
 * @module
 */

export { ClosedError } from "../internal/errors/closed_error.ts";
export type { WaitOptions } from "../internal/wait/wait_options.ts";
export type { AllowedHosts, AllowedOrigins } from "../websocket/mod.ts";
export { ChatClient } from "./client/chat_client.ts";
export type {
  ChatClientOptions,
  ChatHistoryOptions,
  ChatMsgOptions,
  ChatReceipt,
  ChatSayOptions,
  ChatSearchOptions,
  ChatUsersOptions,
} from "./client/chat_client_options.ts";
export type {
  ChatClientEvent,
  ChatClientMessage,
  ChatClientState,
  ChatFoundMessage,
  ChatRequest,
  ChatRoomInfo,
  ChatRoomRecord,
  ChatServerMessage,
} from "./client/chat_client_message.ts";
export {
  ChatConn,
  dialChat,
  type DialChatOptions,
} from "./client/dial_chat.ts";
export { type ChatCommand, parseCommand } from "./room/chat_command.ts";
export type { ChatClusterOptions } from "./cluster/chat_cluster_options.ts";
export type { ChatClusterStats } from "./cluster/chat_cluster_stats.ts";
export type { ChatLease, ChatLog, ChatSnapshot } from "./cluster/chat_log.ts";
export type {
  NatsConsumerMessages,
  NatsJetStreamClient,
  NatsJetStreamManager,
  NatsLogConnection,
  NatsStoredMessage,
  NatsStreamConfig,
  NatsStreamInfo,
} from "./cluster/nats_jetstream.ts";
export { natsLog, type NatsLogOptions } from "./cluster/nats_log.ts";
export type { ChatErrorCode } from "./room/chat_error_code.ts";
export type {
  ChatMessage,
  Delivery,
  DirectMessage,
  FoundMessage,
  KeptMessage,
  PrivateMessage,
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
export type { ChatAccessOptions } from "./server/access/chat_access_options.ts";
export type {
  InvitationStore,
  StoredInvitation,
} from "./server/access/invitation_store.ts";
export { openInvitations } from "./server/access/open_invitations.ts";
export type { ChatServer } from "./server/chat_server.ts";
export type { ChatServerEvent } from "./server/chat_server_event.ts";
export type { ChatStats } from "./server/chat_stats.ts";
export type { ChatStore, StoredRoom } from "./store/chat_store.ts";
export type { ChatUser } from "./room/chat_user.ts";
export type { LeaveReason } from "./room/leave_reason.ts";
export type { NoticeCode } from "./room/notice_code.ts";
export type { OperatorAct } from "./room/operator_act.ts";
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
  parseRoomName,
  type RoomName,
  type RoomNameFault,
} from "./room/names/room_name.ts";
export type { SearchPage, SearchQuery } from "./store/chat_search.ts";
export {
  type KeepOptions,
  openSqliteStore,
  type SqliteStoreOptions,
} from "./store/sqlite_store.ts";
export type {
  HistoryPage,
  MessageOwners,
  StoredPrivateMessage,
} from "./store/stored_message.ts";
export type {
  ChatHttpOptions,
  ChatServerOptions,
  ChatTcpOptions,
} from "./server/chat_server_options.ts";
export { serveChat } from "./server/serve_chat.ts";
