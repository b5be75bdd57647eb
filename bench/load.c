/* The load: hundreds or thousands of IRC clients in one thread, and a check that each gets exactly what was sent.
 *
 * Clients connect a few at a time and join their rooms. In each room the first SENDERS send MESSAGES messages each, and
 * every other member must get all of them: each sender's in order, none lost, none twice. In a closed loop a sender
 * keeps WINDOW messages in flight: the room's witness, its first member that does not send, shows that one has arrived.
 * With -R the loop is open: that many messages a second in all, without waiting for them to arrive.
 * With several ports (-p 1,2) the members of each room are distributed over them; with several processes (-k 1,2) the
 * CPU time of each is printed.
 *
 * Prints one JSON object and exits with 0; after a failure it prints which client and what, and exits with 1.
 * Linux (epoll). With -DTLS (and -lssl -lcrypto) it can encrypt.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#ifdef TLS
#include <openssl/ssl.h>
#else
typedef void SSL;
#endif

enum { CHUNK = 1 << 18, BUCKET_US = 10, BUCKETS = 400000, MOST = 8 };
typedef enum { UPGRADING, REGISTERING, JOINING, JOINED } State;

typedef struct {
    int fd, room, rank, is_answered, is_behind;
    State state;
    SSL *ssl;
    long sent, received, *due; /* due: the next message of each of the room's senders, by rank */
    char *in, *out;            /* the beginning of a line; pending output */
    size_t in_len, in_room, out_len, out_room;
} Client;

static const char *host = "127.0.0.1", *ports[MOST] = {"8000"}, *password = "", *prefix = "b", *over = "tcp";
static int clients = 100, rooms = 1, senders = 1, window = 1, at_door = 50, deadline_s = 60, servers = 1, pids = 0, server_pid[MOST], is_websocket;
static long messages = 1000;
static double rate = 0;

