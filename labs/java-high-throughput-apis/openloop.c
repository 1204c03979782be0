/* An HTTP/1.1 load generator that does not wait for answers.

   openloop --port=P [--connections=64] [--seed=1] [--timeout-ms=1000] [--slo-ms=10]
            [--ids=100000] SECONDS:RATE:PATH...

   Each phase offers Poisson arrivals at RATE a second, drawn from the seed alone; rate 0
   is the closed loop, where every connection sends again as soon as it has its answer.
   Latency runs from the intended moment: a request that waits for a free connection, or
   for this program, waits on the server's account. {id} in a path becomes a random number
   from 1 to --ids. A request without an answer after --timeout-ms has failed; its
   connection is closed and opened anew, as a caller would. Prints one JSON object. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "histogram.h"
#include "response.h"

#define MS 1000000LL
#define SECOND 1000000000LL
#define FOREVER INT64_MAX

enum { MOST_SECONDS = 120, MOST_PHASES = 8, ROOM = 1 << 20 };
enum state { CLOSED, CONNECTING, IDLE, BUSY };

struct request { int64_t intended; int phase; uint32_t id; };
struct connection {
    int fd, got;
    enum state state;
    struct request request;
    struct connection *older, *newer;   /* among the busy ones; or, in older, the next idle one */
    char answer[ANSWER + 1];
};
struct count { uint32_t offered, ok, good, refused, failed, done; struct histogram latency; };
struct phase { double seconds, rate; char path[256]; int64_t begin, end; struct count count; };

