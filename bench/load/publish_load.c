// Measures a WebSocket server that publishes to some of its connections.
//
//   publish_load PORT SECONDS CONNECTIONS SUBSCRIBERS SIZE BURST INTERVAL
//
// Opens CONNECTIONS, of which SUBSCRIBERS ask for "/topic". One of them sends BURST
// messages of SIZE bytes at once, which the server publishes to the topic, and again
// INTERVAL milliseconds later, or with 0 as soon as all subscribers have them.
// Prints the microseconds of CPU time of the server for one delivery.

#include "websocket.h"

static struct frame_reader readers[MAX_FD];

int main(int count, char **arguments) {
  if (count != 8) {
    fprintf(stderr,
            "usage: publish_load PORT SECONDS CONNECTIONS SUBSCRIBERS SIZE BURST "
            "INTERVAL\n");
    return 2;
  }
  int port = atoi(arguments[1]), connections = atoi(arguments[3]);
  int subscribers = atoi(arguments[4]), speaker = 0;
  double seconds = atof(arguments[2]), interval = atof(arguments[7]) / 1e3;
  long size = atol(arguments[5]), burst = atol(arguments[6]), length = 0;
  unsigned char *payload = calloc(size, 1);
  unsigned char *frames = malloc(burst * (size + 14));
  for (long i = 0; i < burst; i++)
    length += make_frame(frames + length, 0x82, payload, size);
  raise_file_limit();
  int epoll = epoll_create1(0);
  // Subscribers are spread among the others.
  int every = connections / subscribers;
  for (int i = 0; i < connections; i++) {
    int subscribes = i % every == 0 && i / every < subscribers;
    int fd = dial_websocket(port, subscribes ? "/topic" : "/", "");
    watch(epoll, fd, EPOLLIN);
    if (i == 0) speaker = fd;
  }
  double cpu = cpu_time(), start = now(), deliveries = 0;
  if (cpu < 0) fail("publish_load: no CPU time of the server");
  for (double due = start; now() - start < seconds; due += interval) {
    double rest = due - now();
    if (interval > 0 && rest > 0) usleep(rest * 1e6);
    if (send(speaker, frames, length, MSG_NOSIGNAL) != length)
      fail("publish_load: send");
    await_messages(epoll, readers, burst * subscribers, "publish_load");
    deliveries += burst * subscribers;
  }
  printf("%.4f\n", (cpu_time() - cpu) * 1e6 / deliveries);
  return 0;
}
