// The frame of the C echo servers, which show where the machine's limit is: one
// thread, epoll, one read and one write of the system for what has come in.

#ifndef VNET_BENCH_ECHO_SERVER_H
#define VNET_BENCH_ECHO_SERVER_H

#include "../load/common.h"

// Turns what has come in into the answer and returns the answer's length. The
// answer is in place, unless `*out` is set to where it is until the next call.
typedef long answer(int fd, unsigned char *data, long length, unsigned char **out);

// Before the data there is room, so that an answer may be a little ahead of what
// it answers.
enum { READ_SIZE = 1 << 18, ROOM = 16 };

// What the peer has not taken yet, by socket; NULL while there is nothing.
static unsigned char *rest[MAX_FD];
static long rest_length[MAX_FD], rest_at[MAX_FD];

static long send_some(int fd, const unsigned char *data, long length) {
  long sent = send(fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent < 0 ? 0 : sent;
}

static void watch_for(int epoll, int fd, unsigned events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
}

static void on_readable(int epoll, int fd, answer *answer) {
  static unsigned char buffer[ROOM + READ_SIZE];
  unsigned char *data = buffer + ROOM;
  long got = recv(fd, data, READ_SIZE, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    close(fd);
    return;
  }
  unsigned char *out = data;
  long length = answer(fd, data, got, &out), sent = send_some(fd, out, length);
  if (sent == length) return;
  rest[fd] = malloc(length - sent);
  memcpy(rest[fd], out + sent, length - sent);
  rest_at[fd] = 0;
  rest_length[fd] = length - sent;
  // Nothing more is read until the peer has taken it.
  watch_for(epoll, fd, EPOLLOUT);
}

static void on_writable(int epoll, int fd) {
  long length = rest_length[fd] - rest_at[fd];
  long sent = send(fd, rest[fd] + rest_at[fd], length, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && errno == EAGAIN) return;
  if (sent > 0 && sent < length) {
    rest_at[fd] += sent;
    return;
  }
  free(rest[fd]);
  rest[fd] = NULL;
  if (sent < 0) close(fd);
  else watch_for(epoll, fd, EPOLLIN);
}

static inline void serve(answer *answer, void (*on_open)(int fd)) {
  raise_file_limit();
  int listener = bind_and_tell(SOCK_STREAM), epoll = epoll_create1(0);
  watch(epoll, listener, EPOLLIN);
  struct epoll_event events[MAX_EVENTS];
  for (;;) {
    int ready = epoll_wait(epoll, events, MAX_EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd != listener) {
        if (rest[fd] == NULL) on_readable(epoll, fd, answer);
        else on_writable(epoll, fd);
        continue;
      }
      int peer = accept(listener, NULL, NULL);
      if (peer < 0) continue;
      set_no_delay(peer);
      if (on_open != NULL) on_open(peer);
      watch(epoll, peer, EPOLLIN);
    }
  }
}

#endif
