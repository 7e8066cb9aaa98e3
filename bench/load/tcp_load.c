// The load generator of the TCP benchmarks: one thread, epoll, nothing copied
// that need not be, so that the server under test is what limits the rate.
//
//   tcp_load PORT SECONDS CONNECTIONS SIZE echo|bulk|lines|connect|proxied
//
// echo: each connection sends a message of SIZE bytes and waits for it to come
// back before it sends the next. Prints messages per second.
// bulk: each connection sends pieces of SIZE bytes as fast as they are taken and
// reads what comes back. Prints bytes per second, one way.
// lines: each connection sends lines of SIZE bytes as fast as they are taken, and
// gets a byte back for each 1,000 of them. Prints lines per second.
// connect: each connection sends one message, waits for it, half-closes, waits
// for the server's end, and is opened again. Prints connections per second.
// proxied: the same, with a PROXY header before the message, in one segment.

#include "common.h"

enum { READ_SIZE = 1 << 18, LINES_PER_ANSWER = 1000 };

// PROXY protocol, version 2: from 203.0.113.7:50000 to 192.0.2.1:443.
static const char proxy_header[] =
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
    "\xcb\0\x71\x07\xc0\0\x02\x01\xc3\x50\x01\xbb";

static char message[1 << 20];
static char buffer[READ_SIZE];
static long pending[MAX_FD];
static long size;
// How many bytes of the message's buffer go before a connection's first message.
static long header_size;
// How many bytes bulk transfers send at a time.
static long piece;

static void send_message(int fd) {
  if (send(fd, message, size, MSG_NOSIGNAL) != size) fail("tcp_load: send");
}

// Handles one connection that can be read; returns how many messages it ends.
static long on_echo(int fd) {
  long got = recv(fd, buffer, READ_SIZE, 0), messages = 0;
  if (got <= 0) fail("tcp_load: recv");
  pending[fd] += got;
  for (; pending[fd] >= size; messages++) {
    pending[fd] -= size;
    send_message(fd);
  }
  return messages;
}

static double on_bulk(int fd, unsigned events) {
  double bytes = 0;
  if (events & EPOLLIN) {
    long got = recv(fd, buffer, READ_SIZE, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN)) fail("tcp_load: recv");
    if (got > 0) bytes = got;
  }
  if (events & EPOLLOUT) {
    // Lines go on where the last piece was cut.
    long start = pending[fd] % size;
    long sent = send(fd, message + start, piece, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) fail("tcp_load: send");
    if (sent > 0) pending[fd] += sent;
  }
  return bytes;
}

static void open_connection(int epoll, int port) {
  int fd = dial(port);
  pending[fd] = 0;
  watch(epoll, fd, EPOLLIN);
  long length = header_size + size;
  if (send(fd, message, length, MSG_NOSIGNAL) != length) fail("tcp_load: send");
}

// Handles one connection of its many; returns 1 when it has ended.
static long on_connect(int epoll, int port, int fd) {
  long got = recv(fd, buffer, READ_SIZE, 0);
  if (got < 0) fail("tcp_load: recv");
  if (got == 0) {
    close(fd);
    open_connection(epoll, port);
    return 1;
  }
  pending[fd] += got;
  if (pending[fd] == size) shutdown(fd, SHUT_WR);
  return 0;
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr,
            "usage: tcp_load PORT SECONDS CONNECTIONS SIZE "
            "echo|bulk|lines|connect|proxied\n");
    return 2;
  }
  int port = atoi(arguments[1]), connections = atoi(arguments[3]);
  double seconds = atof(arguments[2]);
  size = atol(arguments[4]);
  char mode = arguments[5][0];
  piece = mode == 'l' ? READ_SIZE : size;
  if (size + piece > (long)sizeof message) return 2;
  memset(message, 'v', sizeof message);
  if (mode == 'l') {
    for (long end = size; end <= (long)sizeof message; end += size) {
      message[end - 1] = '\n';
    }
  }
  if (mode == 'p') {
    header_size = sizeof proxy_header - 1;
    memcpy(message, proxy_header, header_size);
  }
  raise_file_limit();
  int epoll = epoll_create1(0);
  for (int i = 0; i < connections; i++) {
    if (mode == 'b' || mode == 'l') watch(epoll, dial(port), EPOLLIN | EPOLLOUT);
    else open_connection(epoll, port);
  }
  struct epoll_event events[MAX_EVENTS];
  double done = 0, cpu = cpu_time(), start = now(), end = start;
  while ((end = now()) - start < seconds) {
    int ready = epoll_wait(epoll, events, MAX_EVENTS, 100);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      done += mode == 'b'   ? on_bulk(fd, events[i].events)
              : mode == 'l' ? on_bulk(fd, events[i].events) * LINES_PER_ANSWER
              : mode == 'e' ? on_echo(fd)
                            : on_connect(epoll, port, fd);
    }
  }
  printf("%.0f", done / (end - start));
  tell_cpu(cpu, done);
  return 0;
}