static int port, connections = 64, opening;
static int64_t timeout = 1000 * MS, slo = 10 * MS, ids = 100000, origin, bytes, reopened;
static uint64_t seed = 1;
static struct phase phases[MOST_PHASES];
static int phase_count;
static struct count *seconds;                     /* by the second of the intended moment */
static struct histogram lag;
static struct request waiting[ROOM];
static uint64_t first, last;                      /* waiting[first..last) modulo ROOM */
static struct connection *all, *idle_first, *idle_last, *oldest, *newest;
static int epoll;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "openloop: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t draw(void)                        /* splitmix64 */
{
    uint64_t z = (seed += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

static int64_t gap(double rate)
{
    return (int64_t)(-log(((draw() >> 11) + 1) * 0x1p-53) / rate * SECOND);
}

static struct count *second_of(int64_t moment)
{
    int64_t second = moment > origin ? (moment - origin) / SECOND : 0;
    return &seconds[second < MOST_SECONDS ? second : MOST_SECONDS - 1];
}

/* One request has come to its end: an HTTP status, or 0 for none. */
static void settle(const struct request *r, int status, int64_t now)
{
    struct count *both[] = {second_of(r->intended), &phases[r->phase].count};
    int64_t took = now - r->intended;
    for (int i = 0; i < 2; i++) {
        if (status == 200) { both[i]->ok++; both[i]->good += took <= slo; }
        else if (status == 503) both[i]->refused++;
        else both[i]->failed++;
        if (status != 503) add(&both[i]->latency, status ? took : timeout);
    }
    if (status == 200) second_of(now)->done++;
}

static void watch(struct connection *c, uint32_t events, int how)
{
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(epoll, how, c->fd, &event)) die("epoll_ctl");
}

static void rest(struct connection *c)
{
    c->state = IDLE;
    c->older = NULL;
    if (idle_last) idle_last->older = c; else idle_first = c;
    idle_last = c;
}

static void open_one(struct connection *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    if ((c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) < 0) die("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) die("connect");
    c->state = CONNECTING;
    opening++;
    watch(c, EPOLLOUT, EPOLL_CTL_ADD);
}

static void leave_busy(struct connection *c)
{
    if (c->older) c->older->newer = c->newer; else oldest = c->newer;
    if (c->newer) c->newer->older = c->older; else newest = c->older;
}

static void reopen(struct connection *c)
{
    struct linger reset = {1, 0};                 /* or thousands in TIME_WAIT use up the ports */
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(c->fd);
    reopened++;
    open_one(c);
}

static void lose(struct connection *c, int64_t now)
{
    leave_busy(c);
    settle(&c->request, 0, now);
    reopen(c);
}

static void ask(struct connection *c, struct request r)
{
    char text[512], path[300];
    const char *template = phases[r.phase].path, *mark = strstr(template, "{id}");
    if (mark) snprintf(path, sizeof path, "%.*s%u%s", (int)(mark - template), template, r.id, mark + 4);
    else snprintf(path, sizeof path, "%s", template);
    int length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: application/json\r\n\r\n", path, port);
    c->request = r;
    c->state = BUSY;
    c->got = 0;
    c->older = newest;
    c->newer = NULL;
    if (newest) newest->newer = c; else oldest = c;
    newest = c;
    if (send(c->fd, text, length, MSG_NOSIGNAL) != length) lose(c, now_ns());
}

static void dispatch(void)
{
    while (idle_first && first != last) {
        struct connection *c = idle_first;
        if (!(idle_first = c->older)) idle_last = NULL;
        ask(c, waiting[first++ % ROOM]);
    }
}

static void expect(int64_t intended, int phase)
{
    if (last - first == ROOM) die("too many requests wait");
    waiting[last++ % ROOM] = (struct request){intended, phase, draw() % ids + 1};
    second_of(intended)->offered++;
    phases[phase].count.offered++;
}

static void hear(struct connection *c, uint32_t events)
{
    if (c->state == CONNECTING) {
        opening--;
        if (events & (EPOLLERR | EPOLLHUP)) { reopen(c); return; }
        watch(c, EPOLLIN, EPOLL_CTL_MOD);
        rest(c);
        return;
    }
    if (c->state == IDLE) {                       /* the server hung up between two requests */
        struct connection **link = &idle_first, *before = NULL;
        while (*link != c) { before = *link; link = &(*link)->older; }
        *link = c->older;
        if (idle_last == c) idle_last = before;
        reopen(c);
        return;
    }
    ssize_t n = recv(c->fd, c->answer + c->got, ANSWER - c->got, 0);
    if (n < 0 && errno == EAGAIN) return;
    int64_t now = now_ns();
    if (n <= 0) { lose(c, now); return; }
    c->answer[c->got += n] = 0;
    int status = parse(c->answer, c->got);
    if (status == INCOMPLETE && c->got < ANSWER) return;
    if (status == INCOMPLETE || status == MALFORMED) { lose(c, now); return; }
    bytes += c->got;
    leave_busy(c);
    settle(&c->request, status, now);
    if (closes(c->answer)) { reopen(c); return; }
    rest(c);
}

static void wait_until(int64_t moment)
{
    struct epoll_event events[256];
    int64_t left = moment - now_ns();
    if (left < 0) left = 0;
    struct timespec patience = {left / SECOND, left % SECOND};
    int n = epoll_pwait2(epoll, events, 256, &patience, NULL);
    for (int i = 0; i < n; i++) hear(events[i].data.ptr, events[i].events);
}

static void expire(int64_t now)
{
    while (oldest && oldest->request.intended + timeout <= now) lose(oldest, now);
    while (first != last && waiting[first % ROOM].intended + timeout <= now) settle(&waiting[first++ % ROOM], 0, now);
}

/* The closed loop: every idle connection asks at once, so nothing ever waits here. */
static void refill(int phase, int64_t now)
{
    while (idle_first) { expect(now, phase); dispatch(); }
}

static void run(void)
{
    int phase = 0;
    int64_t next = phases[0].rate ? phases[0].begin + gap(phases[0].rate) : FOREVER;
    for (;;) {
        int64_t now = now_ns();
        while (phase < phase_count) {
            struct phase *p = &phases[phase];
            for (; next <= now && next < p->end; next += gap(p->rate)) { expect(next, phase); add(&lag, now - next); }
            if (now < p->end) break;
            if (++phase < phase_count && phases[phase].rate) next = phases[phase].begin + gap(phases[phase].rate);
            else next = FOREVER;
        }
        expire(now);
        dispatch();
        if (phase < phase_count && !phases[phase].rate) refill(phase, now);
        if (phase == phase_count && !oldest && first == last) return;
        int64_t wake = phase < phase_count ? phases[phase].end : FOREVER;
        if (next < wake) wake = next;
        if (oldest && oldest->request.intended + timeout < wake) wake = oldest->request.intended + timeout;
        if (first != last && waiting[first % ROOM].intended + timeout < wake) wake = waiting[first % ROOM].intended + timeout;
        wait_until(wake);
    }
}

static void print_count(const struct count *c)
{
    const struct histogram *h = &c->latency;
    printf("\"offered\": %u, \"ok\": %u, \"good\": %u, \"refused\": %u, \"failed\": %u, \"done\": %u, ",
           c->offered, c->ok, c->good, c->refused, c->failed, c->done);
    printf("\"p50_ms\": %.4f, \"p90_ms\": %.4f, \"p99_ms\": %.4f, \"p999_ms\": %.4f, \"mean_ms\": %.4f",
           percentile(h, .5), percentile(h, .9), percentile(h, .99), percentile(h, .999), h->n ? h->sum / h->n / 1e3 : -1);
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void print(double cpu)
{
    int64_t end = phases[phase_count - 1].end;
    printf("{\"origin\": %.6f, \"cpu_percent\": %.2f, \"lag_p99_ms\": %.4f, \"bytes\": %lld, \"reopened\": %lld, \"phases\": [",
           origin / 1e9, 100 * cpu / ((end - origin) / 1e9), percentile(&lag, .99), (long long)bytes, (long long)reopened);
    for (int i = 0; i < phase_count; i++) {
        printf("%s{\"seconds\": %g, \"rate\": %g, ", i ? ", " : "", phases[i].seconds, phases[i].rate);
        print_count(&phases[i].count);
        printf("}");
    }
    printf("], \"seconds\": [");
    for (int i = 0; i < MOST_SECONDS && i * SECOND < end - origin; i++) {
        printf("%s{", i ? ", " : "");
        print_count(&seconds[i]);
        printf("}");
    }
    printf("]}\n");
}

static void options(int count, char **words)
{
    static const struct option known[] = {
        {"port", 1, 0, 'p'}, {"connections", 1, 0, 'c'}, {"seed", 1, 0, 's'}, {"timeout-ms", 1, 0, 't'},
        {"slo-ms", 1, 0, 'l'}, {"ids", 1, 0, 'i'}, {0}};
    for (int o; (o = getopt_long(count, words, "", known, NULL)) != -1;) {
        if (o == 'p') port = atoi(optarg);
        else if (o == 'c') connections = atoi(optarg);
        else if (o == 's') seed = strtoull(optarg, NULL, 10);
        else if (o == 't') timeout = atoll(optarg) * MS;
        else if (o == 'l') slo = (int64_t)(atof(optarg) * MS);
        else if (o == 'i') ids = atoll(optarg);
        else exit(2);
    }
    for (; optind < count && phase_count < MOST_PHASES; optind++, phase_count++) {
        struct phase *p = &phases[phase_count];
        if (sscanf(words[optind], "%lf:%lf:%255s", &p->seconds, &p->rate, p->path) != 3) exit(2);
    }
    if (!phase_count || !port) exit(2);
}

int main(int count, char **words)
{
    options(count, words);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
    epoll = epoll_create1(0);
    all = calloc(connections, sizeof *all);
    seconds = calloc(MOST_SECONDS, sizeof *seconds);
    if (epoll < 0 || !all || !seconds) die("start");
    for (int i = 0; i < connections; i++) {       /* few at a time: a full backlog costs a second */
        open_one(&all[i]);
        while (opening > 16 || (i == connections - 1 && opening)) wait_until(now_ns() + SECOND);
    }
    double before = cpu_seconds();
    origin = now_ns() + 5 * MS;
    for (int i = 0; i < phase_count; i++) {
        phases[i].begin = i ? phases[i - 1].end : origin;
        phases[i].end = phases[i].begin + (int64_t)(phases[i].seconds * SECOND);
    }
    run();
    print(cpu_seconds() - before);
}
