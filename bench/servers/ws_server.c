// A WebSocket echo server as fast as this machine goes: it unmasks where the
// bytes stand and checks nothing. A message is answered when all of it has come,
// as by any server. It prints its port and runs until it is killed.

#include "echo_server.h"
#include "sha1.h"

struct connection {
  int is_open;   // the handshake is done
  long payload;  // bytes of the present frame still to come
  int head_length, offset;
  unsigned char head[14];
  unsigned char *held;  // the answer to a frame that has come in part
  long held_length;
  unsigned char *spent;  // an answer that has been sent
};

static struct connection connections[MAX_FD];

static void reset(int fd) {
  free(connections[fd].held);
  free(connections[fd].spent);
  memset(&connections[fd], 0, sizeof connections[fd]);
}

// The value of Sec-WebSocket-Accept for the key of a request, of 24 characters.
static void accept_value(const char *key, char value[29]) {
  static const char alphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char text[61];
  unsigned char digest[21] = {0};  // the last is for the bits that are missing
  snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  sha1_of_60(text, digest);
  for (int i = 0; i < 27; i++) {
    int at = i * 6, word = digest[at / 8] << 8 | digest[at / 8 + 1];
    value[i] = alphabet[word >> (10 - at % 8) & 63];
  }
  value[27] = '=';
  value[28] = 0;
}

// The request has to come in one piece, as it does from every client here.
static long shake_hands(unsigned char *data, long length) {
  static const char name[] = "sec-websocket-key:";
  data[length - 1] = 0;
  char *key = strcasestr((char *)data, name), value[29];
  if (key == NULL) return 0;
  for (key += sizeof name - 1; *key == ' ';) key++;
  accept_value(key, value);
  return sprintf((char *)data,
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                 "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                 value);
}

static void unmask(struct connection *c, unsigned char *out,
                   const unsigned char *in, long length) {
  const unsigned char *key = c->head + c->head_length - 4;
  unsigned char turned[8];
  uint64_t mask, word;
  for (int i = 0; i < 8; i++) turned[i] = key[(c->offset + i) & 3];
  memcpy(&mask, turned, 8);
  long at = 0;
  for (; at + 8 <= length; at += 8) {
    memcpy(&word, in + at, 8);
    word ^= mask;
    memcpy(out + at, &word, 8);
  }
  for (; at < length; at++) out[at] = in[at] ^ turned[at & 7];
  c->offset = (c->offset + length) & 3;
}

// Takes the head of a frame that is complete; writes that of the answer.
static long turn_head(struct connection *c, unsigned char *out) {
  int length = c->head_length - 4;
  c->payload = length == 2 ? c->head[1] & 127 : 0;
  for (int i = 2; i < length; i++) c->payload = c->payload << 8 | c->head[i];
  memcpy(out, c->head, length);
  out[1] &= 127;
  c->offset = 0;
  return length;
}

static int head_needed(const struct connection *c) {
  if (c->head_length < 2) return 14;
  int length = c->head[1] & 127;
  return length < 126 ? 6 : length == 126 ? 8 : 14;
}

static void hold(struct connection *c, const unsigned char *data, long length) {
  if (length == 0) return;
  c->held = realloc(c->held, c->held_length + length);
  memcpy(c->held + c->held_length, data, length);
  c->held_length += length;
}

// Turns what has come in into answers, which begin at `*whole`; returns where
// they end, and in `*whole` where the last one does that is whole. The head of
// the first may have come before: so the answers begin in the room before the
// data, and never catch up with what is still to be read.
static unsigned char *turn(struct connection *c, unsigned char *data, long length,
                           unsigned char **whole) {
  unsigned char *in = data, *out = *whole, *end = data + length;
  while (in < end) {
    if (c->payload > 0) {
      long n = c->payload < end - in ? c->payload : end - in;
      unmask(c, out, in, n);
      in += n;
      out += n;
      c->payload -= n;
    } else {
      c->head[c->head_length++] = *in++;
      if (c->head_length < head_needed(c)) continue;
      out += turn_head(c, out);
    }
    if (c->payload > 0) continue;
    c->head_length = 0;
    *whole = out;
  }
  return out;
}

static long echo(int fd, unsigned char *data, long length, unsigned char **out) {
  struct connection *c = &connections[fd];
  if (!c->is_open) {
    c->is_open = 1;
    return shake_hands(data, length);
  }
  free(c->spent);
  c->spent = NULL;
  unsigned char *start = data - ROOM, *whole = start;
  unsigned char *end = turn(c, data, length, &whole);
  long ready = whole - start;
  *out = start;
  if (c->held != NULL && ready > 0) {
    hold(c, start, ready);
    *out = c->spent = c->held;
    ready = c->held_length;
    c->held = NULL;
    c->held_length = 0;
  }
  hold(c, whole, end - whole);
  return ready;
}

int main(void) { serve(echo, reset); }
