// An echo server over UDP as fast as this machine goes. It prints its port and
// runs until it is killed.

#include "../load/common.h"

int main(void) {
  static char buffer[65536];
  int fd = bind_and_tell(SOCK_DGRAM);
  for (;;) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    long got = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &length);
    if (got < 0) continue;
    sendto(fd, buffer, got, 0, (struct sockaddr *)&peer, length);
  }
}
