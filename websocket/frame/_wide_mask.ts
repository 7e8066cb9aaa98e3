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
    const module = new WebAssembly.Module(assemble());
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

// What follows writes this module down as bytes (all numbers are below 128, so
// each is one byte):
//
//   (module
//     (import "" "memory" (memory 1))
//     (func (export "mask")
//       (param $at i32) (param $end i32) (param $key i32) (result i32)
//       (local $mask v128) (local $seen v128) (local $word v128)
//       (local.set $mask (i32x4.splat (local.get $key)))
//       (loop $again
//         ;; four times, with OFFSET 0, 16, 32 and 48:
//         (v128.store offset=OFFSET (local.get $at)
//           (local.tee $word (v128.xor
//             (v128.load offset=OFFSET (local.get $at)) (local.get $mask))))
//         (local.set $seen (v128.or (local.get $seen) (local.get $word)))
//         ;; then:
//         (local.set $at (i32.add (local.get $at) (i32.const 64)))
//         (br_if $again (i32.lt_u (local.get $at) (local.get $end))))
//       (i8x16.bitmask (local.get $seen))))

const I32 = 0x7f;
const V128 = 0x7b;
const NO_RESULT = 0x40;
const END = 0x0b;
const FUNCTION = 0x60;

const [AT, LAST, KEY, MASK, SEEN, WORD] = [0, 1, 2, 3, 4, 5];

const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const tee = (local: number) => [0x22, local];
const LOOP = [0x03, NO_RESULT];
const BRANCH_IF = [0x0d, 0];
/** 64, whose signed form takes two bytes. */
const SIXTY_FOUR = [0x41, 0xc0, 0x00];
const ADD = [0x6a];
const LESS_UNSIGNED = [0x49];
const load = (offset: number) => [0xfd, 0x00, 0, offset];
const store = (offset: number) => [0xfd, 0x0b, 0, offset];
const SPLAT = [0xfd, 0x11];
const OR = [0xfd, 0x50];
const XOR = [0xfd, 0x51];
/** Its number, 100, takes one byte. */
const BITMASK = [0xfd, 0x64];

function maskWord(offset: number): number[] {
  return [
    get(AT),
    [get(AT), load(offset), get(MASK), XOR, tee(WORD)].flat(),
    store(offset),
    [get(SEEN), get(WORD), OR, set(SEEN)].flat(),
  ].flat();
}

/** The module in WebAssembly's binary format: each part begins with its size. */
function assemble(): Uint8Array<ArrayBuffer> {
  const code = [
    [get(KEY), SPLAT, set(MASK)].flat(),
    LOOP,
    [0, 16, 32, 48].flatMap(maskWord),
    [get(AT), SIXTY_FOUR, ADD, tee(AT), get(LAST), LESS_UNSIGNED].flat(),
    BRANCH_IF,
    [END],
    [get(SEEN), BITMASK].flat(),
    [END],
  ].flat();
  const locals = [1, 3, V128];
  return new Uint8Array([
    [0x00, ...ascii("asm"), 1, 0, 0, 0],
    section(1, [1, FUNCTION, 3, I32, I32, I32, 1, I32]),
    section(2, [1, ...named(""), ...named("memory"), 2, 0, 1]),
    section(3, [1, 0]),
    section(7, [1, ...named("mask"), 0, 0]),
    section(10, [1, ...sized([...locals, ...code])]),
  ].flat());
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

/** Content of up to 16,383 bytes behind its size. */
function sized(content: readonly number[]): number[] {
  const { length } = content;
  const size = length < 128 ? [length] : [length & 127 | 128, length >> 7];
  return [...size, ...content];
}

function named(name: string): number[] {
  return sized(ascii(name));
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
