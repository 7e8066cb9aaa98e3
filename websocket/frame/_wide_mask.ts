/** How many bytes are masked at a time: one page of WebAssembly. */
export const STAGE_SIZE: number = 64 * 1024;

/** Masks bytes in the memory of WebAssembly, 64 at a time. */
export interface WideMask {
  /** The memory: bytes are copied in, and come out masked. */
  readonly stage: Uint8Array<ArrayBuffer>;
  /**
   * Masks bytes of the memory, up to the next multiple of 64 from the first on.
   *
   * @param start The place of the first one.
   * @param end The place after the last one; there is at least one.
   * @param key The masking key for the first of them.
   * @returns Whether one of those bytes is not ASCII now, as 0 or another number.
   */
  mask(start: number, end: number, key: number): number;
}

/**
 * The module, which a test assembles from these instructions:
 *
 * ```wat
 * (module
 *   (import "" "memory" (memory 1))
 *   (func (export "mask")
 *     (param $at i32) (param $end i32) (param $key i32) (result i32)
 *     (local $mask v128) (local $seen v128) (local $word v128)
 *     (local.set $mask (i32x4.splat (local.get $key)))
 *     (loop $again
 *       ;; four times, with OFFSET 0, 16, 32 and 48:
 *       (v128.store offset=OFFSET (local.get $at)
 *         (local.tee $word (v128.xor
 *           (v128.load offset=OFFSET (local.get $at)) (local.get $mask))))
 *       (local.set $seen (v128.or (local.get $seen) (local.get $word)))
 *       ;; then:
 *       (local.set $at (i32.add (local.get $at) (i32.const 64)))
 *       (br_if $again (i32.lt_u (local.get $at) (local.get $end))))
 *     (i8x16.bitmask (local.get $seen))))
 * ```
 */
export const WIDE_MASK_MODULE: string =
  "AGFzbQEAAAABCAFgA39/fwF/AgwBAAZtZW1vcnkCAAEDAgEABwgBBG1hc2sAAAqJAQGG" +
  "AQEDeyAC/REhAwNAIAAgAP0AAAAgA/1RIgX9CwAAIAQgBf1QIQQgACAA/QAAECAD/VEi" +
  "Bf0LABAgBCAF/VAhBCAAIAD9AAAgIAP9USIF/QsAICAEIAX9UCEEIAAgAP0AADAgA/1R" +
  "IgX9CwAwIAQgBf1QIQQgAEHAAGoiACABSQ0ACyAE/WQL";

let wideMask: WideMask | undefined;
let isTried = false;

/**
 * The one of this process, made at the first call; `undefined` where the
 * processor or the runtime's flags do not allow it.
 *
 * Masking is the one loop over all bytes of a WebSocket that no call of the
 * runtime does. In WebAssembly with 128-bit words, measured on 64 KiB and with
 * both copies that the stage needs, it took a fifth of the time of the best loop
 * in TypeScript.
 */
export function getWideMask(): WideMask | undefined {
  if (!isTried) {
    isTried = true;
    wideMask = makeWideMask();
  }
  return wideMask;
}

function makeWideMask(): WideMask | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const stage = new Uint8Array(memory.buffer as ArrayBuffer);
    const bytes = Uint8Array.from(
      atob(WIDE_MASK_MODULE),
      (character) => character.charCodeAt(0),
    );
    const module = new WebAssembly.Module(bytes);
    const { exports } = new WebAssembly.Instance(module, { "": { memory } });
    const { mask } = exports;
    return isMask(mask) ? { stage, mask } : undefined;
  } catch {
    return undefined;
  }
}

function isMask(value: unknown): value is WideMask["mask"] {
  return typeof value === "function";
}
