// SHA-1 (RFC 3174) of the one kind of text that a WebSocket server hashes: it is
// of 60 bytes.

#ifndef VNET_BENCH_SHA1_H
#define VNET_BENCH_SHA1_H

#include <stdint.h>
#include <string.h>

static inline uint32_t rotate(uint32_t word, int bits) {
  return word << bits | word >> (32 - bits);
}

static inline void sha1_block(uint32_t hash[5], const unsigned char block[64]) {
  uint32_t w[80];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 |
           block[4 * i + 2] << 8 | block[4 * i + 3];
  for (int i = 16; i < 80; i++)
    w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4];
  for (int i = 0; i < 80; i++) {
    uint32_t f = i < 20   ? ((b & c) | (~b & d)) + 0x5a827999
                 : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1
                 : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
                          : (b ^ c ^ d) + 0xca62c1d6;
    uint32_t next = rotate(a, 5) + f + e + w[i];
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  hash[0] += a;
  hash[1] += b;
  hash[2] += c;
  hash[3] += d;
  hash[4] += e;
}

// Hashes 60 bytes.
static inline void sha1_of_60(const char text[60], unsigned char digest[20]) {
  uint32_t hash[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  unsigned char block[64] = {0};
  memcpy(block, text, 60);
  block[60] = 0x80;
  sha1_block(hash, block);
  memset(block, 0, 64);
  block[62] = 60 * 8 >> 8;
  block[63] = 60 * 8 & 255;
  sha1_block(hash, block);
  for (int i = 0; i < 20; i++) digest[i] = hash[i / 4] >> (24 - 8 * (i % 4));
}

#endif
