// Measures how long others wait while clients flood a server.
//
//   flood_load KIND FLOODERS SECONDS PORT [OTHER_PORT]
//
// FLOODERS clients in a process of their own send as fast as the server takes it,
// and read and drop what it answers; one that is cut connects again. KIND says
// what they send, and to which kind of server:
//
//   tiny pong ping kib   messages of 1 byte, pongs, pings, messages of 1 KiB, to
//                        a WebSocket server that echoes
//   bytes                pieces of 64 KiB, to a TCP server that echoes
//   lines                lines of 2 bytes, to a TCP server that echoes
//   nop                  NOPs of telnet, by users of a chat over TCP
//   chatping             pings, by users of a chat over WebSocket, at OTHER_PORT
//   datagrams            64 bytes, to a UDP server that echoes, at OTHER_PORT, in
//                        one process with a TCP server that echoes
//
// This process sends a message every 50 ms on a connection of its own that was
// open before, whether or not the one before has come back, and opens a new
// connection every 250 ms. Prints the median and the most of the time until a
// message comes back, and the most of the time until a new connection is served,
// in microseconds. Messages that have not come back 5 s after the flood count
// with the time that they have waited.

#include "websocket.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

// Every measured message contains one of these, and nothing else does: neither the
// flood nor, as a length, the head of a frame for so short a message.
#define MARK '|'

enum {
  BATCH = 1 << 16,
  DATAGRAM = 64,
  DATAGRAMS = 32,  // sent in one go
  MAX_FLOODERS = 64,
  MAX_SAMPLES = 4096,
  MAX_PROBES = 64,
  WARM_UP_ECHOES = 20,
  LAST_RESORT = 60,  // seconds beside the flood after which the program ends
};

static const double PERIOD = 0.05, PROBE_PERIOD = 0.25, LEAD = 0.5, PATIENCE = 5;

struct kind {
  const char *name;
  int is_websocket, is_chat, is_udp;
  int first_byte;    // of the frames that flood
  long size;         // of their payload
  const char *text;  // the unit of a flood that is not made of frames
};

static const struct kind KINDS[] = {
    {.name = "tiny", .is_websocket = 1, .first_byte = 0x82, .size = 1},
    {.name = "pong", .is_websocket = 1, .first_byte = 0x8a},
    {.name = "ping", .is_websocket = 1, .first_byte = 0x89},
    {.name = "kib", .is_websocket = 1, .first_byte = 0x82, .size = 1024},
    {.name = "bytes", .text = "v"},
    {.name = "lines", .text = "v\n"},
    {.name = "datagrams", .is_udp = 1, .text = "v"},
    {.name = "nop", .is_chat = 1, .text = "\xff\xf1"},
    {.name = "chatping", .is_chat = 1, .is_websocket = 1, .first_byte = 0x89},
};

static const struct kind *kind;
static int port, other_port;
static unsigned char input[1 << 18];

// A connection that has been opened during the flood and is not served yet.
struct probe {
  int fd;
  double since;
  char last[4];
};

static struct probe probes[MAX_PROBES];
static double sent_at[MAX_SAMPLES], waits[MAX_SAMPLES];
static long sent, answered;

static void send_all(int fd, const void *data, long length) {
  if (send(fd, data, length, MSG_NOSIGNAL) != length) fail("flood_load: send");
}

// Sends a short text as a message or a line.
static void say(int fd, const char *text) {
  unsigned char data[256];
  long length = strlen(text);
  if (kind->is_websocket) {
    length = make_frame(data, 0x81, (const unsigned char *)text, length);
  } else {
    memcpy(data, text, length);
    data[length++] = '\n';
  }
  send_all(fd, data, length);
}

static long count_marks(const unsigned char *data, long length) {
  long marks = 0;
  for (long i = 0; i < length; i++) marks += data[i] == MARK;
  return marks;
}

// Reads and drops what is there, and what still comes within `limit` ms.
static void drain(int fd, int limit) {
  struct pollfd one = {.fd = fd, .events = POLLIN};
  while (poll(&one, 1, limit) > 0)
    if (recv(fd, input, sizeof input, 0) <= 0) fail("flood_load: recv");
}

static int open_connection(void) {
  const char *path = kind->is_chat ? "/chat" : "/";
  return kind->is_websocket ? dial_websocket(port, path, "") : dial(port);
}

// Opens a connection; in a chat it enters with a nickname.
static int enter(const char *role, int number) {
  int fd = open_connection();
  if (!kind->is_chat) return fd;
  char nickname[32];
  snprintf(nickname, sizeof nickname, "%s%dx%d", role, number, (int)getpid());
  drain(fd, 100);
  say(fd, nickname);
  drain(fd, 100);
  return fd;
}

