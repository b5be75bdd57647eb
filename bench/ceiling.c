/* A server without rules: it fans out messages to rooms, and does nothing else. One thread, one epoll.
 *
 * It logs nothing and checks nothing, and sends each client everything from one round at once, so it shows how many
 * deliveries the load and the kernel can handle. `ceiling PORT` listens on the loopback interface until it is ended.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 1 << 18, ROUND = 512 };

typedef struct Client {
    int fd;
    struct Room *room;
    char nick[32], *in, *out;
    size_t in_len, in_room, out_len, out_room;
    int is_due, is_behind;
} Client;

typedef struct Room {
    char name[64];
    Client **members;
    size_t count, count_room;
    struct Room *next;
} Room;

static Room *rooms;
static Client **due; /* clients with pending output in this round */
static size_t due_count, due_room;
static int epoll_fd;

static void *grown(void *old, size_t *room, size_t wanted) {
    if (*room >= wanted) return old;
    if (!(old = realloc(old, *room = wanted + wanted / 2))) abort();
    return old;
}

static void put(Client *c, const char *data, size_t len) {
    c->out = grown(c->out, &c->out_room, c->out_len + len);
    memcpy(c->out + c->out_len, data, len);
    c->out_len += len;
    if (c->is_due) return;
    due = grown(due, &due_room, (due_count + 1) * sizeof *due);
    due[due_count++] = c;
    c->is_due = 1;
}

static void flush(Client *c) {
    ssize_t n = send(c->fd, c->out, c->out_len, MSG_DONTWAIT | MSG_NOSIGNAL);
    c->is_due = 0;
    if (n > 0) memmove(c->out, c->out + n, c->out_len -= n);
    if (c->is_behind == (c->out_len > 0)) return;
    c->is_behind = c->out_len > 0;
    struct epoll_event event = {c->is_behind ? EPOLLIN | EPOLLOUT : EPOLLIN, {.ptr = c}};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

static void join(Client *c, const char *name) {
    Room *room = rooms;
    while (room && strcmp(room->name, name)) room = room->next;
    if (!room) {
        room = calloc(1, sizeof *room);
        snprintf(room->name, sizeof room->name, "%s", name);
        room->next = rooms;
        rooms = room;
    }
    room->members = grown(room->members, &room->count_room, (room->count + 1) * sizeof *room->members);
    room->members[room->count++] = c;
    c->room = room;
}

static void on_line(Client *c, const char *line) {
    char answer[1024];
    int len = 0;
    if (!strncmp(line, "PRIVMSG ", 8) && c->room) {
        len = snprintf(answer, sizeof answer, ":%s!~b@127.0.0.1 %s\r\n", c->nick, line);
        for (size_t i = 0; i < c->room->count; i++)
            if (c->room->members[i] != c) put(c->room->members[i], answer, len);
        return;
    }
    if (!strncmp(line, "NICK ", 5)) snprintf(c->nick, sizeof c->nick, "%s", line + 5);
    if (!strncmp(line, "USER ", 5)) len = snprintf(answer, sizeof answer, ":ceiling 001 %s :Welcome\r\n", c->nick);
    if (!strncmp(line, "PING ", 5)) len = snprintf(answer, sizeof answer, ":ceiling PONG ceiling %s\r\n", line + 5);
    if (!strncmp(line, "JOIN ", 5)) {
        join(c, line + 5);
        len = snprintf(answer, sizeof answer, ":ceiling 366 %s %s :End\r\n", c->nick, line + 5);
    }
    if (len) put(c, answer, len);
}

static void leave(Client *c) {
    for (size_t i = 0; c->room && i < c->room->count; i++)
        if (c->room->members[i] == c) c->room->members[i] = c->room->members[--c->room->count];
    for (size_t i = 0; i < due_count; i++)
        if (due[i] == c) due[i] = due[--due_count];
    close(c->fd);
    free(c->in);
    free(c->out);
    free(c);
}

/* Handle a client's input; 0 when it has gone. */
static int on_readable(Client *c) {
    static char chunk[CHUNK];
    size_t kept = c->in_len;
    memcpy(chunk, c->in, kept);
    ssize_t n = recv(c->fd, chunk + kept, CHUNK - kept, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return 1;
    if (n <= 0) return leave(c), 0;
    char *line = chunk, *end = chunk + kept + n, *newline;
    for (; (newline = memchr(line, '\n', end - line)); line = newline + 1) {
        newline[newline > line && newline[-1] == '\r' ? -1 : 0] = 0;
        on_line(c, line);
    }
    c->in = grown(c->in, &c->in_room, c->in_len = end - line);
    memcpy(c->in, line, c->in_len);
    return 1;
}

static void add(int fd) {
    int one = 1;
    Client *c = calloc(1, sizeof *c);
    struct epoll_event event = {EPOLLIN, {.ptr = c}};
    c->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

int main(int argc, char **argv) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in here = {AF_INET, htons(argc > 1 ? atoi(argv[1]) : 0), {htonl(INADDR_LOOPBACK)}, {0}};
    struct epoll_event ready[ROUND] = {{EPOLLIN, {.ptr = NULL}}};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 4096)) return perror("ceiling"), 1;
    epoll_fd = epoll_create1(0);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, ready);
    for (;;) {
        int n = epoll_wait(epoll_fd, ready, ROUND, -1);
        for (int i = 0; i < n; i++) {
            Client *c = ready[i].data.ptr;
            if (!c) add(accept(listener, NULL, NULL));
            else if (!(ready[i].events & ~EPOLLOUT) || on_readable(c)) put(c, "", 0);
        }
        for (size_t i = 0; i < due_count; i++) flush(due[i]);
        due_count = 0;
    }
}
