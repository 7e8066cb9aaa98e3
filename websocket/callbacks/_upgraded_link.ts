import { decodeLossy } from "../../internal/bytes/decode_text.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { ClientLink } from "./_client_link.ts";
import type { EngineFace } from "../engine/_engine.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import { OPCode } from "../opcode.ts";
import { ProtocolError } from "../protocol_error.ts";
import type { State } from "../state.ts";
import { isOverLimit, type UpgradedWebSocket } from "../upgraded_websocket.ts";

const ignore = () => {};

/**
 * A `Client`'s connection inside `Deno.serve`. Messages are read one by one
 * from where they wait, so that a client that pauses leaves them there.
 */
export class UpgradedLink implements ClientLink {
  readonly #face: EngineFace;
  readonly #conn: UpgradedWebSocket;
  #resumed: PromiseWithResolvers<void> | undefined;

  /** Nothing is compressed, but frames are the runtime's business. */
  readonly takesFrames = false;

  constructor(face: EngineFace, conn: UpgradedWebSocket) {
    this.#face = face;
    this.#conn = conn;
  }

  get state(): State {
    return this.#conn.state;
  }

  get bufferedBytes(): number {
    return this.#conn.bufferedBytes;
  }

  get isOverLimit(): boolean {
    return isOverLimit(this.#conn);
  }

  get isPaused(): boolean {
    return this.#resumed !== undefined;
  }

  start(): void {
    this.#conn.closed.then(() => this.resume());
    this.#pump();
  }

  /** The runtime pings by itself, at the interval that it was given at first. */
  setPingInterval(): void {}

  write(
    opcode: DataOpcode,
    data: string | Uint8Array,
    wait?: WaitOptions,
  ): Promise<void> {
    const isText = opcode === OPCode.textFrame && typeof data !== "string";
    const message = isText ? decodeLossy(data, 0, data.length) : data;
    return this.#conn.write(message, wait);
  }

  /** Never called, for want of `takesFrames`. */
  sendFrame(): void {}

  /** Rejects: the runtime has no call for it. */
  sendPing(payload: Uint8Array): Promise<unknown> {
    return this.#conn.ping(payload);
  }

  sendPong(payload: Uint8Array): Promise<void> {
    return this.#conn.pong(payload);
  }

  flushed(): Promise<void> {
    return Promise.resolve();
  }

  beginClose(code: number, reason: string, timeout?: number): void {
    this.#conn.close(code, reason, { timeout }).catch(ignore);
  }

  terminate(): void {
    this.#conn.terminate();
  }

  pause(): void {
    this.#resumed ??= Promise.withResolvers();
  }

  resume(): void {
    this.#resumed?.resolve();
    this.#resumed = undefined;
  }

  async #pump(): Promise<void> {
    const conn = this.#conn;
    try {
      for (
        let message = await conn.read();
        message !== null;
        message = await conn.read()
      ) {
        if (typeof message === "string") this.#face.onText(message);
        else {
          const payload = message as Uint8Array<ArrayBuffer>;
          this.#face.onBytes(OPCode.binaryFrame, payload);
        }
        await this.#resumed?.promise;
      }
    } catch (error) {
      // Any other error means that the link is lost, which onClosed tells.
      const isLate = error instanceof DOMException;
      if (isLate || error instanceof ProtocolError) this.#face.onError(error);
    }
    this.#face.onClosed(await conn.closed);
  }
}
