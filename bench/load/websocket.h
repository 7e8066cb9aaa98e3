// The WebSocket part of the load generators: an opening handshake, frames made
// once, and a parser that counts messages without looking into them.

#ifndef VNET_BENCH_WEBSOCKET_H
#define VNET_BENCH_WEBSOCKET_H

#include "common.h"

// The frames of a client that come in, taken apart so far.
struct frame_reader {
  long skip;  // payload bytes of the present frame still to come
  unsigned char head[14];
  int head_length;
};

// Counts the messages that end in `length` bytes at `p`.
static inline long count_messages(struct frame_reader *r, const unsigned char *p,
                                  long length) {
  long messages = 0;
  while (length > 0) {
    if (r->skip > 0) {
      long n = r->skip < length ? r->skip : length;
      r->skip -= n;
      p += n;
      length -= n;
      if (r->skip == 0) messages += r->head[0] >> 7;
      continue;
    }
    r->head[r->head_length++] = *p++;
    length--;
    if (r->head_length < 2) continue;
    int short_length = r->head[1] & 127;
    int needed = short_length < 126 ? 2 : short_length == 126 ? 4 : 10;
    if (r->head_length < needed) continue;
    long size = needed == 2 ? short_length : 0;
    for (int i = 2; i < needed; i++) size = size << 8 | r->head[i];
    r->head_length = 0;
    int is_control = r->head[0] & 8;
    if (is_control) {
      if (size > 0) {
        fprintf(stderr, "unexpected control frame\n");
        exit(1);
      }
    } else if (size == 0) {
      messages += r->head[0] >> 7;
    } else {
      r->skip = size;
    }
  }
  return messages;
}

// Reads from all connections until so many messages have come. Ends the program
// if none comes for five seconds.
static inline void await_messages(int epoll, struct frame_reader *readers,
                                  long missing, const char *program) {
  static unsigned char input[1 << 18];
  struct epoll_event events[MAX_EVENTS];
  while (missing > 0) {
    int ready = epoll_wait(epoll, events, MAX_EVENTS, 5000);
    if (ready == 0) {
      fprintf(stderr, "%s: %ld deliveries are missing\n", program, missing);
      exit(1);
    }
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      long got = recv(fd, input, sizeof input, 0);
      if (got <= 0) fail(program);
      missing -= count_messages(&readers[fd], input, got);
    }
  }
}

// Writes a masked frame and returns its length.
static inline long make_frame(unsigned char *f, int first_byte,
                              const unsigned char *payload, long size) {
  static const unsigned char key[4] = {0x37, 0xfa, 0x21, 0x3d};
  int header = size < 126 ? 2 : size < 65536 ? 4 : 10;
  f[0] = first_byte;
  f[1] = 0x80 | (header == 2 ? size : header == 4 ? 126 : 127);
  for (int i = 2; i < header; i++)
    f[i] = (unsigned long)size >> (8 * (header - 1 - i));
  memcpy(f + header, key, 4);
  for (long i = 0; i < size; i++) f[header + 4 + i] = payload[i] ^ key[i & 3];
  return header + 4 + size;
}

// Writes the request of an opening handshake, with further lines in `headers`,
// and returns its length.
static inline long make_request(char *request, long size, int port,
                                const char *path, const char *headers) {
  return snprintf(request, size,
                  "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                  "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Version: 13\r\n%s"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                  path, port, headers);
}

// Opens a WebSocket; `headers` are further lines of the request.
static inline int dial_websocket(int port, const char *path,
                                 const char *headers) {
  int fd = dial(port);
  char request[1024];
  long length = make_request(request, sizeof request, port, path, headers);
  if (send(fd, request, length, 0) != length) fail("handshake");
  // Byte by byte: what comes after the head is a frame already.
  char last[4] = {0}, status[12] = {0};
  for (int i = 0; memcmp(last, "\r\n\r\n", 4) != 0; i++) {
    memmove(last, last + 1, 3);
    if (recv(fd, last + 3, 1, 0) != 1) fail("handshake");
    if (i < 12) status[i] = last[3];
  }
  if (memcmp(status, "HTTP/1.1 101", 12) != 0) {
    fprintf(stderr, "handshake: %.12s\n", status);
    exit(1);
  }
  return fd;
}

#endif
