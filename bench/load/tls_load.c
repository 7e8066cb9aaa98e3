// The load generator of the TLS benchmarks: OpenSSL, one thread, epoll.
//
//   tls_load PORT SECONDS CONNECTIONS SIZE echo|bulk|handshake
//   tls_load PORT SECONDS CONNECTIONS RATE silent
//   tls_load PORT 0 CONNECTIONS 0 idle
//
// echo: each connection sends a message of SIZE bytes and waits for it to come
// back before it sends the next. Prints messages per second.
// bulk: each connection sends pieces of SIZE bytes as fast as they are taken and
// reads what comes back. Prints bytes per second, one way.
// handshake: each connection does a full handshake, sends one message, waits for
// it, ends, waits for the server's end, and is opened again. Prints handshakes
// per second.
// silent: RATE clients a second connect and send nothing, CONNECTIONS at most, and
// every 50 ms one does a handshake and sends one byte. Prints the median and the
// most of the time from its connect until the byte has come back, in
// microseconds. What has not come back 5 s later counts with the time until then.
// idle: opens CONNECTIONS, prints "ready", and holds them until its standard
// input ends.
//
// What echo and bulk count begins when every connection has got something back: a
// server may wait for an acknowledgement between its session tickets and the first
// answer. Certificates are not checked and sessions are not resumed. A server that
// lets it wait for a minute longer than it was to take ends it.

#include "common.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

enum { MOST_DELAY = 60, READ_SIZE = 1 << 18, MAX_SAMPLES = 4096, WARM_UP = 20 };

static const double PERIOD = 0.05, LEAD = 1, PATIENCE = 5;

struct connection {
  SSL *ssl;
  int is_secure, is_served;
  long pending;
  double since;
};

static struct connection connections[MAX_FD];
static char message[1 << 20];
static char buffer[READ_SIZE];
static long size;
static char mode;
static int port, epoll;
// How many connections have got something back.
static long served;
static SSL_CTX *context;

static void fail_tls(const char *what) {
  fprintf(stderr, "tls_load: %s: ", what);
  ERR_print_errors_fp(stderr);
  fprintf(stderr, "\n");
  exit(1);
}

// Whether an operation has to wait for the socket; the program ends if it failed.
static int has_to_wait(const struct connection *c, int result, const char *what) {
  int error = SSL_get_error(c->ssl, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return 1;
  fail_tls(what);
  return 0;
}

static void make_context(void) {
  context = SSL_CTX_new(TLS_client_method());
  if (context == NULL) fail_tls("SSL_CTX_new");
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  // Several records in one call to the system.
  SSL_CTX_set_read_ahead(context, mode == 'b');
  if (mode == 'b') SSL_CTX_set_default_read_buffer_len(context, 1 << 16);
}

// Begins to connect: a server that does not accept must not hold the load up.
static int start_dial(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = loopback(port);
  if (fd < 0 || fd >= MAX_FD) fail("socket");
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 &&
      errno != EINPROGRESS)
    fail("connect");
  set_no_delay(fd);
  return fd;
}

// Gives a socket a TLS client whose handshake is still to be done.
static SSL *make_client(int fd) {
  SSL *ssl = SSL_new(context);
  if (ssl == NULL || SSL_set_fd(ssl, fd) != 1) fail_tls("SSL_new");
  SSL_set_tlsext_host_name(ssl, "localhost");
  SSL_set_connect_state(ssl);
  return ssl;
}

static void open_connection(unsigned events) {
  double since = now();
  int fd = start_dial();
  connections[fd] = (struct connection){.ssl = make_client(fd), .since = since};
  watch(epoll, fd, events);
}

static void close_connection(int fd) {
  SSL_free(connections[fd].ssl);
  connections[fd].ssl = NULL;
  close(fd);
}

static void send_message(struct connection *c) {
  if (SSL_write(c->ssl, message, size) != size) fail_tls("SSL_write");
}

// Goes on with the handshake; returns whether it is done.
static int shake_hands(struct connection *c) {
  if (c->is_secure) return 1;
  int result = SSL_do_handshake(c->ssl);
  if (result != 1) return !has_to_wait(c, result, "handshake");
  c->is_secure = 1;
  if (mode != 'b') send_message(c);
  return 1;
}

static void note_served(struct connection *c) {
  served += !c->is_served;
  c->is_served = 1;
}

// Reads all that has come; returns how much, less than 0 at the end.
static long read_all(struct connection *c) {
  long total = 0;
  for (;;) {
    ERR_clear_error();
    int got = SSL_read(c->ssl, buffer, READ_SIZE);
    if (got > 0) {
      total += got;
      continue;
    }
    int error = SSL_get_error(c->ssl, got);
    return error == SSL_ERROR_WANT_READ ? total : -1;
  }
}

static double on_echo(int fd) {
  struct connection *c = &connections[fd];
  if (!shake_hands(c)) return 0;
  long got = read_all(c), messages = 0;
  if (got < 0) fail_tls("SSL_read");
  c->pending += got;
  for (; c->pending >= size; messages++) {
    note_served(c);
    c->pending -= size;
    send_message(c);
  }
  return messages;
}

