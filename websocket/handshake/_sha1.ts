/** Bytes of a block. */
const BLOCK = 64;
/** The initial state. */
const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];

// The arrays are made once: making one takes half as long as hashing a block.

/** The current block. */
const block = new Uint8Array(BLOCK);
const view = new DataView(block.buffer);
/** Its words, and their expansion. */
const words = new Int32Array(80);
const state = new Int32Array(5);

/**
 * Computes a SHA-1 digest (RFC 3174): 20 bytes.
 *
 * It has one use, the 60 bytes that the opening handshake hashes (RFC 6455 section
 * 4.2.2), where no security depends on it. It takes 2 µs. `node:crypto` takes 25 ms
 * and 10 MB when it is loaded, and `crypto.subtle` 59 µs for each call, as it uses
 * another thread.
 *
 * @param message The bytes to hash.
 */
export function sha1(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = message;
  // The message is padded by a bit 1, zeros, and its length in bits as 64 bits.
  const end = Math.ceil((length + 9) / BLOCK) * BLOCK;
  state.set(INITIAL);
  for (let start = 0; start < end; start += BLOCK) {
    block.fill(0);
    block.set(message.subarray(start, start + BLOCK));
    if (start <= length && length < start + BLOCK) block[length - start] = 0x80;
    if (start + BLOCK === end) {
      view.setUint32(BLOCK - 8, length / 2 ** 29);
      view.setUint32(BLOCK - 4, length << 3);
    }
    addBlock();
  }
  const digest = new Uint8Array(20);
  for (let index = 0; index < digest.length; index++) {
    digest[index] = state[index >> 2] >>> (24 - 8 * (index & 3));
  }
  return digest;
}

/** Adds the block to the state (sections 5 and 6.1 of the RFC). */
function addBlock(): void {
  for (let t = 0; t < 16; t++) words[t] = view.getInt32(4 * t);
  for (let t = 16; t < 80; t++) {
    const mixed = words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16];
    words[t] = rotate(mixed, 1);
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  for (let t = 0; t < 80; t++) {
    const next = (rotate(a, 5) + combine(t, b, c, d) + e + words[t]) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

/** The function of a round with its constant added. */
function combine(t: number, b: number, c: number, d: number): number {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
