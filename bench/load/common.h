// What the load generators and the C servers share.

#ifndef VNET_BENCH_COMMON_H
#define VNET_BENCH_COMMON_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FD = 16384, MAX_EVENTS = 256 };

static inline void fail(const char *what) {
  perror(what);
  exit(1);
}

static inline double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

// The seconds of CPU time, on all its threads, of what is measured: the process
// that MEASURED_PID names, or where it names none this one. Less than 0 if the
// system does not tell.
static inline double cpu_time(void) {
  const char *pid = getenv("MEASURED_PID");
  clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
  struct timespec t;
  if (pid != NULL && clock_getcpuclockid(atoi(pid), &clock) != 0) return -1;
  return clock_gettime(clock, &t) != 0 ? -1 : t.tv_sec + t.tv_nsec * 1e-9;
}

// Ends the line of figures: with the nanoseconds of CPU time for one unit, of
// `count` that have been counted since `cpu_time` was `since`.
static inline void tell_cpu(double since, double count) {
  double until = cpu_time();
  if (since >= 0 && until >= since && count > 0)
    printf(" cpu=%.4f", (until - since) * 1e9 / count);
  printf("\n");
}

// Lets the process open as many sockets as the system allows it to.
static inline void raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max < MAX_FD ? limit.rlim_max : MAX_FD;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static inline struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return address;
}

static inline void set_no_delay(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static inline int dial(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = loopback(port);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
    fail("connect");
  if (fd >= MAX_FD) {
    fprintf(stderr, "too many sockets\n");
    exit(1);
  }
  set_no_delay(fd);
  return fd;
}

// Opens a socket on a free port of this machine and prints the port.
static inline int bind_and_tell(int type) {
  int fd = socket(AF_INET, type, 0);
  struct sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0) fail("bind");
  if (type == SOCK_STREAM && listen(fd, 4096) != 0) fail("listen");
  getsockname(fd, (struct sockaddr *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

static inline void watch(int epoll, int fd, unsigned events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

#endif
