// Measures round trips of WebSocket messages, one at a time on one connection.
//
//   latency_load PORT SECONDS SIZE
//
// Prints the median and the 99th percentile in microseconds. The first tenth of
// the time does not count.

#include "websocket.h"

enum { MAX_SAMPLES = 4 << 20 };

static double samples[MAX_SAMPLES];
static unsigned char input[1 << 20];

static int compare(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return difference < 0 ? -1 : difference > 0;
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: latency_load PORT SECONDS SIZE\n");
    return 2;
  }
  double seconds = atof(arguments[2]);
  long size = atol(arguments[3]);
  unsigned char *payload = calloc(size, 1), *frame = malloc(size + 14);
  long length = make_frame(frame, 0x82, payload, size), taken = 0;
  int fd = dial_websocket(atoi(arguments[1]), "/", "");
  struct frame_reader reader = {0};
  double start = now(), end = start, cpu = -1;
  while (end - start < seconds && taken < MAX_SAMPLES) {
    double begin = end;
    if (send(fd, frame, length, MSG_NOSIGNAL) != length) fail("latency_load: send");
    for (long messages = 0; messages == 0;) {
      long got = recv(fd, input, sizeof input, 0);
      if (got <= 0) fail("latency_load: recv");
      messages = count_messages(&reader, input, got);
    }
    end = now();
    if (begin - start <= seconds / 10) {
      cpu = cpu_time();
      end = now();
      continue;
    }
    samples[taken++] = (end - begin) * 1e6;
  }
  if (taken == 0) {
    fprintf(stderr, "latency_load: too slow to measure\n");
    return 1;
  }
  double spent = cpu_time() - cpu;
  qsort(samples, taken, sizeof samples[0], compare);
  printf("%.2f %.2f", samples[taken / 2], samples[taken * 99 / 100]);
  if (cpu >= 0) printf(" cpu=%.4f", spent * 1e9 / taken);
  printf("\n");
  return 0;
}
