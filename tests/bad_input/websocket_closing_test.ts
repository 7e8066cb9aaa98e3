import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { BLOCKING } from "../tcp/support/_bytes.ts";
import { assertClosed, errorOf } from "../tcp/support/_outcomes.ts";
import {
  BINARY,
  CLOSE,
  closeBytes,
  PING,
  TEXT,
} from "../conformance/_raw_peer.ts";
import { testAttack } from "./_attack.ts";
import { beside } from "./_beside.ts";

for (const side of ["server", "client"] as const) {
  testAttack(
    `a WebSocket ${side} ignores what comes after a close frame`,
    async () => {
      await beside(side, { closeTimeout: 200 }, async ({ socket, peer }) => {
        await peer.sendFrames([
          { opcode: TEXT, payload: "before" },
          { opcode: CLOSE, payload: closeBytes(3000, "bye") },
          { opcode: TEXT, payload: "after" },
          { opcode: PING, payload: "after" },
          { opcode: 3, payload: "after" },
        ]);
        assertEquals(await socket.read(), "before");
        assertEquals(await socket.read(), null);
        const answer = await peer.receive();
        assertEquals(answer?.opcode, CLOSE);
        assertEquals(answer?.payload, closeBytes(3000, "bye"));
        if (side === "client") peer.close();
        else assertEquals(await peer.receive(), undefined);
        peer.close();
        const { code, reason, wasClean } = await socket.closed;
        assertEquals({ code, reason, wasClean }, {
          code: 3000,
          reason: "bye",
          wasClean: true,
        });
        assertEquals(socket.messagesReceived, 1);
      });
    },
  );

  testAttack(
    `a WebSocket ${side} ends at its limit when the peer never answers the close frame`,
    async () => {
      await beside(side, {}, async ({ socket, peer }) => {
        const closing = socket.close(1000, "bye", { timeout: 30 });
        const frame = await peer.receive();
        assertEquals(frame?.payload, closeBytes(1000, "bye"));
        await closing;
        const { code, wasClean } = await socket.closed;
        assertEquals([code, wasClean], [1006, false]);
        await closing;
        assertClosed(await errorOf(socket.write("late")));
      });
    },
  );

  testAttack(
    `a WebSocket ${side} ends at its limit when the peer does not even read`,
    async () => {
      await beside(side, { maxBufferedBytes: BLOCKING }, async ({ socket }) => {
        const writing = errorOf(socket.write(new Uint8Array(BLOCKING)));
        await socket.close(1000, "bye", { timeout: 30 });
        assertEquals((await socket.closed).code, 1006);
        assertClosed(await writing);
        assertEquals(socket.bufferedBytes, 0);
      });
    },
  );

  testAttack(
    `a WebSocket ${side} survives a link that is lost in the middle of a frame`,
    async () => {
      await beside(side, {}, async ({ socket, peer }) => {
        await peer.sendFrame(BINARY, "whole");
        await peer.sendFrame(BINARY, "half of it", { cut: 4 });
        peer.close();
        assertEquals(await socket.read(), new TextEncoder().encode("whole"));
        assertInstanceOf(
          await errorOf(socket.read()),
          Deno.errors.UnexpectedEof,
        );
        assertEquals((await socket.closed).code, 1006);
      });
    },
  );

  testAttack(
    `a WebSocket ${side} refuses calls with wrong arguments, and sends nothing of them`,
    async () => {
      await beside(side, {}, async ({ socket, peer }) => {
        const calls: (() => Promise<unknown>)[] = [
          () => socket.close(1000, new Float32Array(9) as never),
          () => socket.close("1000" as never),
          () => socket.ping(200 as never),
          () => socket.ping(new Float32Array(9) as never),
          () => socket.pong(200 as never),
          () => socket.write(200 as never),
          () => socket.write(new Float32Array(9) as never),
          () => socket.write({ length: 10 } as never),
          () => socket.write(null as never),
        ];
        for (const call of calls) {
          assertInstanceOf(await errorOf(call()), TypeError);
        }
        const outOfRange: (() => Promise<unknown>)[] = [
          () => socket.close(999),
          () => socket.close(1005),
          () => socket.close(5000),
          () => socket.close(1000, "x".repeat(124)),
          () => socket.ping(new Uint8Array(126)),
          () => socket.pong(new Uint8Array(126)),
        ];
        for (const call of outOfRange) {
          const error = await errorOf(call());
          assert(
            error instanceof RangeError || error instanceof TypeError ||
              error instanceof SyntaxError,
            `${call} gave ${error}`,
          );
        }
        assertEquals(socket.state, 1);
        await socket.write("the first that goes out");
        const frame = await peer.receive();
        assertEquals(frame?.opcode, TEXT);
        assertEquals(
          new TextDecoder().decode(frame?.payload),
          "the first that goes out",
        );
      });
    },
  );
}
