// The load generator of the WebSocket benchmarks: one thread, epoll, frames made
// once and sent many at a time, so that the server under test is what limits the
// rate.
//
//   ws_load PORT SECONDS CONNECTIONS SIZE WINDOW [text]
//
// Each connection keeps WINDOW messages of SIZE bytes in flight, without waiting
// in turns: as many as have come back are sent again. Prints messages per second.

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FD = 4096, READ_SIZE = 1 << 20, BATCH = 1 << 18 };

struct connection {
  long skip;          // payload bytes of the present frame still to come
  long owed;          // messages that may be sent
  long frame_at;      // how much of the present frame has gone out
  unsigned char head[14];
  int head_length;
};

static struct connection connections[MAX_FD];
static unsigned char input[READ_SIZE];
static unsigned char *frames;
static long frame_length, frames_in_batch;
static long messages;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void make_frames(long size, int is_text) {
  static const unsigned char key[4] = {0x37, 0xfa, 0x21, 0x3d};
  int header = size < 126 ? 2 : size < 65536 ? 4 : 10;
  frame_length = header + 4 + size;
  frames_in_batch = BATCH / frame_length + 1;
  frames = malloc(frame_length * frames_in_batch);
  unsigned char *f = frames;
  f[0] = is_text ? 0x81 : 0x82;
  if (header == 2) {
    f[1] = 0x80 | size;
  } else if (header == 4) {
    f[1] = 0x80 | 126;
    f[2] = size >> 8;
    f[3] = size;
  } else {
    f[1] = 0x80 | 127;
    for (int i = 0; i < 8; i++) f[2 + i] = (unsigned long)size >> (56 - 8 * i);
  }
  memcpy(f + header, key, 4);
  for (long i = 0; i < size; i++) f[header + 4 + i] = 'v' ^ key[i & 3];
  for (long i = 1; i < frames_in_batch; i++)
    memcpy(frames + i * frame_length, frames, frame_length);
}

static int dial(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
    fail("ws_load: connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  static const char request[] =
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  if (send(fd, request, sizeof request - 1, 0) < 0) fail("ws_load: send");
  char last[4] = {0};
  while (memcmp(last, "\r\n\r\n", 4) != 0) {
    memmove(last, last + 1, 3);
    if (recv(fd, last + 3, 1, 0) != 1) fail("ws_load: handshake");
  }
  return fd;
}

static void send_owed(int fd) {
  struct connection *c = &connections[fd];
  while (c->owed > 0) {
    long count = c->owed < frames_in_batch ? c->owed : frames_in_batch;
    long length = count * frame_length - c->frame_at;
    long sent = send(fd, frames + c->frame_at, length, MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) fail("ws_load: send");
    long done = c->frame_at + sent;
    c->owed -= done / frame_length;
    c->frame_at = done % frame_length;
    if (sent < length) return;
  }
}

static void take(struct connection *c, const unsigned char *p, long length) {
  while (length > 0) {
    if (c->skip > 0) {
      long n = c->skip < length ? c->skip : length;
      c->skip -= n;
      p += n;
      length -= n;
      if (c->skip == 0) {
        messages++;
        c->owed++;
      }
      continue;
    }
    c->head[c->head_length++] = *p++;
    length--;
    if (c->head_length < 2) continue;
    int short_length = c->head[1] & 127;
    int needed = short_length < 126 ? 2 : short_length == 126 ? 4 : 10;
    if (c->head_length < needed) continue;
    long size = short_length;
    if (needed > 2) {
      size = 0;
      for (int i = 2; i < needed; i++) size = size << 8 | c->head[i];
    }
    c->head_length = 0;
    if ((c->head[0] & 8) == 0) c->skip = size;
  }
}

int main(int count, char **arguments) {
  if (count < 6) {
    fprintf(stderr, "usage: ws_load PORT SECONDS CONNECTIONS SIZE WINDOW [text]\n");
    return 2;
  }
  int port = atoi(arguments[1]), total = atoi(arguments[3]);
  double seconds = atof(arguments[2]);
  long size = atol(arguments[4]), window = atol(arguments[5]);
  make_frames(size, count > 6);
  int epoll = epoll_create1(0);
  for (int i = 0; i < total; i++) {
    int fd = dial(port);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.fd = fd};
    connections[fd].owed = window;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
  struct epoll_event events[256];
  double start = now(), end = start;
  while ((end = now()) - start < seconds) {
    int ready = epoll_wait(epoll, events, 256, 100);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      for (;;) {
        long got = recv(fd, input, READ_SIZE, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) break;
        if (got <= 0) fail("ws_load: recv");
        take(&connections[fd], input, got);
        if (got < READ_SIZE) break;
      }
      send_owed(fd);
    }
  }
  printf("%.0f\n", messages / (end - start));
  return 0;
}
