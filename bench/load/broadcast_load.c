// Measures a WebSocket server that sends what anyone says to everyone.
//
//   broadcast_load PORT SECONDS CLIENTS SIZE BURST
//
// One client sends BURST messages of SIZE bytes at once, and again when all of
// them have reached every client. Prints deliveries per second.

#include "websocket.h"

static struct frame_reader readers[MAX_FD];

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "usage: broadcast_load PORT SECONDS CLIENTS SIZE BURST\n");
    return 2;
  }
  int port = atoi(arguments[1]), clients = atoi(arguments[3]), speaker = 0;
  double seconds = atof(arguments[2]);
  long size = atol(arguments[4]), burst = atol(arguments[5]), length = 0;
  unsigned char *payload = calloc(size, 1);
  unsigned char *frames = malloc(burst * (size + 14));
  for (long i = 0; i < burst; i++)
    length += make_frame(frames + length, 0x82, payload, size);
  raise_file_limit();
  int epoll = epoll_create1(0);
  for (int i = 0; i < clients; i++) {
    int fd = dial_websocket(port, "/", "");
    watch(epoll, fd, EPOLLIN);
    if (i == 0) speaker = fd;
  }
  double cpu = cpu_time(), start = now(), end = start, deliveries = 0;
  while ((end = now()) - start < seconds) {
    if (send(speaker, frames, length, MSG_NOSIGNAL) != length)
      fail("broadcast_load: send");
    await_messages(epoll, readers, burst * clients, "broadcast_load");
    deliveries += burst * clients;
  }
  printf("%.0f", deliveries / (end - start));
  tell_cpu(cpu, deliveries);
  return 0;
}
