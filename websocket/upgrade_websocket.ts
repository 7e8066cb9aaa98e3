import { checkTimeout } from "../internal/wait_options.ts";
import type { AcceptWebSocketOptions } from "./accept_websocket.ts";
import { formatHeaders } from "./_handshake_headers.ts";
import { HeaderFields } from "./_header_fields.ts";
import type { HttpHead, RequestLine } from "./_http_head.ts";
import { checkRuntimeOptions } from "./_runtime_engine.ts";
import { type Refusal, RESERVED, selectProtocol } from "./_server_handshake.ts";
import { isRefusal, readUpgradeRequest } from "./_upgrade_request.ts";
import { beginUpgraded, type UpgradedWebSocket } from "./upgraded_websocket.ts";
import type { WebSocketOptions } from "./websocket_options.ts";

/** Milliseconds of silence after which the connection ends. */
const DEFAULT_IDLE_TIMEOUT = 60_000;
/** The longest delay a timer takes; what is longer is no limit in practice. */
const MAX_DELAY = 2 ** 31 - 1;
