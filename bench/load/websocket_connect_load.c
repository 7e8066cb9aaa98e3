// The load generator of the benchmark of short WebSocket connections.
//
//   websocket_connect_load PORT SECONDS CONNECTIONS SIZE
//
// Each connection makes the opening handshake, sends a message of SIZE bytes and a
// close frame behind it, reads all that comes back until the server has closed,
// and is opened again. Prints connections per second.

#include "websocket.h"

static char request[1024];
static long request_length;
static unsigned char farewell[70000];
static long farewell_length, echo_length;

struct connection {
  char head[1024];   // the head of the response, as far as it has come
  int head_length;
  int is_open;       // whether the head is over
  long received;     // bytes behind the head
};

static struct connection connections[MAX_FD];

static void open_connection(int epoll, int port) {
  int fd = dial(port);
  connections[fd] = (struct connection){0};
  watch(epoll, fd, EPOLLIN);
  if (send(fd, request, request_length, MSG_NOSIGNAL) != request_length)
    fail("websocket_connect_load: send");
}

// Handles one connection that can be read; returns 1 when it has ended.
static long on_readable(int epoll, int port, int fd) {
  static char buffer[1 << 16];
  struct connection *c = &connections[fd];
  long got = recv(fd, buffer, sizeof buffer, 0), at = 0;
  if (got < 0) fail("websocket_connect_load: recv");
  if (got == 0) {
    if (c->received < echo_length) {
      fprintf(stderr, "closed after %ld bytes\n", c->received);
      exit(1);
    }
    close(fd);
    open_connection(epoll, port);
    return 1;
  }
  while (!c->is_open && at < got && c->head_length < (int)sizeof c->head) {
    c->head[c->head_length++] = buffer[at++];
    const char *end = c->head + c->head_length - 4;
    if (c->head_length < 4 || memcmp(end, "\r\n\r\n", 4) != 0) continue;
    if (memcmp(c->head, "HTTP/1.1 101", 12) != 0) {
      fprintf(stderr, "handshake: %.12s\n", c->head);
      exit(1);
    }
    c->is_open = 1;
    if (send(fd, farewell, farewell_length, MSG_NOSIGNAL) != farewell_length)
      fail("websocket_connect_load: send");
  }
  c->received += got - at;
  return 0;
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: websocket_connect_load PORT SECONDS CONNECTIONS SIZE\n");
    return 2;
  }
  int port = atoi(arguments[1]), total = atoi(arguments[3]);
  double seconds = atof(arguments[2]);
  long size = atol(arguments[4]), done = 0;
  if (size > 65535) return 2;
  request_length = make_request(request, sizeof request, port, "/", "");
  static unsigned char payload[65536];
  memset(payload, 'v', size);
  static const unsigned char normal[2] = {1000 >> 8, 1000 & 255};
  farewell_length = make_frame(farewell, 0x82, payload, size);
  // Unmasked, the echo is four bytes shorter; the close frame is another four.
  echo_length = farewell_length - 4 + 4;
  farewell_length += make_frame(farewell + farewell_length, 0x88, normal, 2);
  raise_file_limit();
  int epoll = epoll_create1(0);
  for (int i = 0; i < total; i++) open_connection(epoll, port);
  struct epoll_event events[MAX_EVENTS];
  double cpu = cpu_time(), start = now(), end = start;
  while ((end = now()) - start < seconds) {
    int ready = epoll_wait(epoll, events, MAX_EVENTS, 100);
    for (int i = 0; i < ready; i++)
      done += on_readable(epoll, port, events[i].data.fd);
  }
  printf("%.0f", done / (end - start));
  tell_cpu(cpu, done);
  return 0;
}
