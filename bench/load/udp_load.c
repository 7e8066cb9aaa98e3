// The load generator of the UDP echo benchmark: one thread, epoll.
//
//   udp_load PORT SECONDS SOCKETS SIZE
//
// Each socket sends a datagram of SIZE bytes and waits for it to come back before
// it sends the next; one that is lost is sent again after 20 ms. Prints
// datagrams per second.

#include "common.h"

static char message[65536];
static int sockets[MAX_FD];
static double sent_at[MAX_FD];

static void send_datagram(int fd, long size) {
  if (send(fd, message, size, 0) != size) fail("udp_load: send");
  sent_at[fd] = now();
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: udp_load PORT SECONDS SOCKETS SIZE\n");
    return 2;
  }
  struct sockaddr_in server = loopback(atoi(arguments[1]));
  double seconds = atof(arguments[2]);
  int total = atoi(arguments[3]);
  long size = atol(arguments[4]), datagrams = 0;
  int epoll = epoll_create1(0);
  for (int i = 0; i < total; i++) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    sockets[i] = fd;
    if (connect(fd, (struct sockaddr *)&server, sizeof server) != 0)
      fail("udp_load: connect");
    watch(epoll, fd, EPOLLIN);
    send_datagram(fd, size);
  }
  struct epoll_event events[MAX_EVENTS];
  double cpu = cpu_time(), start = now(), end = start, checked = start;
  while ((end = now()) - start < seconds) {
    int ready = epoll_wait(epoll, events, MAX_EVENTS, 20);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (recv(fd, message, sizeof message, 0) != size) fail("udp_load: recv");
      datagrams++;
      send_datagram(fd, size);
    }
    if (end - checked < 0.01) continue;
    checked = end;
    for (int i = 0; i < total; i++)
      if (end - sent_at[sockets[i]] > 0.02) send_datagram(sockets[i], size);
  }
  printf("%.0f", datagrams / (end - start));
  tell_cpu(cpu, datagrams);
  return 0;
}