static double on_bulk(int fd, unsigned events) {
  struct connection *c = &connections[fd];
  if (!shake_hands(c)) return 0;
  long got = events & EPOLLIN ? read_all(c) : 0;
  if (got < 0) fail_tls("SSL_read");
  if (got > 0) note_served(c);
  if (events & EPOLLOUT) {
    int sent = SSL_write(c->ssl, message, size);
    if (sent <= 0) has_to_wait(c, sent, "SSL_write");
  }
  return got;
}

static double on_handshake(int fd) {
  struct connection *c = &connections[fd];
  if (!shake_hands(c)) return 0;
  long got = read_all(c);
  if (got < 0) {
    if (c->pending < size) fail_tls("the server ended too early");
    close_connection(fd);
    open_connection(EPOLLIN | EPOLLOUT | EPOLLET);
    return 1;
  }
  if (got == 0) return 0;
  c->pending += got;
  if (c->pending < size) return 0;
  SSL_shutdown(c->ssl);
  shutdown(fd, SHUT_WR);
  return 0;
}

static void run_load(double seconds, int count) {
  // Other loads but bulk have little to send, which the socket always takes.
  unsigned wanted = EPOLLIN | EPOLLOUT | (mode == 'b' ? 0 : EPOLLET);
  for (int i = 0; i < count; i++) open_connection(wanted);
  struct epoll_event events[MAX_EVENTS];
  double done = 0, cpu = cpu_time(), start = now(), end = start;
  int is_counting = mode == 'h';
  while ((end = now()) - start < seconds || !is_counting) {
    if (!is_counting && served == count) {
      is_counting = 1;
      done = 0;
      cpu = cpu_time();
      start = now();
    }
    int ready = epoll_wait(epoll, events, MAX_EVENTS, 100);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      done += mode == 'b'   ? on_bulk(fd, events[i].events)
              : mode == 'e' ? on_echo(fd)
                            : on_handshake(fd);
    }
  }
  printf("%.0f", done / (end - start));
  tell_cpu(cpu, done);
}

static int compare(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return difference < 0 ? -1 : difference > 0;
}

// Handles the good clients that have something, for up to a millisecond; notes the
// time of each that is served, if there is room for it. Returns how many are.
static long serve_probes(double *samples, long taken) {
  struct epoll_event events[MAX_EVENTS];
  int ready = epoll_wait(epoll, events, MAX_EVENTS, 1);
  long served = 0;
  for (int i = 0; i < ready; i++) {
    int fd = events[i].data.fd;
    struct connection *c = &connections[fd];
    if (!shake_hands(c)) continue;
    long got = read_all(c);
    if (got < 0) fail_tls("a good client was cut");
    if (got == 0) continue;
    if (samples != NULL) samples[taken + served] = now() - c->since;
    served++;
    SSL_shutdown(c->ssl);
    close_connection(fd);
  }
  return served;
}

static void run_silent(double seconds, int most, double rate) {
  static double samples[MAX_SAMPLES];
  unsigned wanted = EPOLLIN | EPOLLOUT | EPOLLET;
  size = 1;
  for (int i = 0; i < WARM_UP; i++) {
    open_connection(wanted);
    while (serve_probes(NULL, 0) == 0) continue;
  }
  double start = now(), first = start + LEAD, end = first + seconds, time;
  long silent = 0, opened = 0, taken = 0;
  while ((time = now()) < end || (taken < opened && time < end + PATIENCE)) {
    for (; time < end && silent < most && silent < (time - start) * rate; silent++)
      start_dial();
    if (time < end && time - first > opened * PERIOD && opened < MAX_SAMPLES) {
      open_connection(wanted);
      opened++;
    }
    taken += serve_probes(samples, taken);
  }
  for (int fd = 0; fd < MAX_FD && taken < opened; fd++)
    if (connections[fd].ssl != NULL) samples[taken++] = time - connections[fd].since;
  qsort(samples, taken, sizeof samples[0], compare);
  printf("%.0f %.0f\n", samples[taken / 2] * 1e6, samples[taken - 1] * 1e6);
}

static void run_idle(int count) {
  for (int i = 0; i < count; i++) {
    SSL *ssl = make_client(dial(port));
    if (SSL_do_handshake(ssl) != 1) fail_tls("handshake");
    // The socket stays open, and nothing more is sent on it.
    SSL_free(ssl);
  }
  alarm(0);
  printf("ready\n");
  fflush(stdout);
  while (read(0, buffer, sizeof buffer) > 0) continue;
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "usage: tls_load PORT SECONDS CONNECTIONS SIZE|RATE "
                    "echo|bulk|handshake|silent|idle\n");
    return 2;
  }
  double seconds = atof(arguments[2]);
  int many = atoi(arguments[3]);
  port = atoi(arguments[1]);
  size = atol(arguments[4]);
  mode = arguments[5][0];
  if (size > (long)sizeof message) return 2;
  memset(message, 'v', sizeof message);
  raise_file_limit();
  alarm(seconds + MOST_DELAY);
  make_context();
  epoll = epoll_create1(0);
  if (mode == 's') run_silent(seconds, many, size);
  else if (mode == 'i') run_idle(many);
  else run_load(seconds, many);
  return 0;
}
