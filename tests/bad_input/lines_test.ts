import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { LineDecoder } from "../../chat/server/line_decoder.ts";
import { LineTooLongError } from "../../tcp/conn/line_too_long_error.ts";
import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import { encode, filled } from "../tcp/support/_bytes.ts";
import { errorOf, until } from "../tcp/support/_outcomes.ts";
import { testAttack, testAttackOnEachKind } from "./_attack.ts";
import {
  besideBystander,
  dialListener,
  HANGS,
  LISTENERS,
} from "./_bystander.ts";

const MIB = 2 ** 20;
/** How many bytes a line may have by default. */
const CAP = 64 * 1024;
/** What a connection reads ahead of its callers at most. */
const READ_AHEAD = 256 * 1024;

const LF = 10;
const CR = 13;

/** Sends as much as the other side takes, until it ends the connection. */
async function flood(
  conn: StreamConn<unknown>,
  piece: Uint8Array,
): Promise<void> {
  try {
    for (let sent = 0; sent < 10 * MIB; sent += piece.length) {
      await conn.write(piece, HANGS);
    }
    // What has fitted into the system's buffers has still to be refused.
    await conn.read(new Uint8Array(1), HANGS);
  } catch (error) {
    const { ConnectionReset, BrokenPipe } = Deno.errors;
    assert(error instanceof ConnectionReset || error instanceof BrokenPipe);
  }
}

const LONG_LINES: Record<string, number> = {
  "without a newline": 0x61,
  "of CR": CR,
  "of NUL": 0,
};

for (const [what, byte] of Object.entries(LONG_LINES)) {
  for (const [kind, listen] of Object.entries(LISTENERS)) {
    testAttack(
      `a server of lines ends a line of 10 MiB ${what} at the cap (${kind})`,
      async () => {
        let bytesRead = 0;
        const errors = await besideBystander(
          listen(),
          async (listener) => {
            using conn = await dialListener(listener);
            await flood(conn, filled(64 * 1024, byte));
          },
          async (conn: StreamConn<unknown>) => {
            try {
              for await (const line of conn.lines()) {
                await conn.writeString(`${line}\n`);
              }
            } catch (error) {
              bytesRead = conn.bytesRead;
              throw error;
            }
          },
        );

        assertEquals(errors.length, 1);
        const [error] = errors;
        assertInstanceOf(error, LineTooLongError);
        assertEquals(error.maxLength, CAP);
        assert(bytesRead > CAP, `${bytesRead} bytes read`);
        assert(bytesRead <= CAP + READ_AHEAD, `${bytesRead} bytes read`);
      },
    );
  }
}

testAttackOnEachKind(
  "a line that is too long costs the memory of the cap and no more",
  async (reader, writer) => {
    const writing = errorOf(writer.write(filled(32 * MIB, 0x61)));
    for (let attempt = 0; attempt < 100; attempt++) {
      assertInstanceOf(await errorOf(reader.readLine()), LineTooLongError);
    }
    assert(reader.bytesRead <= CAP + READ_AHEAD, `${reader.bytesRead}`);
    reader.close();
    writer.close();
    await writing;
  },
);

testAttackOnEachKind(
  "a line just at the cap passes, in single bytes too",
  async (reader, writer) => {
    const line = "x".repeat(2000);
    const writing = (async () => {
      for (const byte of encode(`${line}\r\n`)) {
        await writer.write(Uint8Array.of(byte));
      }
      await writer.writeString(`${line}x\n`);
    })();
    const options = { maxLength: 2000, ...HANGS };
    assertEquals(await reader.readLine(options), line);
    const error = await errorOf(reader.readLine(options));
    assertInstanceOf(error, LineTooLongError);
    await writing;
  },
);

testAttackOnEachKind(
  "CR LF cut between two reads ends one line",
  async (reader, writer) => {
    const reading = Array.fromAsync(reader.lines(HANGS));
    let sent = 0;
    for (
      const piece of ["one\r", "\n", "\r", "\n", "two\r", "x\r", "\nend\r"]
    ) {
      await writer.writeString(piece);
      sent += piece.length;
      await until(() => reader.bytesRead === sent);
    }
    await writer.closeWrite();
    assertEquals(await reading, ["one", "", "two\rx", "end\r"]);
  },
);

testAttackOnEachKind(
  "NUL and terminal escapes pass a line as they are, and a chat line without",
  async (reader, writer) => {
    const text = "a\0b\x1b[2Jc\x1b]0;title\x07d\x9be\x08f";
    await writer.writeString(`${text}\n`);
    assertEquals(await reader.readLine(HANGS), text);

    const decoder = new LineDecoder();
    const events = decoder.push(encode(`${text}\n`));
    assertEquals(events.length, 1);
    const [event] = events;
    assert(event?.type === "line");
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x1f\x7f-\x9f]/.test(event.text), event.text);
    assertEquals(event.text.replace(/[^a-f]/g, ""), "abcdf");
  },
);

testAttackOnEachKind(
  "65,536 empty lines are read one by one",
  async (reader, writer) => {
    const piece = filled(65_536, LF);
    const writing = (async () => {
      await writer.write(piece);
      await writer.closeWrite();
    })();
    let count = 0;
    for await (const line of reader.lines(HANGS)) count += line === "" ? 1 : 0;
    assertEquals(count, piece.length);
    await writing;
  },
);
