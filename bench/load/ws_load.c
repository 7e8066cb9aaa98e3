// The load generator of the WebSocket benchmarks: one thread, epoll, frames made
// once and sent many at a time, so that the server under test is what limits the
// rate.
//
//   ws_load PORT SECONDS CONNECTIONS SIZE WINDOW binary|text|deflate [HEX]
//
// Each connection keeps WINDOW messages of SIZE bytes in flight, without waiting
// in turns: as many as have come back are sent again. With `deflate` the payload
// is what HEX says, compressed already. Prints messages per second.

#include "websocket.h"

enum { READ_SIZE = 1 << 20, BATCH = 1 << 18 };

struct connection {
  struct frame_reader reader;
  long owed;      // messages that may be sent
  long frame_at;  // how much of the present frame has gone out
};

static struct connection connections[MAX_FD];
static unsigned char input[READ_SIZE];
static unsigned char *frames;
static long frame_length, frames_in_batch;

static void make_frames(long size, int first_byte, const char *hex) {
  if (hex != NULL) size = strlen(hex) / 2;
  unsigned char *payload = malloc(size + 1);
  memset(payload, 'v', size);
  for (long i = 0; hex != NULL && i < size; i++) {
    unsigned byte;
    sscanf(hex + 2 * i, "%2x", &byte);
    payload[i] = byte;
  }
  frames = malloc(BATCH + 2 * (size + 14));
  frame_length = make_frame(frames, first_byte, payload, size);
  frames_in_batch = BATCH / frame_length + 1;
  for (long i = 1; i < frames_in_batch; i++)
    memcpy(frames + i * frame_length, frames, frame_length);
}

static void send_owed(int fd) {
  struct connection *c = &connections[fd];
  while (c->owed > 0) {
    long count = c->owed < frames_in_batch ? c->owed : frames_in_batch;
    long length = count * frame_length - c->frame_at;
    long sent = send(fd, frames + c->frame_at, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) fail("ws_load: send");
    long done = c->frame_at + sent;
    c->owed -= done / frame_length;
    c->frame_at = done % frame_length;
    if (sent < length) return;
  }
}

static long receive(int fd) {
  struct connection *c = &connections[fd];
  for (long messages = 0;;) {
    long got = recv(fd, input, READ_SIZE, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN)) fail("ws_load: recv");
    if (got > 0) messages += count_messages(&c->reader, input, got);
    if (got == READ_SIZE) continue;
    c->owed += messages;
    return messages;
  }
}

int main(int count, char **arguments) {
  if (count < 7) {
    fprintf(stderr, "usage: ws_load PORT SECONDS CONNECTIONS SIZE WINDOW "
                    "binary|text|deflate [HEX]\n");
    return 2;
  }
  int port = atoi(arguments[1]), total = atoi(arguments[3]);
  double seconds = atof(arguments[2]);
  long size = atol(arguments[4]), window = atol(arguments[5]), messages = 0;
  char kind = arguments[6][0];
  make_frames(size, kind == 'b' ? 0x82 : kind == 't' ? 0x81 : 0xc1,
              kind == 'd' ? arguments[7] : NULL);
  raise_file_limit();
  int epoll = epoll_create1(0);
  for (int i = 0; i < total; i++) {
    int fd = dial_websocket(
        port, "/",
        kind == 'd' ? "Sec-WebSocket-Extensions: permessage-deflate; "
                      "client_no_context_takeover; server_no_context_takeover\r\n"
                    : "");
    connections[fd].owed = window;
    watch(epoll, fd, EPOLLIN | EPOLLOUT | EPOLLET);
  }
  struct epoll_event events[MAX_EVENTS];
  double cpu = cpu_time(), start = now(), end = start;
  while ((end = now()) - start < seconds) {
    int ready = epoll_wait(epoll, events, MAX_EVENTS, 100);
    for (int i = 0; i < ready; i++) {
      messages += receive(events[i].data.fd);
      send_owed(events[i].data.fd);
    }
  }
  printf("%.0f", messages / (end - start));
  tell_cpu(cpu, messages);
  return 0;
}
