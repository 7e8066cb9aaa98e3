import { assert, assertEquals, assertRejects } from "@std/assert";
import { deflateRawSync } from "node:zlib";
import { afterPoll } from "../../../internal/wait/after_poll.ts";
import { PollWait } from "../../../internal/wait/poll_budget.ts";
import { OPCode } from "../../../websocket/opcode.ts";
import { ProtocolError } from "../../../websocket/protocol_error.ts";
import type {
  IncomingWebSocketMessage,
  WebSocketConn,
} from "../../../websocket/websocket_conn.ts";
import { soon } from "../support/_slow.ts";
import { RawDeflate } from "../../conformance/_raw_deflate.ts";
import { type Ends, openEnds, PLACES } from "../../conformance/_ends.ts";
import {
  BINARY,
  CLOSE,
  closeBytes,
  CONTINUATION,
  TEXT,
} from "../../conformance/_raw_peer.ts";

const ENCODER = new TextEncoder();
const LIMIT = { timeout: 60_000 };
/** The client in memory has no handshake, and so no compression. */
const COMPRESSED = PLACES.filter(([side, transport]) =>
  side === "server" || transport === "tcp"
);

async function readWhole(
  message: IncomingWebSocketMessage | null,
): Promise<Uint8Array> {
  assert(message !== null);
  return await new Response(message.readable).bytes();
}

async function readText(conn: WebSocketConn): Promise<string> {
  const message = await conn.readMessage(LIMIT);
  return new TextDecoder().decode(await readWhole(message));
}

function compress(data: string | Uint8Array): Promise<Uint8Array> {
  const bytes = typeof data === "string" ? ENCODER.encode(data) : data;
  return new RawDeflate().compress(bytes);
}

for (const [side, transport] of PLACES) {
  const where = `(${side}, ${transport})`;
  const open = (isCompressed: boolean): Promise<Ends> =>
    openEnds(side, transport, {
      deflate: isCompressed,
      ...(isCompressed ? { peerExtensions: "permessage-deflate" } : {}),
    });

  const canCompress = COMPRESSED.some((place) =>
    place[0] === side && place[1] === transport
  );
  for (const isCompressed of canCompress ? [false, true] : [false]) {
    const kind = isCompressed ? "compressed" : "plain";
    const rsv = isCompressed ? 4 : 0;
    const toPayload = (text: string) =>
      isCompressed ? compress(text) : Promise.resolve(ENCODER.encode(text));

    Deno.test(`a ${kind} message is whole though a close frame is right behind it ${where}`, async () => {
      using ends = await open(isCompressed);
      const { socket, peer } = ends;
      const reading = readText(socket);
      await peer.sendFrames([
        { opcode: TEXT, payload: await toPayload("hello"), rsv },
        { opcode: CLOSE, payload: closeBytes(1000) },
      ]);

      assertEquals(await soon(reading), "hello");
      assertEquals(await socket.readMessage(LIMIT), null);
    });

    Deno.test(`a ${kind} message is bounded by the maxMessageSize of its call ${where}`, async () => {
      using ends = await open(isCompressed);
      const { socket, peer } = ends;
      const payload = await toPayload("x".repeat(10_000));
      const reading = socket.readMessage({ ...LIMIT, maxMessageSize: 1000 });
      await peer.sendFrames([{ opcode: BINARY, payload, rsv }]);
      const message = await reading;

      const error = await soon(
        assertRejects(() => readWhole(message), ProtocolError),
      );
      assertEquals(error.closeCode, 1009);
    });

    Deno.test(`a ${kind} message of text that is not UTF-8 fails, wherever it is broken ${where}`, async () => {
      for (const bytes of [[0x41, 0xff, 0x41], [0x41, 0xc3]]) {
        using ends = await open(isCompressed);
        const { socket, peer } = ends;
        const text = new Uint8Array(bytes);
        const payload = isCompressed ? await compress(text) : text;
        const reading = socket.readMessage(LIMIT);
        await peer.sendFrames([{ opcode: TEXT, payload, rsv }]);
        const message = await reading;

        const error = await soon(
          assertRejects(() => readWhole(message), ProtocolError),
        );
        assertEquals(error.closeCode, 1007);
      }
    });

    Deno.test(`the message behind a ${kind} one that is cancelled is read ${where}`, async () => {
      using ends = await open(isCompressed);
      const { socket, peer } = ends;
      const noise = crypto.getRandomValues(new Uint8Array(60_000));
      const whole = new Uint8Array(400_000).map((_, index) =>
        noise[index % noise.length]
      );
      const payload = isCompressed ? await compress(whole) : whole;
      const frames = [];
      for (let at = 0; at < payload.length; at += 1000) {
        frames.push({
          opcode: at === 0 ? BINARY : CONTINUATION,
          payload: payload.subarray(at, at + 1000),
          rsv: at === 0 ? rsv : 0,
          fin: at + 1000 >= payload.length,
        });
      }
      const reading = socket.readMessage(LIMIT);
      const sending = peer.sendFrames([
        ...frames,
        { opcode: TEXT, payload: "behind" },
      ]);
      const message = await reading;
      // What comes fills the room, and the connection pauses.
      for (let poll = 0; poll < 20; poll++) {
        await new Promise<void>((resolve) => afterPoll(resolve));
      }
      // The runtime has just polled: what is resumed goes on at once.
      await new Promise<void>((resolve) => {
        new PollWait(resolve).enter(true);
      });
      await message?.readable.cancel();

      assertEquals(await soon(readText(socket)), "behind");
      await sending;
    });
  }

  Deno.test(`a message in pieces is not held up by those that wait for its end ${where}`, async () => {
    using ends = await openEnds(side, transport, { maxBufferedBytes: 1000 });
    const { socket, peer } = ends;
    const writer = (await socket.writeMessage(OPCode.binaryFrame, LIMIT))
      .getWriter();
    const waiting = socket.write(new Uint8Array(2000));
    const received = (async () => {
      const sizes = [];
      for (let count = 0; count < 3; count++) {
        sizes.push((await peer.receive())?.payload.length);
      }
      return sizes;
    })();
    await soon(writer.write(new Uint8Array(10)));
    await soon(writer.close());
    await soon(waiting);

    assertEquals(await soon(received), [10, 0, 2000]);
  });
}