// Opens a connection that floods.
static int enter_flooder(int number) {
  if (!kind->is_udp) return enter("flood", number);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in address = loopback(other_port);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
    fail("flood_load: connect");
  return fd;
}

static void send_datagrams(int fd, const void *data) {
  for (int i = 0; i < DATAGRAMS; i++)
    if (send(fd, data, DATAGRAM, MSG_DONTWAIT) < 0) return;
}

// Reads and drops what the server answers; returns whether the connection goes on.
static int drop_answers(int fd) {
  long got = recv(fd, input, sizeof input, MSG_DONTWAIT);
  return kind->is_udp || got > 0 || (got < 0 && errno == EAGAIN);
}

// Floods until this process is ended; writes a byte to `ready` at the start.
static void flood(int flooders, int ready) {
  static unsigned char batch[BATCH + 2048];
  static long at[MAX_FLOODERS];
  struct pollfd polled[MAX_FLOODERS];
  unsigned char unit[2048], payload[1024] = {0};
  long size = kind->text == NULL
                  ? make_frame(unit, kind->first_byte, payload, kind->size)
                  : (long)strlen(kind->text);
  if (kind->text != NULL) memcpy(unit, kind->text, size);
  long length = BATCH / size * size;
  for (long i = 0; i < length; i += size) memcpy(batch + i, unit, size);
  for (int i = 0; i < flooders; i++)
    polled[i] = (struct pollfd){enter_flooder(i), POLLIN | POLLOUT, 0};
  if (write(ready, "!", 1) != 1) fail("flood_load: write");
  for (long cuts = 0;;) {
    if (poll(polled, flooders, -1) < 0) fail("flood_load: poll");
    for (int i = 0; i < flooders; i++) {
      int fd = polled[i].fd, events = polled[i].revents;
      if (events & ~POLLOUT && !drop_answers(fd)) {
        if (cuts++ == 0)
          fprintf(stderr, "flood_load: the server cuts clients that flood; "
                          "they connect again\n");
        close(fd);
        polled[i].fd = enter_flooder(i + flooders * cuts);
        at[i] = 0;
      } else if (kind->is_udp) {
        send_datagrams(fd, batch);
      } else if (events & POLLOUT) {
        long taken = send(fd, batch + at[i], length - at[i],
                          MSG_DONTWAIT | MSG_NOSIGNAL);
        if (taken > 0) at[i] = (at[i] + taken) % length;
      }
    }
  }
}

// Starts the process that floods, and waits until all of it is connected.
static pid_t start_flood(int flooders) {
  int ready[2];
  char byte;
  if (pipe(ready) != 0) fail("flood_load: pipe");
  pid_t child = fork();
  if (child < 0) fail("flood_load: fork");
  if (child == 0) {
    // The child ends with its parent, however the parent ends.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ready[0]);
    flood(flooders, ready[1]);
  }
  close(ready[1]);
  if (read(ready[0], &byte, 1) != 1) exit(1);
  close(ready[0]);
  return child;
}

// Opens a connection without waiting for it.
static void open_probe(double time) {
  struct probe *p = probes;
  while (p < probes + MAX_PROBES && p->fd >= 0) p++;
  if (p == probes + MAX_PROBES) return;
  struct sockaddr_in address = loopback(port);
  *p = (struct probe){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
                      .since = time};
  set_no_delay(p->fd);
  if (connect(p->fd, (struct sockaddr *)&address, sizeof address) != 0 &&
      errno != EINPROGRESS)
    fail("flood_load: connect");
  // Over the loopback the system has connected it already.
  struct pollfd one = {.fd = p->fd, .events = POLLOUT};
  poll(&one, 1, 1000);
  char request[1024];
  if (kind->is_websocket) {
    const char *path = kind->is_chat ? "/chat" : "/";
    send_all(p->fd, request,
             make_request(request, sizeof request, port, path, ""));
  } else if (!kind->is_chat) {
    say(p->fd, "new|");
  }
}

// Reads from a new connection; returns whether it has been served: by the end of
// the head of the handshake, by the echo, or by the greeting of a chat.
static int is_served(struct probe *p) {
  long got = recv(p->fd, input, sizeof input, MSG_DONTWAIT);
  if (got <= 0) return 0;
  if (!kind->is_websocket) return kind->is_chat || count_marks(input, got) > 0;
  for (long i = 0; i < got; i++) {
    memmove(p->last, p->last + 1, 3);
    p->last[3] = input[i];
    if (memcmp(p->last, "\r\n\r\n", 4) == 0) return 1;
  }
  return 0;
}

// Reads from the connection that is measured; notes how long the answers took.
static void receive(int fd) {
  long got = recv(fd, input, sizeof input, MSG_DONTWAIT);
  if (got == 0 || (got < 0 && errno != EAGAIN)) {
    fprintf(stderr, "flood_load: the measured connection has ended\n");
    exit(1);
  }
  for (long marks = count_marks(input, got); marks > 0; marks--) {
    if (answered < sent) waits[answered] = now() - sent_at[answered];
    answered++;
  }
}

