// Measures a WebSocket server that publishes to some of its connections.
//
//   publish_load PORT SECONDS CONNECTIONS SUBSCRIBERS SIZE TURNS PER_TURN INTERVAL
//
// Opens CONNECTIONS, of which SUBSCRIBERS ask for "/topic". One of them sends a
// message of SIZE bytes, which the server publishes to the topic PER_TURN times in
// each of TURNS turns of its event loop, one each INTERVAL milliseconds, or with 0
// in a row; and the next message when all subscribers have all of them. Prints the microseconds of CPU time of the server for one delivery.

#include "websocket.h"

static struct frame_reader readers[MAX_FD];

int main(int count, char **arguments) {
  if (count != 9) {
    fprintf(stderr,
            "usage: publish_load PORT SECONDS CONNECTIONS SUBSCRIBERS SIZE TURNS "
            "PER_TURN INTERVAL\n");
    return 2;
  }
  int port = atoi(arguments[1]), connections = atoi(arguments[3]);
  int subscribers = atoi(arguments[4]), speaker = 0;
  double seconds = atof(arguments[2]);
  long size = atol(arguments[5]), turns = atol(arguments[6]);
  long per_turn = atol(arguments[7]), interval = atol(arguments[8]), published = turns * per_turn;
  unsigned char *payload = calloc(size, 1);
  unsigned char *frame = malloc(size + 14);
  if (size < 6) fail("publish_load: SIZE below 6");
  payload[0] = turns >> 8, payload[1] = turns;
  payload[2] = per_turn >> 8, payload[3] = per_turn;
  payload[4] = interval >> 8, payload[5] = interval;
  long length = make_frame(frame, 0x82, payload, size);
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
  while (now() - start < seconds) {
    if (send(speaker, frame, length, MSG_NOSIGNAL) != length)
      fail("publish_load: send");
    await_messages(epoll, readers, published * subscribers, "publish_load");
    deliveries += published * subscribers;
  }
  printf("%.4f\n", (cpu_time() - cpu) * 1e6 / deliveries);
  return 0;
}
