import { assert, assertEquals } from "@std/assert";
import {
  getWideMask,
  STAGE_SIZE,
  WIDE_MASK_MODULE,
} from "../../../websocket/frame/_wide_mask.ts";

Deno.test("the module of getWideMask() is assembled from its instructions", () => {
  assertEquals(WIDE_MASK_MODULE, assemble().toBase64());
});

Deno.test("getWideMask() masks 64 bytes at a time, and tells what is not ASCII", () => {
  const wide = getWideMask();
  assert(wide !== undefined);
  const { stage } = wide;
  assertEquals(stage.length, STAGE_SIZE);
  stage.fill(0x61);
  // The key's first byte is its lowest.
  assertEquals(wide.mask(0, 65, 0x04030201), 0);
  assertEquals([...stage.subarray(124, 130)], [
    ...[0x60, 0x63, 0x62, 0x65, 0x61, 0x61],
  ]);
  stage.fill(0x61);
  stage[100] = 0xe1;
  assertEquals(wide.mask(0, 64, 0), 0);
  assert(wide.mask(64, 128, 0) !== 0);
  stage.fill(0);
});

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

/**
 * Writes the module of `_wide_mask.ts` in WebAssembly's binary format: each part
 * begins with its size. All numbers are below 128, so each is one byte.
 */
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