static Client *client;
static struct addrinfo *addresses[MOST];
static int epoll_fd, welcome, joined, answered, acks;
static long delivered, expected, delays[BUCKETS];
static int *acked; /* senders whose message arrived at the witness, and who may send the next */
static double deadline;
static char filler[65];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void fail(const Client *c, const char *format, ...) {
    va_list arguments;
    fflush(stdout);
    if (c) fprintf(stderr, "client %s%05d in #%s%03d: ", prefix, (int)(c - client), prefix, c->room);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static long expected_at(const Client *c) { return messages * (senders - (c->rank < senders)); }

/* A connection: bytes, plain or encrypted. Both return what was done, -1 for "not now"; read_some 0 at the end. */

static ssize_t read_some(Client *c, char *to, size_t room) {
#ifdef TLS
    if (c->ssl) {
        int n = SSL_read(c->ssl, to, room);
        if (n > 0) return n;
        int why = SSL_get_error(c->ssl, n);
        return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -1 : 0;
    }
#endif
    ssize_t n = recv(c->fd, to, room, MSG_DONTWAIT);
    return n < 0 && errno != EAGAIN ? 0 : n;
}

static ssize_t write_some(Client *c, const char *data, size_t len) {
#ifdef TLS
    if (c->ssl) {
        int n = SSL_write(c->ssl, data, len);
        return n > 0 ? n : -1;
    }
#endif
    return send(c->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void *grown(void *old, size_t *room, size_t wanted) {
    if (*room >= wanted) return old;
    old = realloc(old, *room = wanted + wanted / 2);
    if (!old) fail(NULL, "out of memory");
    return old;
}

static void flush(Client *c) {
    size_t before = c->out_len;
    ssize_t n = before ? write_some(c, c->out, before) : 0;
    if (n > 0) memmove(c->out, c->out + n, c->out_len -= n);
    /* TLS refuses mostly because of its handshake; reading drives that, and flushes again. */
    if (c->ssl || c->is_behind == (c->out_len > 0)) return;
    c->is_behind = c->out_len > 0;
    struct epoll_event event = {c->is_behind ? EPOLLIN | EPOLLOUT : EPOLLIN, {.ptr = c}};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

static void put(Client *c, const void *data, size_t len) {
    c->out = grown(c->out, &c->out_room, c->out_len + len);
    memcpy(c->out + c->out_len, data, len);
    c->out_len += len;
}

/* A frame as RFC 6455 wants it of clients; masked with zeros, which change nothing. */
static void put_frame(Client *c, unsigned char opcode, const char *data, size_t len) {
    unsigned char head[8] = {0x80 | opcode, 0x80 | len};
    if (len > 125) head[1] = 0x80 | 126, head[2] = len >> 8, head[3] = len;
    put(c, head, len > 125 ? 8 : 6);
    put(c, data, len);
}

static void put_line(Client *c, const char *format, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line - 2, format, arguments);
    va_end(arguments);
    if (is_websocket) put_frame(c, 1, line, len);
    else put(c, memcpy(line + len, "\r\n", 2) - len, len + 2);
}

/* Sending and receiving messages. */

static void register_client(Client *c) {
    int i = c - client;
    c->state = REGISTERING;
    if (*password) put_line(c, "PASS %s", password);
    put_line(c, "NICK %s%05d", prefix, i);
    put_line(c, "USER %s%05d 0 * :load", prefix, i);
}

static void say(Client *c) {
    put_line(c, "PRIVMSG #%s%03d :%014.0f %05d %07ld %s", prefix, c->room, now() * 1e6, c->rank, c->sent++, filler);
    flush(c);
}

static long number(const char *digits, int count) {
    long value = 0;
    for (int i = 0; i < count; i++) value = value * 10 + digits[i] - '0';
    return value;
}

static void on_message(Client *c, const char *text, const char *end, double read_at) {
    if (end - text < 29) fail(c, "a message was cut short: %s", text);
    long rank = number(text + 15, 5), n = number(text + 21, 7);
    long bucket = (read_at * 1e6 - number(text, 14)) / BUCKET_US;
    if (rank < 0 || rank >= senders) fail(c, "a message of a stranger: %s", text);
    if (n != c->due[rank]) fail(c, "message %ld of sender %ld arrived where %ld was due", n, rank, c->due[rank]);
    c->due[rank]++;
    c->received++;
    delivered++;
    delays[bucket < 0 ? 0 : bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    if (c->rank == senders && !rate) acked[acks++] = rank * rooms + c->room;
}

static void on_line(Client *c, char *line, char *end, double read_at) {
    char *verb = line;
    if (*line == ':' && !(verb = memchr(line, ' ', end - line))) return;
    verb += *line == ':';
    if (!memcmp(verb, "PRIVMSG ", 8)) {
        char *text = memmem(verb, end - verb, " :", 2);
        if (text) on_message(c, text + 2, end, read_at);
    } else if (!memcmp(verb, "PING", 4)) {
        put_line(c, "PONG%s", verb + 4);
    } else if (!memcmp(verb, "PONG", 4)) {
        answered += !c->is_answered;
        c->is_answered = 1;
    } else if (!memcmp(verb, "001", 3)) {
        c->state = JOINING;
        welcome++;
        put_line(c, "JOIN #%s%03d", prefix, c->room);
    } else if (!memcmp(verb, "366", 3)) {
        joined += c->state == JOINING;
        c->state = JOINED;
    } else if (!memcmp(verb, "ERROR", 5) || (strchr("45", *verb) && *verb && memcmp(verb, "422", 3))) {
        fail(c, "refused; the server said: %s", line); /* 422: there is no message of the day */
    }
}

/* Take the next line from *at, or NULL if it is incomplete. Returns its end, which is set to 0. */
static char *next_line(char **at, char *end, char **line) {
    char *newline = memchr(*at, '\n', end - *at);
    if (!newline) return NULL;
    *line = *at;
    *at = newline + 1;
    if (newline > *line && newline[-1] == '\r') newline--;
    *newline = 0;
    return newline;
}

/* The same for a WebSocket, whose frames are lines; control frames are lines of no length. */
static char *next_frame(Client *c, char **at, char *end, char **line) {
    unsigned char *head = (unsigned char *)*at;
    size_t size = 2, len;
    if (c->state == UPGRADING) {
        char *body = memmem(*at, end - *at, "\r\n\r\n", 4);
        if (!body) return NULL;
        *body = 0;
        if (strncmp(*at, "HTTP/1.1 101", 12)) fail(c, "no WebSocket: %s", *at);
        register_client(c);
        *at = body + 4;
        return *line = body;
    }
    if (end - *at < 4) return NULL;
    if ((len = head[1]) == 126) size = 4, len = head[2] << 8 | head[3];
    if (len > 65535 || end - *at < (ssize_t)(size + len)) return NULL;
    char *data = *at + size;
    *at = data + len;
    if ((head[0] & 15) == 8) fail(c, "closed by the server: %.*s", (int)len, data);
    if ((head[0] & 15) == 9) put_frame(c, 10, data, len);
    if ((head[0] & 15) > 2) return *line = data;
    /* The next byte is the head of the next frame, not read yet, so the line is moved to make room for a 0. */
    memmove(data - 1, data, len);
    data[len - 1] = 0;
    *line = data - 1;
    return data + len - 1;
}

static void on_readable(Client *c) {
    static char chunk[CHUNK + 16];
    size_t n = 0, kept = c->in_len;
    ssize_t got;
    memcpy(chunk, c->in, kept);
    do {
        got = read_some(c, chunk + kept + n, CHUNK - kept - n);
        if (!got) fail(c, "connection closed by the server");
        if (got > 0) n += got;
    } while (c->ssl && got > 0 && kept + n < CHUNK); /* epoll does not know of bytes buffered by TLS */
    if (n) {
        double read_at = now();
        char *at = chunk, *end = chunk + kept + n, *line, *line_end;
        while ((line_end = is_websocket ? next_frame(c, &at, end, &line) : next_line(&at, end, &line)))
            if (line_end > line) on_line(c, line, line_end, read_at);
        c->in = grown(c->in, &c->in_room, c->in_len = end - at);
        memcpy(c->in, at, c->in_len);
    }
    if (c->out_len) flush(c);
}

/* Handle what is ready, after waiting at most this long; then send what the windows allow. */
static void pump(int timeout_ms) {
    struct epoll_event ready[512];
    int n = epoll_wait(epoll_fd, ready, 512, timeout_ms);
    for (int i = 0; i < n; i++) {
        if (ready[i].events & EPOLLOUT) flush(ready[i].data.ptr);
        if (ready[i].events & ~EPOLLOUT) on_readable(ready[i].data.ptr);
    }
    for (int i = 0; i < acks; i++)
        if (client[acked[i]].sent < messages) say(&client[acked[i]]);
    acks = 0;
}

static void check_time(const char *what) {
    if (now() < deadline) return;
    Client *behind = client;
    while (behind < client + clients - 1 && behind->fd && behind->received >= expected_at(behind)) behind++;
    fail(behind, "still waiting for %s after %d s: received %ld of %ld messages; all: %d of %d joined, %ld of %ld deliveries",
         what, deadline_s, behind->received, expected_at(behind), joined, clients, delivered, expected);
}

/* The phases of a run. */

static void connect_client(int i) {
    Client *c = &client[i];
    int one = 1;
    struct epoll_event event = {EPOLLIN, {.ptr = c}};
    c->room = i % rooms;
    c->rank = i / rooms;
    const char *port = ports[c->rank % servers];
    struct addrinfo *address = addresses[c->rank % servers];
    c->due = calloc(senders, sizeof *c->due);
    c->fd = socket(address->ai_family, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, address->ai_addr, address->ai_addrlen)) fail(c, "cannot connect: %m");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event);
#ifdef TLS
    static SSL_CTX *context;
    if (!strcmp(over, "tls")) {
        /* Only the encryption is measured: the self-made certificate of the server is not checked. */
        if (!context) SSL_CTX_set_mode(context = SSL_CTX_new(TLS_client_method()),
                                       SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        c->ssl = SSL_new(context);
        SSL_set_fd(c->ssl, c->fd);
        SSL_set_connect_state(c->ssl);
        int flags = SOCK_NONBLOCK;
        ioctl(c->fd, FIONBIO, &flags);
    }
#endif
    if (is_websocket) {
        char request[512];
        put(c, request, snprintf(request, sizeof request,
                                 "GET / HTTP/1.1\r\nHost: %s:%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                                 "Sec-WebSocket-Protocol: text.ircv3.net\r\n\r\n", host, port));
    } else {
        register_client(c);
    }
    flush(c);
}

/* Returns the seconds until all had joined. */
static double come_in(void) {
    double began = now();
    for (int i = 0; i < clients; i++)
        for (connect_client(i); i + 1 - welcome >= at_door; pump(100)) check_time("a client to be let in");
    for (; joined < clients; pump(100)) check_time("all clients to join");
    return now() - began;
}

/* A barrier: everybody has received all earlier messages. */
static void synchronize(void) {
    answered = 0;
    for (Client *c = client; c < client + clients; c++) c->is_answered = 0, put_line(c, "PING :%ld", delivered), flush(c);
    for (; answered < clients; pump(100)) check_time("every PONG");
}

static void flood(void) {
    for (int k = 0; k < (window < messages ? window : messages) && !rate; k++)
        for (int i = 0; i < rooms * senders; i++) say(&client[i]);
    double next = now();
    for (long turn = 0; delivered < expected; check_time("all deliveries")) {
        double wait = 0.1;
        if (rate && turn < messages * rooms * senders) {
            for (; turn < messages * rooms * senders && next <= now(); next += 1 / rate)
                say(&client[turn++ % (rooms * senders)]);
            wait = next - now();
        }
        pump(wait * 1e3);
    }
}

/* CPU seconds used by a process (0 is this one); 0 if the system does not know. */
static double cpu_s(int pid) {
    clockid_t id;
    struct timespec t = {0, 0};
    if (!clock_getcpuclockid(pid, &id)) clock_gettime(id, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static long server_kb(void) {
    char path[64];
    long all = 0, pages;
    for (int i = 0; i < pids; i++) {
        snprintf(path, sizeof path, "/proc/%d/statm", server_pid[i]);
        FILE *file = fopen(path, "r");
        if (!file) continue;
        if (fscanf(file, "%*d %ld", &pages) == 1) all += pages * (sysconf(_SC_PAGESIZE) / 1024);
        fclose(file);
    }
    return all;
}

static void servers_cpu_s(double *used) {
    for (int i = 0; i < pids; i++) used[i] = cpu_s(server_pid[i]);
}

static double percentile_ms(double fraction) {
    long target = expected * fraction, seen = 0, i = 0;
    while (i < BUCKETS - 1 && (seen += delays[i]) <= target) i++;
    return i * BUCKET_US / 1e3;
}

/* The words of a list with commas, which is modified. */
static int words(char *list, const char **into) {
    int n = 0;
    for (char *word = strtok(list, ","); word && n < MOST; word = strtok(NULL, ",")) into[n++] = word;
    return n;
}

int main(int argc, char **argv) {
    const char *processes[MOST];
    for (int o; (o = getopt(argc, argv, "h:p:P:n:r:s:w:m:R:j:k:d:o:c:")) != -1;) switch (o) {
        case 'h': host = optarg; break;
        case 'p': servers = words(optarg, ports); break;
        case 'P': password = optarg; break;
        case 'n': clients = atoi(optarg); break;
        case 'r': rooms = atoi(optarg); break;
        case 's': senders = atoi(optarg); break;
        case 'w': window = atoi(optarg); break;
        case 'm': messages = atol(optarg); break;
        case 'R': rate = atof(optarg); break;
        case 'j': prefix = optarg; break;
        case 'k': pids = words(optarg, processes); break;
        case 'd': deadline_s = atoi(optarg); break;
        case 'o': over = optarg; break;
        case 'c': at_door = atoi(optarg); break;
        default: return 2;
    }
    is_websocket = !strcmp(over, "ws");
#ifndef TLS
    if (!strcmp(over, "tls")) fail(NULL, "this load was compiled without TLS");
#endif
    if (rooms < 1 || clients % rooms || senders < 1 || clients / rooms <= senders) fail(NULL, "rooms must be alike, with a witness");
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    for (int i = 0; i < servers; i++) {
        int error = getaddrinfo(host, ports[i], &hints, &addresses[i]);
        if (error) fail(NULL, "%s port %s: %s", host, ports[i], gai_strerror(error));
    }
    if (pids == 1 && !atoi(processes[0])) pids = 0;
    for (int i = 0; i < pids; i++) server_pid[i] = atoi(processes[i]);
    memset(filler, 'x', sizeof filler - 1);
    client = calloc(clients, sizeof *client);
    acked = calloc((size_t)rooms * senders * (window > messages ? messages : window) + 1, sizeof *acked);
    epoll_fd = epoll_create1(0);
    deadline = now() + deadline_s;
    expected = messages * rooms * senders * (clients / rooms - 1);

    long kb = server_kb();
    double coming_in_s = come_in();
    synchronize();
    kb = server_kb() - kb;
    double before[MOST], after[MOST], own = cpu_s(0), all = 0;
    servers_cpu_s(before);
    double began = now();
    flood();
    double seconds = now() - began;
    own = cpu_s(0) - own;
    servers_cpu_s(after);
    for (int i = 0; i < pids; i++) all += after[i] - before[i];
    synchronize();
    for (Client *c = client; c < client + clients; c++)
        if (c->received != expected_at(c)) fail(c, "received %ld messages of %ld", c->received, expected_at(c));
    printf("{\"rate\": %.1f, \"p50_ms\": %.2f, \"p90_ms\": %.2f, \"p99_ms\": %.2f, \"cpu_us\": %.3f, \"load_busy\": %.3f, "
           "\"logins_per_s\": %.1f, \"kb_per_client\": %.2f, \"seconds\": %.3f, \"deliveries\": %ld",
           delivered / seconds, percentile_ms(.5), percentile_ms(.9), percentile_ms(.99), all * 1e6 / delivered,
           own / seconds, clients / coming_in_s, (double)kb / clients, seconds, delivered);
    for (int i = 0; i < pids && pids > 1; i++)
        printf(", \"cpu_us_%d\": %.3f", i + 1, (after[i] - before[i]) * 1e6 / delivered);
    puts("}");
}