// Waits until `due` at most, and deals with what comes in; returns the longest
// wait of a new connection that has been served.
static double attend(int hearer, double due) {
  struct pollfd polled[MAX_PROBES + 1] = {{.fd = hearer, .events = POLLIN}};
  struct probe *probed[MAX_PROBES + 1];
  int count = 1;
  double most = 0, time = now();
  for (struct probe *p = probes; p < probes + MAX_PROBES; p++) {
    if (p->fd < 0) continue;
    probed[count] = p;
    polled[count++] = (struct pollfd){.fd = p->fd, .events = POLLIN};
  }
  double wait = due > time ? due - time : 0;
  struct timespec limit = {(time_t)wait, (long)((wait - (time_t)wait) * 1e9)};
  if (ppoll(polled, count, &limit, NULL) <= 0) return 0;
  if (polled[0].revents != 0) receive(hearer);
  for (int i = 1; i < count; i++) {
    if (polled[i].revents == 0 || !is_served(probed[i])) continue;
    double waited = now() - probed[i]->since;
    if (waited > most) most = waited;
    close(probed[i]->fd);
    probed[i]->fd = -1;
  }
  return most;
}

static int has_probes(void) {
  for (int i = 0; i < MAX_PROBES; i++)
    if (probes[i].fd >= 0) return 1;
  return 0;
}

// Some echoes before the flood, so that the server has compiled their code.
static void warm_up(int speaker, int hearer) {
  for (int i = 0; i < WARM_UP_ECHOES; i++) {
    long marks = 0;
    say(speaker, "warm|");
    while (marks == 0) {
      struct pollfd one = {.fd = hearer, .events = POLLIN};
      if (poll(&one, 1, 5000) <= 0) {
        fprintf(stderr, "flood_load: no echo before the flood\n");
        exit(1);
      }
      long got = recv(hearer, input, sizeof input, 0);
      if (got <= 0) fail("flood_load: recv");
      marks = count_marks(input, got);
    }
  }
}

static int compare(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return difference < 0 ? -1 : difference > 0;
}

static double more(double a, double b) { return a > b ? a : b; }

int main(int count, char **arguments) {
  for (unsigned i = 0; count > 1 && i < sizeof KINDS / sizeof *KINDS; i++)
    if (strcmp(KINDS[i].name, arguments[1]) == 0) kind = &KINDS[i];
  if (count < 5 || kind == NULL) {
    fprintf(stderr, "usage: flood_load tiny|pong|ping|kib|bytes|lines|nop|"
                    "chatping|datagrams FLOODERS SECONDS PORT [OTHER_PORT]\n");
    return 2;
  }
  int flooders = atoi(arguments[2]);
  double seconds = atof(arguments[3]);
  if (flooders < 1 || flooders > MAX_FLOODERS || seconds > 60) return 2;
  port = atoi(arguments[4]);
  other_port = count > 5 ? atoi(arguments[5]) : port;
  if (kind->is_chat && kind->is_websocket) port = other_port;
  for (int i = 0; i < MAX_PROBES; i++) probes[i].fd = -1;
  alarm((unsigned)seconds + LAST_RESORT);

  // In a chat everyone hears what one says, the speaker excepted.
  int hearer = enter("hearer", 0);
  int speaker = kind->is_chat ? enter("speaker", 0) : hearer;
  warm_up(speaker, hearer);
  pid_t child = start_flood(flooders);
  double start = now() + LEAD, due = start, probe_due = start, served = 0;
  for (double time = now(); time - start < seconds; time = now()) {
    if (time >= due && sent < MAX_SAMPLES) {
      sent_at[sent++] = now();
      say(speaker, "echo|");
      due += PERIOD;
    }
    if (time >= probe_due) {
      open_probe(time);
      probe_due += PROBE_PERIOD;
    }
    served = more(served, attend(hearer, due < probe_due ? due : probe_due));
  }
  if (waitpid(child, NULL, WNOHANG) != 0) {
    fprintf(stderr, "flood_load: the flood has ended before its time\n");
    return 1;
  }
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  double end = now() + PATIENCE;
  while (now() < end && (answered < sent || has_probes()))
    served = more(served, attend(hearer, end));
  for (; answered < sent; answered++)
    waits[answered] = now() - sent_at[answered];
  for (int i = 0; i < MAX_PROBES; i++)
    if (probes[i].fd >= 0) served = more(served, now() - probes[i].since);
  qsort(waits, sent, sizeof *waits, compare);
  printf("%.1f %.1f %.1f\n", waits[sent / 2] * 1e6, waits[sent - 1] * 1e6,
         served * 1e6);
  return 0;
}
