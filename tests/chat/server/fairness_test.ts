import { assertEquals } from "@std/assert";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { OtherPeer } from "../../tcp/support/_other_peer.ts";
import { request } from "../../websocket/support/_servers.ts";
import {
  concat,
  frame,
  MASK,
  PING,
  TEXT,
  utf8,
} from "../../websocket/support/_frames.ts";

/** How much a user sends at once: what a socket that is not read takes. */
const FLOOD_SIZE = 110 * 1024;

/** Telnet's "no operation". */
const NOP = Uint8Array.of(255, 241);
const PING_FRAME = frame({ opcode: PING, payload: "", mask: MASK });

function repeat(one: Uint8Array): Uint8Array {
  return concat(...Array(Math.floor(FLOOD_SIZE / one.length)).fill(one));
}

const text = (payload: string) => frame({ opcode: TEXT, payload, mask: MASK });

/** How many do so. */
const USERS = ["alice", "bob", "carol", "dave"];

/** What users send who enter, flood and leave. */
const floods = {
  "telnet commands": {
    port: "tcpAddr",
    makeBytes: (nickname: string) =>
      concat(utf8(`${nickname}\n`), repeat(NOP), utf8("/quit\n")),
  },
  "pings": {
    port: "httpAddr",
    makeBytes: (nickname: string) =>
      concat(
        utf8(request("/chat")),
        text(nickname),
        repeat(PING_FRAME),
        text("/quit"),
      ),
  },
} as const;

/** Sends bytes, drops what comes back, and closes when told to. */
async function send(
  port: number,
  bytes: Uint8Array,
  done: Promise<void>,
): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  let at = 0;
  while (at < bytes.length) at += await conn.write(bytes.subarray(at));
  const buffer = new Uint8Array(64 * 1024);
  const drop = async () => {
    while (await conn.read(buffer).catch(() => null) !== null) {
      /* Dropped. */
    }
  };
  const dropping = drop();
  await done;
  conn.close();
  await dropping;
}

for (const [name, { port, makeBytes }] of Object.entries(floods)) {
  Deno.test(`others get their answers while users flood the chat with ${name}`, async () => {
    await using other = await OtherPeer.connect();
    const { promise: done, resolve } = Promise.withResolvers<void>();
    let left = 0;
    await using server = serveChat({
      tcp: { hostname: "127.0.0.1", port: 0 },
      http: { hostname: "127.0.0.1", port: 0 },
      onEvent: ({ type }) => {
        if (type === "enter") other.handlePart();
        if (type !== "leave" || ++left < USERS.length) return;
        other.events.push("end of the flood");
        resolve();
      },
    });
    await Promise.all(
      USERS.map((nickname) =>
        send(server[port].port, makeBytes(nickname), done)
      ),
    );
    await other.answered;

    assertEquals(other.events, ["echo", "end of the flood"]);
  });
}