for (const [side, transport] of COMPRESSED) {
  const where = `(${side}, ${transport})`;
  const open = () =>
    openEnds(side, transport, {
      deflate: true,
      peerExtensions: "permessage-deflate",
    });

  Deno.test(`a compressed message goes on behind a last block up to its last frame ${where}`, async () => {
    using ends = await open();
    const { socket, peer } = ends;
    // With the flag of a last block, and the byte that RFC 7692 section 7.2.3.4
    // asks for behind it.
    const last = deflateRawSync(ENCODER.encode("hello"));
    const reading = socket.readMessage(LIMIT);
    await peer.sendFrames([{
      opcode: TEXT,
      payload: new Uint8Array([...last, 0]),
      rsv: 4,
      fin: false,
    }]);
    const whole = readWhole(await reading);
    const next = readText(socket);
    await peer.sendFrames([
      { opcode: CONTINUATION, payload: "" },
      { opcode: TEXT, payload: "next" },
    ]);

    assertEquals(new TextDecoder().decode(await soon(whole)), "hello");
    assertEquals(await soon(next), "next");
  });

  for (const more of [[7, 7], [7], [0, 0]]) {
    Deno.test(`a compressed message with bytes ${more} behind its last block is refused ${where}`, async () => {
      using ends = await open();
      const { socket, peer } = ends;
      const last = deflateRawSync(ENCODER.encode("hello"));
      const reading = socket.readMessage(LIMIT);
      await peer.sendFrames([
        { opcode: TEXT, payload: last, rsv: 4, fin: false },
        { opcode: CONTINUATION, payload: new Uint8Array(more) },
      ]);
      const message = await reading;

      const error = await soon(
        assertRejects(() => readWhole(message), ProtocolError),
      );
      assertEquals(error.closeCode, 1007);
    });
  }
}
