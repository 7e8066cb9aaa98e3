// Measures a chat room: how many deliveries a second.
//
//   chat_load PORT HTTP_PORT [PORT HTTP_PORT] SECONDS TCP_USERS WEBSOCKET_USERS [RATE]
//
// All users enter with a nickname, on the TCP port by a line of text, on the
// HTTP port by a WebSocket message on the path /chat; then they speak in turns,
// and a next one speaks as soon as fewer than WINDOW messages are on their way.
// Everyone hears what one says, the speaker excepted.
//
// With a RATE, they say so many lines a second instead, and the figure is the
// microseconds of CPU time for one delivery. With two servers of a cluster, every
// second user is on the second one, and only the CPU time and the deliveries of the
// first one count for that.

#include "websocket.h"

// Every message has one of these, and nothing else that a server sends: neither
// its notices, nor, as a length, the head of a frame for so short a message.
#define MARK '|'

enum { WINDOW = 16, MAX_USERS = 1000, QUIET_MS = 300 };

struct user {
  int fd;
  int is_websocket;
};

static struct user users[MAX_USERS];
static unsigned char input[1 << 18];
static char is_second[MAX_FD];
static long sent, deliveries, measured;

static void say(const struct user *user, const char *text) {
  unsigned char data[256];
  long length = strlen(text);
  if (user->is_websocket) {
    length = make_frame(data, 0x81, (const unsigned char *)text, length);
  } else {
    memcpy(data, text, length);
    data[length++] = '\n';
  }
  if (send(user->fd, data, length, MSG_NOSIGNAL) != length) fail("chat_load: send");
}

// Waits up to `limit` milliseconds and counts the deliveries that come in;
// `ready` is how many connections had something.
static void receive(int epoll, int limit, int *ready) {
  struct epoll_event events[MAX_EVENTS];
  *ready = epoll_wait(epoll, events, MAX_EVENTS, limit);
  for (int i = 0; i < *ready; i++) {
    long got = recv(events[i].data.fd, input, sizeof input, 0);
    if (got <= 0) fail("chat_load: recv");
    long found = 0;
    for (long at = 0; at < got; at++) found += input[at] == MARK;
    deliveries += found;
    if (!is_second[events[i].data.fd]) measured += found;
  }
}

static void enter(int epoll, char **ports, int servers, int tcp_users, int total) {
  char nickname[32];
  int ready;
  for (int i = 0; i < total; i++) {
    int is_websocket = i >= tcp_users;
    int server = i % servers, port = atoi(ports[server * 2 + is_websocket]);
    int fd = is_websocket ? dial_websocket(port, "/chat", "") : dial(port);
    if (fd >= MAX_FD) fail("chat_load: too many files");
    is_second[fd] = server == 1;
    users[i] = (struct user){fd, is_websocket};
    watch(epoll, fd, EPOLLIN);
    snprintf(nickname, sizeof nickname, "user%dx", i);
    say(&users[i], nickname);
    receive(epoll, 0, &ready);
  }
  do receive(epoll, QUIET_MS, &ready);
  while (ready > 0);
}

static void say_next(int total) {
  say(&users[sent++ * 7 % total], "Good morning to all of you in this room! |");
}

static void await(int epoll, int limit) {
  int ready;
  receive(epoll, limit, &ready);
  if (limit < 1000 || ready > 0) return;
  fprintf(stderr, "chat_load: deliveries are missing\n");
  exit(1);
}

// Speaks as fast as the server can deliver.
static void flood(int epoll, int total, double end) {
  while (now() < end) {
    while (sent - deliveries / (total - 1) < WINDOW) say_next(total);
    await(epoll, 1000);
  }
}

// Speaks at a rate, and waits for what is on its way in the end.
static void speak(int epoll, int total, double end, double rate) {
  double start = now();
  for (double time = start; time < end; time = now()) {
    double due = start + sent / rate;
    if (due <= time) say_next(total);
    else await(epoll, (due - time) * 1000 + 1);
  }
  while (deliveries < sent * (total - 1)) await(epoll, 1000);
}

int main(int count, char **arguments) {
  if (count < 6 || count > 9) {
    fprintf(stderr, "usage: chat_load PORT HTTP_PORT [PORT HTTP_PORT] SECONDS "
                    "TCP_USERS WEBSOCKET_USERS [RATE]\n");
    return 2;
  }
  int servers = count < 8 ? 1 : 2;
  char **rest = arguments + 1 + servers * 2;
  double seconds = atof(rest[0]);
  double rate = count % 2 == 1 ? atof(rest[3]) : 0;
  int tcp_users = atoi(rest[1]), total = tcp_users + atoi(rest[2]);
  if (total > MAX_USERS || total < 2) return 2;
  raise_file_limit();
  int epoll = epoll_create1(0);
  enter(epoll, arguments + 1, servers, tcp_users, total);
  sent = deliveries = measured = 0;
  double cpu = cpu_time(), start = now();
  if (rate > 0) {
    speak(epoll, total, start + seconds, rate);
    printf("%.4f", (cpu_time() - cpu) * 1e6 / measured);
  } else {
    flood(epoll, total, start + seconds);
    printf("%.0f", deliveries / (now() - start));
  }
  tell_cpu(cpu, measured);
  return 0;
}
