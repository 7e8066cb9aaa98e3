// Opens connections and does nothing with them but to answer pings.
//
//   idle_load PORT CONNECTIONS tcp|ws
//
// Prints "ready" when all are open, and runs until its standard input ends.

#include <sys/epoll.h>

#include "websocket.h"

// Answers the ping in `p`, if that is what it is: small, whole and alone, as
// pings on an idle connection are. The masking key is zero.
static void answer_ping(int fd, const unsigned char *p, long length) {
  if (length < 2 || p[0] != 0x89 || p[1] != length - 2) return;
  unsigned char pong[131] = {0x8a, 0x80 | p[1]};
  memcpy(pong + 6, p + 2, p[1]);
  if (write(fd, pong, 6 + p[1]) < 0) fail("write");
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: idle_load PORT CONNECTIONS tcp|ws\n");
    return 2;
  }
  int port = atoi(arguments[1]), connections = atoi(arguments[2]);
  int is_websocket = arguments[3][0] == 'w';
  raise_file_limit();
  int epoll = epoll_create1(0);
  watch(epoll, 0, EPOLLIN);
  for (int i = 0; i < connections; i++) {
    watch(epoll, is_websocket ? dial_websocket(port, "/", "") : dial(port), EPOLLIN);
  }
  printf("ready\n");
  fflush(stdout);
  while (1) {
    struct epoll_event event;
    if (epoll_wait(epoll, &event, 1, -1) < 1) continue;
    unsigned char bytes[127];
    long length = read(event.data.fd, bytes, sizeof bytes);
    if (event.data.fd == 0 && length <= 0) return 0;
    if (length > 0) answer_ping(event.data.fd, bytes, length);
    else epoll_ctl(epoll, EPOLL_CTL_DEL, event.data.fd, NULL);
  }
}
