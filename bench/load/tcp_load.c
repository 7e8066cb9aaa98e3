// The load generator of the TCP benchmarks: one thread, epoll, nothing copied
// that need not be, so that the server under test is what limits the rate.
//
//   tcp_load PORT SECONDS CONNECTIONS SIZE echo|bulk
//
// echo: each connection sends a message of SIZE bytes and waits for it to come
// back before it sends the next. Prints messages per second.
// bulk: each connection sends pieces of SIZE bytes as fast as they are taken and
// reads what comes back. Prints bytes per second, one way.

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

enum { MAX_CONNECTIONS = 4096, READ_SIZE = 1 << 18 };

static char message[1 << 20];
static char buffer[READ_SIZE];
static long pending[MAX_CONNECTIONS + 64];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static int dial(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1;
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    perror("tcp_load: connect");
    exit(1);
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double run_echo(int epoll, double seconds, long size) {
  struct epoll_event events[256];
  long messages = 0;
  double start = now(), end = start;
  while ((end = now()) - start < seconds) {
    int ready = epoll_wait(epoll, events, 256, 100);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      long got = recv(fd, buffer, READ_SIZE, 0);
      if (got <= 0) fail("tcp_load: recv");
      pending[fd] += got;
      while (pending[fd] >= size) {
        pending[fd] -= size;
        messages++;
        if (send(fd, message, size, 0) != size) fail("tcp_load: send");
      }
    }
  }
  return messages / (end - start);
}

static double run_bulk(int epoll, double seconds, long size) {
  struct epoll_event events[256];
  double bytes = 0, start = now(), end = start;
  while ((end = now()) - start < seconds) {
    int ready = epoll_wait(epoll, events, 256, 100);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (events[i].events & EPOLLIN) {
        long got = recv(fd, buffer, READ_SIZE, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN)) fail("tcp_load: recv");
        if (got > 0) bytes += got;
      }
      if (events[i].events & EPOLLOUT) {
        long sent = send(fd, message, size, MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN) fail("tcp_load: send");
      }
    }
  }
  return bytes / (end - start);
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "usage: tcp_load PORT SECONDS CONNECTIONS SIZE echo|bulk\n");
    return 2;
  }
  int port = atoi(arguments[1]), connections = atoi(arguments[3]);
  double seconds = atof(arguments[2]);
  long size = atol(arguments[4]);
  int is_bulk = strcmp(arguments[5], "bulk") == 0;
  if (connections > MAX_CONNECTIONS || size > (long)sizeof message) return 2;
  memset(message, 'v', sizeof message);
  int epoll = epoll_create1(0);
  for (int i = 0; i < connections; i++) {
    int fd = dial(port);
    struct epoll_event event = {.events = EPOLLIN | (is_bulk ? EPOLLOUT : 0),
                                .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    if (!is_bulk && send(fd, message, size, 0) != size) fail("tcp_load: send");
  }
  printf("%.0f\n", is_bulk ? run_bulk(epoll, seconds, size)
                           : run_echo(epoll, seconds, size));
  return 0;
}
