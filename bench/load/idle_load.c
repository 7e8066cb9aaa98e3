// Opens connections and does nothing with them.
//
//   idle_load PORT CONNECTIONS tcp|ws
//
// Prints "ready" when all are open, and runs until its standard input ends.

#include "websocket.h"

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: idle_load PORT CONNECTIONS tcp|ws\n");
    return 2;
  }
  int port = atoi(arguments[1]), connections = atoi(arguments[2]);
  raise_file_limit();
  for (int i = 0; i < connections; i++) {
    if (arguments[3][0] == 'w') dial_websocket(port, "/", "");
    else dial(port);
  }
  printf("ready\n");
  fflush(stdout);
  char end;
  return read(0, &end, 1) < 0;
}
