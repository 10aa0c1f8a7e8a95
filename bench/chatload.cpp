// chatload - load generator and measuring client for chat servers.
// One process, one thread, epoll, no dependency but libc.  See README.md.
//
// Every message carries "#<sender>:<seq>:<ns>#" padded to --bytes; a delivery is
// any line (or WebSocket message) that contains such a marker, whatever else the
// server wrote around it.
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

typedef uint64_t u64;
typedef uint32_t u32;

static u64 now_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (u64)t.tv_sec * 1000000000ull + t.tv_nsec;
}
static u64 t_origin;
static void die(const char* f, ...) {
  va_list a;
  va_start(a, f);
  fprintf(stderr, "chatload: ");
  vfprintf(stderr, f, a);
  fprintf(stderr, "\n");
  va_end(a);
  exit(2);
}

// ---------------------------------------------------------------- options
enum Proto { LINE, IRC, WSIRC, WSLINE, NATS, SIO };
static struct {
  std::string mode = "fanout", host = "127.0.0.1", label, greet, hello, join, wspath = "/", wssub;
  Proto proto = LINE;
  int port = 0;
  u32 n = 100, s = 1, bytes = 64, rooms = 100, k = 10;
  u32 window = 64;
  double rate = 0, secs = 2, settle = 0.3, stall = 3;
  int reps = 1, warm = 1, echo = -1, conc = 128, src = 1, slow = 0, slow_rcvbuf = 8192, dojoin = 1,
      nosub = 0;
  std::string plan;
  u32 active = 0;  // senders that talk, of each group's (0: all)
  std::vector<int> pids;
} o;

static bool is_ws() { return o.proto == WSIRC || o.proto == WSLINE || o.proto == SIO; }
static bool is_irc() { return o.proto == IRC || o.proto == WSIRC; }

// ---------------------------------------------------------------- /proc
struct Cpu {
  double u = 0, s = 0;
  int procs = 0;
  double sum() const { return u + s; }
};
static std::vector<int> tree() {
  std::vector<int> out = o.pids;
  if (out.empty()) return out;
  std::multimap<int, int> kids;
  DIR* d = opendir("/proc");
  while (dirent* e = readdir(d)) {
    int p = atoi(e->d_name);
    if (p <= 0) continue;
    char f[64], b[512];
    snprintf(f, sizeof f, "/proc/%d/stat", p);
    FILE* h = fopen(f, "r");
    if (!h) continue;
    size_t n = fread(b, 1, sizeof b - 1, h);
    fclose(h);
    b[n] = 0;
    char* r = strrchr(b, ')');
    int pp;
    if (r && sscanf(r + 2, "%*c %d", &pp) == 1) kids.emplace(pp, p);
  }
  closedir(d);
  for (size_t i = 0; i < out.size(); i++) {
    auto r = kids.equal_range(out[i]);
    for (auto it = r.first; it != r.second; ++it)
      if (std::find(out.begin(), out.end(), it->second) == out.end()) out.push_back(it->second);
  }
  return out;
}
static Cpu server_cpu() {
  Cpu c;
  double hz = sysconf(_SC_CLK_TCK);
  for (int p : tree()) {
    char f[64], b[1024];
    snprintf(f, sizeof f, "/proc/%d/stat", p);
    FILE* h = fopen(f, "r");
    if (!h) continue;
    size_t n = fread(b, 1, sizeof b - 1, h);
    fclose(h);
    b[n] = 0;
    char* r = strrchr(b, ')');
    unsigned long u, s;
    if (r && sscanf(r + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &s) == 2) {
      c.u += u / hz;
      c.s += s / hz;
      c.procs++;
    }
  }
  return c;
}
struct Mem {
  long pss = 0, rss = 0, fds = 0;  // pss and rss without memfd
  long memfd = 0;                  // PSS of mapped memfds: banterd's journals
};
// Adds what the mappings of one process take, from an open /proc/PID/smaps.
static void add_mappings(FILE* h, Mem& m) {
  char l[4096];
  bool memfd = false;
  while (fgets(l, sizeof l, h)) {
    long v;
    if (!(l[0] >= 'A' && l[0] <= 'Z'))
      memfd = strstr(l, " /memfd:") != nullptr;  // a mapping begins
    if (sscanf(l, "Pss: %ld", &v) == 1) (memfd ? m.memfd : m.pss) += v;
    if (!memfd && sscanf(l, "Rss: %ld", &v) == 1) m.rss += v;
  }
}
static Mem server_mem(bool fds = false) {
  Mem m;
  for (int p : tree()) {
    char f[64];
    snprintf(f, sizeof f, "/proc/%d/smaps", p);
    FILE* h = fopen(f, "r");
    if (!h) continue;
    add_mappings(h, m);
    fclose(h);
    if (fds) {
      snprintf(f, sizeof f, "/proc/%d/fd", p);
      DIR* d = opendir(f);
      if (d) {
        while (readdir(d)) m.fds++;
        m.fds -= 2;
        closedir(d);
      }
    }
  }
  return m;
}
static double self_cpu() {
  rusage r;
  getrusage(RUSAGE_SELF, &r);
  return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}
static double machine_busy() {  // all cores, without idle and iowait
  FILE* h = fopen("/proc/stat", "r");
  unsigned long long v[8] = {0};
  if (!h) return 0;
  if (fscanf(h, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", v, v + 1, v + 2, v + 3, v + 4, v + 5,
             v + 6, v + 7) != 8)
    v[0] = 0;
  fclose(h);
  return (v[0] + v[1] + v[2] + v[5] + v[6] + v[7]) / (double)sysconf(_SC_CLK_TCK);
}

// ---------------------------------------------------------------- histogram
struct Hist {  // log-linear, 64 steps an octave (1.6 %)
  std::vector<u64> b = std::vector<u64>(64 * 64, 0);
  u64 n = 0, mx = 0;
  static u32 ix(u64 v) {
    if (v < 64) return v;
    int e = 63 - __builtin_clzll(v);
    return (e - 5) * 64 + ((v >> (e - 6)) & 63);
  }
  static u64 val(u32 i) {
    if (i < 64) return i;
    int e = i / 64 + 5;
    return (1ull << e) + ((u64)(i & 63) << (e - 6)) + (1ull << (e - 6)) / 2;
  }
  void add(u64 v) {
    b[ix(v)]++;
    n++;
    if (v > mx) mx = v;
  }
  double q(double p) const {  // microseconds
    u64 want = (u64)(p * n), c = 0;
    for (u32 i = 0; i < b.size(); i++)
      if ((c += b[i]) > want) return val(i) / 1e3;
    return mx / 1e3;
  }
  void clear() {
    std::fill(b.begin(), b.end(), 0);
    n = mx = 0;
  }
};

// ---------------------------------------------------------------- state
enum St : uint8_t { IDLE, CONNECTING, UPGRADING, REGISTER, JOINING, READY, CLOSED };
struct Gap {
  u32 local;
  u32 a, b;
};
struct Conn {
  int fd = -1;
  St st = IDLE;
  bool sender = false, slow = false, nocount = false, wantw = false, paused = false,
       quitting = false;
  u32 idx = 0, group = 0, sid = 0;
  std::string carry, out;
  size_t off = 0;
  u64 hash = 0, got = 0, t0 = 0;
  std::vector<u32> exp;   // next expected seq, per sender of the group
  std::vector<Gap> gaps;  // seqs jumped over
};
struct Sender {
  Conn* c = nullptr;
  u32 group = 0, next = 0, base = 0, rep0 = 0;
  std::vector<u32> left;  // deliveries still due, per outstanding seq
  u64 due = 0;            // next send time in rate mode
};
struct Group {
  u32 first = 0, senders = 0, live = 0;  // live: members that count
  std::vector<Conn*> members;
};
static std::vector<Conn> conns;
static std::vector<Sender> snd;
static std::vector<Group> grp;
static int ep;
static u64 rnow;
static struct {
  u64 deliv = 0, sent = 0, dup = 0, ooo = 0, late = 0, dropped = 0, dropped_undeliv = 0, stray = 0,
      bogus = 0, selfecho = 0, bytes = 0, reads = 0;
} st;
static Hist lat;
static u64 last_progress;
static u32 ready_cnt, failed_cnt;
static int err_shown;
static bool running;
static void (*connect_hook)(Conn&, u32 sid, u32 seq) = nullptr;
static void (*state_hook)(Conn&) = nullptr;
static std::string pad;

static void arm(Conn& c) {
  epoll_event e;
  e.data.u64 = c.idx;
  e.events = (c.paused ? 0u : (u32)EPOLLIN) | (c.wantw ? (u32)EPOLLOUT : 0u);
  epoll_ctl(ep, EPOLL_CTL_MOD, c.fd, &e);
}
static void lose(Conn& c, const char* why);
static void flush(Conn& c) {
  while (c.off < c.out.size()) {
    ssize_t w = send(c.fd, c.out.data() + c.off, c.out.size() - c.off, MSG_NOSIGNAL);
    if (w < 0) {
      if (errno == EAGAIN) {
        if (!c.wantw) {
          c.wantw = true;
          arm(c);
        }
        return;
      }
      if (errno == EINTR) continue;
      return lose(c, strerror(errno));
    }
    c.off += w;
  }
  c.out.clear();
  c.off = 0;
  if (c.wantw) {
    c.wantw = false;
    arm(c);
  }
}
static void put_ws(std::string& out, const char* p, size_t n, int op = 1) {
  static const unsigned char key[4] = {0x5a, 0xc3, 0x17, 0x88};
  out.push_back((char)(0x80 | op));
  if (n < 126)
    out.push_back((char)(0x80 | n));
  else {
    out.push_back((char)(0x80 | 126));
    out.push_back((char)(n >> 8));
    out.push_back((char)n);
  }
  out.append((const char*)key, 4);
  for (size_t i = 0; i < n; i++) out.push_back(p[i] ^ key[i & 3]);
}
// One protocol line, without its terminator.
static void put(Conn& c, const char* p, size_t n) {
  if (is_ws())
    put_ws(c.out, p, n);
  else {
    c.out.append(p, n);
    c.out.append(o.proto == LINE ? "\n" : "\r\n");
  }
}
static void putf(Conn& c, const char* f, ...) {
  char b[1024];
  va_list a;
  va_start(a, f);
  int n = vsnprintf(b, sizeof b, f, a);
  va_end(a);
  put(c, b, n);
}
static void put_msg(Conn& c, u32 sid, u32 seq, u64 ts) {
  char m[1024], h[64];
  int n = snprintf(h, sizeof h, "#%u:%u:%llu#", sid, seq, (unsigned long long)(ts - t_origin));
  int B = std::max<int>(o.bytes, n);
  int k = 0;
  if (is_irc()) k = snprintf(m, sizeof m, "PRIVMSG #r%u :", c.group);
  if (o.proto == SIO) k = snprintf(m, sizeof m, "42[\"m\",\"");
  if (o.proto == NATS) k = snprintf(m, sizeof m, "PUB r%u %d\r\n", c.group, B);
  memcpy(m + k, h, n);
  memset(m + k + n, 'x', B - n);
  k += B;
  if (o.proto == SIO) {
    memcpy(m + k, "\"]", 2);
    k += 2;
  }
  put(c, m, k);
}
// Whether a line that came tells a client of the line protocol that it is ready: it holds --greet,
// or, where that has the connection's number in it ("is now u%u"), ends with it.
static bool greets(const Conn& c, const char* p, size_t n) {
  if (o.greet.empty()) return false;
  if (o.greet.find("%u") == std::string::npos)
    return memmem(p, n, o.greet.data(), o.greet.size()) != nullptr;
  char b[256];
  size_t k = snprintf(b, sizeof b, o.greet.c_str(), c.idx);
  return n >= k && !memcmp(p + n - k, b, k);
}
static void become(Conn& c, St s) {
  c.st = s;
  if (s == READY) ready_cnt++;
  if (state_hook) state_hook(c);
}
static void hello(Conn& c) {  // transport is up
  c.st = REGISTER;
  switch (o.proto) {
    case IRC:
    case WSIRC:
      putf(c, "NICK u%u", c.idx);
      putf(c, "USER u 0 * :u");
      break;
    case NATS:
      putf(c, "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":%s}",
           o.echo == 1 ? "true" : "false");
      if (!(c.sender && o.nosub)) putf(c, "SUB r%u 1", c.group);
      putf(c, "PING");
      break;
    case LINE:
    case WSLINE:
      if (o.hello.size()) {
        char b[256];
        snprintf(b, sizeof b, o.hello.c_str(), c.idx);
        put(c, b, strlen(b));
      }
      if (o.join.size()) {
        char b[256], r[32];
        snprintf(r, sizeof r, "r%u", c.group);
        snprintf(b, sizeof b, o.join.c_str(), r);
        put(c, b, strlen(b));
      }
      if (o.greet.empty()) become(c, READY);
      break;
    case SIO:
      break;
  }
  if (c.st != CLOSED && c.out.size()) flush(c);
}
static void on_connected(Conn& c) {
  if (is_ws()) {
    c.st = UPGRADING;
    char b[1024];
    char path[256], room[32];
    snprintf(room, sizeof room, "r%u", c.group);
    snprintf(path, sizeof path, o.wspath.c_str(), room);  // "%s" in the path is the room
    std::string sub = o.wssub.size() ? "Sec-WebSocket-Protocol: " + o.wssub + "\r\n" : "";
    int n =
        snprintf(b, sizeof b,
                 "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Origin: http://127.0.0.1\r\nSec-WebSocket-Key: "
                 "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                 path, o.host.c_str(), o.port, sub.c_str());
    c.out.append(b, n);
    flush(c);
  } else
    hello(c);
}
static void start(Conn& c) {
  c.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c.fd < 0) die("socket: %s (raise the fd limit, or lower n)", strerror(errno));
  int one = 1;
  setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (c.slow) setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &o.slow_rcvbuf, sizeof(int));
  if (o.src > 1) {
    setsockopt(c.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    sockaddr_in b{};
    b.sin_family = AF_INET;
    b.sin_addr.s_addr = htonl(0x7f000002u + c.idx % o.src);
    if (bind(c.fd, (sockaddr*)&b, sizeof b)) die("bind: %s", strerror(errno));
  }
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(o.port);
  inet_pton(AF_INET, o.host.c_str(), &a.sin_addr);
  if ((ntohl(a.sin_addr.s_addr) >> 24) != 127)
    die("refusing to load %s: loopback only", o.host.c_str());
  c.st = CONNECTING;
  c.carry.clear();
  c.out.clear();
  c.off = 0;
  c.wantw = true;
  c.quitting = c.paused = false;
  c.t0 = now_ns();
  int r = connect(c.fd, (sockaddr*)&a, sizeof a);
  if (r && errno != EINPROGRESS) die("connect: %s", strerror(errno));
  epoll_event e;
  e.data.u64 = c.idx;
  e.events = EPOLLIN | EPOLLOUT;
  epoll_ctl(ep, EPOLL_CTL_ADD, c.fd, &e);
}
static void ring_done(Sender& s) {
  while (s.base < s.next && s.left[s.base % o.window] == 0) s.base++;
}
static void lose(Conn& c, const char* why) {
  if (c.st == CLOSED) return;
  bool was_ready = c.st == READY;
  close(c.fd);
  c.fd = -1;
  c.st = CLOSED;
  if (c.quitting || (state_hook && !running)) {
    if (state_hook) state_hook(c);
    return;
  }
  if (!was_ready) {
    failed_cnt++;
    if (err_shown++ < 5)
      fprintf(stderr, "chatload: connection %u failed before ready: %s\n", c.idx, why);
    return;
  }
  ready_cnt--;
  st.dropped++;
  if (err_shown++ < 5) fprintf(stderr, "chatload: connection %u dropped: %s\n", c.idx, why);
  Group& g = grp[c.group];
  if (!c.nocount) {
    g.live--;
    for (u32 l = 0; l < g.senders; l++) {
      Sender& s = snd[g.first + l];
      if (s.c == &c && o.echo != 1) continue;
      for (u32 q = std::max(c.exp[l], s.base); q < s.next; q++) {
        u32& left = s.left[q % o.window];
        if (left) left--;
        st.dropped_undeliv++;
      }
      ring_done(s);
    }
  }
  if (state_hook) state_hook(c);
}
static inline u64 mix(u64 h, u64 v) {
  h ^= v + 0x9e3779b97f4a7c15ull;
  h *= 0xff51afd7ed558ccdull;
  return h ^ (h >> 32);
}
static void on_marker(Conn& c, u32 sid, u32 seq, u64 ts) {
  if (connect_hook) return connect_hook(c, sid, seq);
  if (sid >= snd.size() || seq >= snd[sid].next) {
    st.bogus++;
    return;
  }
  Sender& s = snd[sid];
  if (s.group != c.group) {
    st.stray++;
    return;
  }
  if (s.c == &c && o.echo != 1) {
    st.selfecho++;
    return;
  }
  if (seq < s.rep0) {
    st.late++;
    return;
  }
  u32 l = sid - grp[c.group].first;
  u32& e = c.exp[l];
  if (seq == e)
    e++;
  else if (seq > e) {
    c.gaps.push_back({l, e, seq});
    e = seq + 1;
  } else {
    bool found = false;
    for (size_t i = 0; i < c.gaps.size(); i++) {
      Gap g = c.gaps[i];
      if (g.local == l && seq >= g.a && seq < g.b) {
        c.gaps.erase(c.gaps.begin() + i);
        if (seq > g.a) c.gaps.push_back({l, g.a, seq});
        if (seq + 1 < g.b) c.gaps.push_back({l, seq + 1, g.b});
        found = true;
        break;
      }
    }
    if (!found) {
      st.dup++;
      return;
    }
    st.ooo++;
  }
  c.got++;
  c.hash = mix(c.hash, ((u64)sid << 32) | seq);
  if (c.nocount) return;
  st.deliv++;
  u64 t = rnow - t_origin;
  lat.add(t > ts ? t - ts : 0);
  last_progress = rnow;
  if (seq >= s.base) {
    u32& left = s.left[seq % o.window];
    if (left && --left == 0 && seq == s.base) ring_done(s);
  }
}
static bool marker(Conn& c, const char* p, const char* e) {
  bool any = false;
  while ((p = (const char*)memchr(p, '#', e - p))) {
    const char* q = ++p;
    u64 v[3] = {0, 0, 0};
    int k = 0;
    for (; k < 3; k++) {
      const char* s = q;
      while (q < e && (unsigned)(*q - '0') < 10) v[k] = v[k] * 10 + (*q++ - '0');
      if (q == s || q >= e || *q != (k < 2 ? ':' : '#')) break;
      q++;
    }
    if (k == 3) {
      on_marker(c, v[0], v[1], v[2]);
      any = true;
      if (c.st == CLOSED) return true;
      p = q;
    }
  }
  return any;
}
static void on_line(Conn& c, const char* p, size_t n) {
  while (n && (p[n - 1] == '\r' || p[n - 1] == '\n')) n--;
  if ((c.st == READY || connect_hook) && marker(c, p, p + n)) return;
  if (c.st == CLOSED) return;
  switch (o.proto) {
    case IRC:
    case WSIRC: {
      if (n >= 5 && !memcmp(p, "PING ", 5)) {
        putf(c, "PONG %.*s", (int)std::min<size_t>(n - 5, 400), p + 5);
        return flush(c);
      }
      if (n >= 5 && !memcmp(p, "ERROR", 5)) {
        if (!c.quitting && err_shown++ < 5)
          fprintf(stderr, "chatload: %u: %.*s\n", c.idx, (int)n, p);
        return;
      }
      if (c.st == READY || n < 6 || p[0] != ':') return;
      const char* sp = (const char*)memchr(p, ' ', n);
      if (!sp || sp + 4 > p + n) return;
      if (c.st == REGISTER && !memcmp(sp + 1, "001", 3)) {
        if (!o.dojoin) return become(c, READY);
        c.st = JOINING;
        putf(c, "JOIN #r%u", c.group);
        return flush(c);
      }
      if (c.st == REGISTER && sp[1] == '4' && sp[4] == ' ' && memcmp(sp + 1, "422", 3)) {
        if (err_shown++ < 5) fprintf(stderr, "chatload: %u: %.*s\n", c.idx, (int)n, p);
      }
      if (c.st == JOINING && !memcmp(sp + 1, "366", 3)) return become(c, READY);
      return;
    }
    case NATS:
      if (n >= 4 && !memcmp(p, "PING", 4)) {
        putf(c, "PONG");
        return flush(c);
      }
      if (n >= 4 && !memcmp(p, "PONG", 4) && c.st == REGISTER) return become(c, READY);
      if (n >= 4 && !memcmp(p, "-ERR", 4) && err_shown++ < 5)
        fprintf(stderr, "chatload: %u: %.*s\n", c.idx, (int)n, p);
      return;
    case SIO:
      if (n >= 1 && p[0] == '0') {
        putf(c, "40");
        return flush(c);
      }
      if (n >= 2 && p[0] == '4' && p[1] == '0' && c.st == REGISTER) return become(c, READY);
      if (n == 1 && p[0] == '2') {
        putf(c, "3");
        return flush(c);
      }
      return;
    default:
      if (c.st == REGISTER && greets(c, p, n)) become(c, READY);
  }
}
// Consumes what it can of [p,e); returns the first byte not consumed.
static const char* consume(Conn& c, const char* p, const char* e) {
  if (c.st == UPGRADING) {
    const char* h = (const char*)memmem(p, e - p, "\r\n\r\n", 4);
    if (!h) return p;
    if (e - p < 12 || memcmp(p + 8, " 101", 4)) {
      lose(c, "no 101");
      return e;
    }
    p = h + 4;
    hello(c);
  }
  if (!is_ws()) {
    while (p < e) {
      const char* nl = (const char*)memchr(p, '\n', e - p);
      if (!nl) {
        // A greeting or prompt may come without a newline.
        if (c.st == REGISTER && o.proto == LINE && o.greet.find("%u") == std::string::npos &&
            greets(c, p, e - p)) {
          become(c, READY);
          return e;
        }
        return p;
      }
      on_line(c, p, nl - p);
      p = nl + 1;
      if (c.st == CLOSED) return e;
    }
    return p;
  }
  while (e - p >= 2) {
    unsigned op = p[0] & 15;
    u64 n = p[1] & 127;
    const char* q = p + 2;
    if (n == 126) {
      if (e - p < 4) return p;
      n = ((unsigned char)p[2] << 8) | (unsigned char)p[3];
      q = p + 4;
    } else if (n == 127) {
      if (e - p < 10) return p;
      n = 0;
      for (int i = 0; i < 8; i++) n = n << 8 | (unsigned char)p[2 + i];
      q = p + 10;
    }
    if ((u64)(e - q) < n) return p;
    if (op == 9) {
      put_ws(c.out, q, n, 10);
      flush(c);
    } else if (op == 8) {
      lose(c, "websocket close");
      return e;
    } else if (op <= 2)
      on_line(c, q, n);
    if (c.st == CLOSED) return e;
    p = q + n;
  }
  return p;
}
static char rbuf[256 * 1024];
static void on_read(Conn& c) {
  ssize_t n = recv(c.fd, rbuf, sizeof rbuf, 0);
  if (n < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    return lose(c, strerror(errno));
  }
  if (n == 0) return lose(c, "closed by the server");
  rnow = now_ns();
  st.bytes += n;
  st.reads++;
  if (c.carry.empty()) {
    const char* p = consume(c, rbuf, rbuf + n);
    if (c.st != CLOSED && p < rbuf + n) c.carry.assign(p, rbuf + n - p);
  } else {
    std::string t;
    t.swap(c.carry);
    t.append(rbuf, n);
    const char* p = consume(c, t.data(), t.data() + t.size());
    if (c.st != CLOSED && p < t.data() + t.size()) c.carry.assign(p, t.data() + t.size() - p);
  }
}
static void poll_once(u64 timeout_ns) {
  static epoll_event ev[1024];
  timespec ts = {(time_t)(timeout_ns / 1000000000ull), (long)(timeout_ns % 1000000000ull)};
  int n = epoll_pwait2(ep, ev, 1024, &ts, nullptr);
  for (int i = 0; i < n; i++) {
    Conn& c = conns[ev[i].data.u64];
    if (c.fd < 0) continue;
    u32 e = ev[i].events;
    if (c.st == CONNECTING && (e & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
      int err = 0;
      socklen_t l = sizeof err;
      getsockopt(c.fd, SOL_SOCKET, SO_ERROR, &err, &l);
      if (err) {
        lose(c, strerror(err));
        continue;
      }
      c.wantw = false;
      arm(c);
      on_connected(c);
      continue;
    }
    if (c.paused && (e & (EPOLLERR | EPOLLHUP))) {
      lose(c, "reset while not reading");
      continue;
    }
    if (e & EPOLLOUT) flush(c);
    if (c.fd >= 0 && (e & (EPOLLIN | EPOLLERR | EPOLLHUP))) on_read(c);
  }
}
static void run_for(double s) {
  u64 end = now_ns() + (u64)(s * 1e9);
  while (now_ns() < end) poll_once(std::min<u64>(end - now_ns(), 50000000ull));
}

// ---------------------------------------------------------------- set-up
static bool connect_all(double limit = 240) {
  u32 next = 0, nconn = conns.size();
  u64 t0 = now_ns(), end = t0 + (u64)(limit * 1e9);
  while (ready_cnt + failed_cnt < nconn && now_ns() < end) {
    while (next < nconn && next - ready_cnt - failed_cnt < (u32)o.conc) start(conns[next++]);
    poll_once(10000000);
  }
  double dt = (now_ns() - t0) / 1e9;
  if (ready_cnt < nconn) {
    fprintf(stderr, "chatload: only %u of %u connections became ready in %.1f s (%u failed)\n",
            ready_cnt, nconn, dt, failed_cnt);
    return false;
  }
  fprintf(stderr, "chatload: %u connections ready in %.2f s\n", nconn, dt);
  return true;
}
static void send_one(Sender& s, u64 ts) {
  Group& g = grp[s.group];
  u32 want = g.live;
  if (o.echo != 1 && !s.c->nocount) want--;
  s.left[s.next % o.window] = want;
  put_msg(*s.c, s.c->sid, s.next, ts);
  s.next++;
  st.sent++;
  if (!want) ring_done(s);
}
static void reset_rep() {
  st = {};
  lat.clear();
  for (auto& s : snd) {
    s.rep0 = s.base = s.next;
    std::fill(s.left.begin(), s.left.end(), 0);
  }
  for (auto& c : conns) {
    c.hash = c.got = 0;
    c.gaps.clear();
    for (u32 l = 0; l < c.exp.size(); l++) c.exp[l] = snd[grp[c.group].first + l].next;
  }
}
// Each group's first sender talks until one message of its reaches everybody.
static bool probe(double limit = 60) {
  u64 end = now_ns() + (u64)(limit * 1e9);
  for (auto& g : grp) {
    Sender& s = snd[g.first];
    bool ok = false;
    while (!ok && now_ns() < end) {
      if (s.c->st != READY) return false;
      s.base = s.next;
      send_one(s, now_ns());
      flush(*s.c);
      u64 t = now_ns() + 2000000000ull;
      while (s.base < s.next && now_ns() < t) poll_once(20000000);
      ok = s.base == s.next;
    }
    if (!ok) {
      fprintf(stderr, "chatload: no message reached everybody\n");
      return false;
    }
  }
  return true;
}
static void layout_fanout(u32 n, u32 s) {
  conns = std::vector<Conn>(n + s);
  snd = std::vector<Sender>(s);
  grp = std::vector<Group>(1);
  grp[0].senders = s;
  for (u32 i = 0; i < n + s; i++) {
    conns[i].idx = i;
    conns[i].exp.assign(s, 0);
    if (i >= n) {
      conns[i].sender = true;
      conns[i].sid = i - n;
      snd[i - n].c = &conns[i];
    }
    grp[0].members.push_back(&conns[i]);
  }
}
// The room of connection i, of r rooms: its members are not adjacent in connection order, so that a
// server that hands out connections in turn does not get rooms that fit its workers.
static u32 room_of(u32 i, u32 r) { return (i + i / r) % r; }
static void layout_rooms(u32 r, u32 k) {
  conns = std::vector<Conn>(r * k);
  snd = std::vector<Sender>(r * k);
  grp = std::vector<Group>(r);
  for (u32 i = 0; i < r * k; i++) {
    u32 g = room_of(i, r);
    conns[i].idx = i;
    conns[i].group = g;
    conns[i].exp.assign(k, 0);
    conns[i].sender = true;
    u32 sid = g * k + i / r;
    conns[i].sid = sid;
    snd[sid].c = &conns[i];
    snd[sid].group = g;
    grp[g].first = g * k;
    grp[g].senders = k;
    grp[g].members.push_back(&conns[i]);
  }
}
static void finish_layout() {
  for (auto& g : grp) {
    g.live = 0;
    for (auto c : g.members)
      if (!c->nocount && !(c->sender && o.nosub)) g.live++;
  }
  if (o.nosub)
    for (auto& c : conns)
      if (c.sender) c.nocount = true;
  for (auto& s : snd) s.left.assign(o.window, 0);
}

// ---------------------------------------------------------------- one measured run
struct Result {
  double wall, cpu_u, cpu_s, self, other;
  u64 lost, stalled, order_groups, order_same;
};
static u64 total_out() {
  u64 t = 0;
  for (auto& s : snd) t += s.next - s.base;
  return t;
}
static Result measure(double secs, bool mem = false, std::vector<Mem>* samples = nullptr) {
  Result r{};
  reset_rep();
  running = true;
  Cpu c0 = server_cpu();
  double self0 = self_cpu(), busy0 = machine_busy();
  u64 t0 = now_ns(), end = t0 + (u64)(secs * 1e9);
  last_progress = t0;
  double gap = o.rate > 0 ? 1e9 / o.rate : 0;
  for (size_t i = 0; i < snd.size(); i++) snd[i].due = t0 + 1000000 + (u64)(gap * i / snd.size());
  u64 next_sample = t0;
  bool stalled = false;
  u64 tlast = t0;
  for (;;) {
    u64 t = now_ns();
    if (mem && t >= next_sample) {
      samples->push_back(server_mem());
      next_sample = t + 250000000ull;
    }
    bool sending = t < end;
    u64 wait = 20000000;
    if (sending) {
      for (auto& s : snd) {
        if (s.c->st != READY) continue;
        if (o.active && (u32)(&s - &snd[0]) - grp[s.group].first >= o.active) continue;
        if (gap > 0) {
          while (s.due <= t && s.next - s.base < o.window) {
            send_one(s, s.due);
            s.due += (u64)gap;
          }
          if (s.due > t) wait = std::min(wait, s.due - t);
        } else
          while (s.next - s.base < o.window && s.c->out.size() < 65536) send_one(s, t);
        if (s.c->out.size() && !s.c->wantw) flush(*s.c);
      }
    } else {
      bool done = true;
      for (auto& s : snd)
        if (s.base < s.next) {
          done = false;
          break;
        }
      if (done) break;
    }
    if (t - last_progress > (u64)(o.stall * 1e9) && total_out()) {
      stalled = true;
      break;
    }
    poll_once(wait);
    tlast = now_ns();
  }
  r.wall = std::max<u64>((stalled ? last_progress : tlast) - t0, 1000000) / 1e9;
  Cpu c1 = server_cpu();
  r.cpu_u = c1.u - c0.u;
  r.cpu_s = c1.s - c0.s;
  r.self = self_cpu() - self0;
  r.other = machine_busy() - busy0 - r.self - r.cpu_u - r.cpu_s;
  r.stalled = stalled;
  for (auto& c : conns) {
    if (c.st != READY || c.nocount) continue;
    for (auto& g : c.gaps) r.lost += g.b - g.a;
    for (u32 l = 0; l < c.exp.size(); l++) {
      Sender& s = snd[grp[c.group].first + l];
      if (s.c == &c && o.echo != 1) continue;
      r.lost += s.next - c.exp[l];
    }
  }
  // Same total order: among pure receivers (or everybody, with echo), the share
  // whose sequence of (sender,seq) equals the commonest one.
  std::map<u64, u64> h;
  for (auto& c : conns)
    if (grp.size() == 1 && c.st == READY && !c.nocount && (!c.sender || o.echo == 1)) {
      h[c.hash]++;
      r.order_groups++;
    }
  for (auto& x : h) r.order_same = std::max(r.order_same, x.second);
  running = false;
  return r;
}
static void report(const char* phase, int rep, const Result& r) {
  double m = st.deliv / 1e6, cpu = r.cpu_u + r.cpu_s;
  char order[48];
  if (!r.order_groups)
    snprintf(order, sizeof order, "null");
  else
    snprintf(order, sizeof order, "%.4f", (double)r.order_same / r.order_groups);
  printf(
      "{\"label\":\"%s\",\"mode\":\"%s\",\"phase\":\"%s\",\"rep\":%d,\"n\":%zu,\"s\":%zu,\"rooms\":"
      "%zu,\"bytes\":%u,\"active\":%u,\"window\":%u,\"rate\":%g,"
      "\"wall\":%.3f,\"sent\":%llu,\"deliveries\":%llu,\"deliv_per_s\":%.0f,\"msgs_per_s\":%.0f,"
      "\"lost\":%llu,\"dup\":%llu,\"out_of_order\":%llu,\"same_order\":%s,\"dropped\":%llu,"
      "\"undelivered_to_dropped\":%llu,\"stray\":%llu,\"bogus\":%llu,\"self_echo\":%llu,\"late\":%"
      "llu,\"stalled\":%llu,"
      "\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f,"
      "\"server_cpu_s\":%.2f,\"server_user_s\":%.2f,\"server_sys_s\":%.2f,\"cpu_s_per_M\":%.3f,"
      "\"user_s_per_M\":%.3f,\"client_cpu_s\":%.2f,\"other_cpu_s\":%.2f,\"reads_per_deliv\":%.3f,"
      "\"rx_bytes_per_deliv\":%.1f}\n",
      o.label.c_str(), o.mode.c_str(), phase, rep,
      conns.size() - (grp.size() == 1 ? snd.size() : 0), snd.size(), grp.size(), o.bytes,
      o.active ? o.active : grp[0].senders, o.window, o.rate, r.wall, (unsigned long long)st.sent,
      (unsigned long long)st.deliv, st.deliv / r.wall, st.sent / r.wall, (unsigned long long)r.lost,
      (unsigned long long)st.dup, (unsigned long long)st.ooo, order, (unsigned long long)st.dropped,
      (unsigned long long)st.dropped_undeliv, (unsigned long long)st.stray,
      (unsigned long long)st.bogus, (unsigned long long)st.selfecho, (unsigned long long)st.late,
      (unsigned long long)r.stalled, lat.q(.5), lat.q(.99), lat.q(.999), lat.mx / 1e3, cpu, r.cpu_u,
      r.cpu_s, m > 0 ? cpu / m : 0, m > 0 ? r.cpu_u / m : 0, r.self, r.other,
      st.deliv ? (double)st.reads / st.deliv : 0, st.deliv ? (double)st.bytes / st.deliv : 0);
  fflush(stdout);
}

// ---------------------------------------------------------------- modes
static int mode_traffic() {
  if (o.mode == "rooms")
    layout_rooms(o.rooms, o.k);
  else
    layout_fanout(o.n, o.s);
  finish_layout();
  if (!connect_all()) return 1;
  run_for(o.settle);
  if (!probe()) return 1;
  // A plan is "name:senders,window,rate;..." over the same connections.
  struct Phase {
    std::string name;
    u32 active, window;
    double rate;
  };
  std::vector<Phase> ph;
  if (o.plan.empty()) ph.push_back({"run", 0, o.window, o.rate});
  for (char* p = strtok(&o.plan[0], ";"); p; p = strtok(nullptr, ";")) {
    char nm[64];
    Phase f;
    if (sscanf(p, "%63[^:]:%u,%u,%lf", nm, &f.active, &f.window, &f.rate) != 4)
      die("bad plan: %s", p);
    f.name = nm;
    if (f.rate > 0) f.window = 4096;
    ph.push_back(f);
  }
  for (auto& f : ph) {
    o.active = f.active;
    o.rate = f.rate;
    o.window = std::max(1u, f.window);
    for (auto& s : snd) {
      s.base = s.next;
      s.left.assign(o.window, 0);
    }
    for (int i = -o.warm; i < o.reps; i++) {
      Result r = measure(i < 0 ? std::min(o.secs, 0.3) : o.secs);
      if (i >= 0) report(f.name.c_str(), i, r);
      if (r.stalled && i < 0) fprintf(stderr, "chatload: stalled in the warm-up\n");
      run_for(r.stalled ? 1.0 : 0.05);
    }
  }
  return 0;
}

// Some receivers stop reading: the others' latency, the server's memory, the slow ones' fate.
static int mode_slow() {
  layout_fanout(o.n, o.s);
  for (int i = 0; i < o.slow; i++) conns[i].slow = true;
  finish_layout();
  if (!connect_all()) return 1;
  run_for(o.settle);
  if (!probe()) return 1;
  std::vector<Mem> s0, s1;
  Mem m0 = server_mem(true);
  Result r0 = measure(o.secs, true, &s0);
  report("all-reading", 0, r0);
  for (int i = 0; i < o.slow; i++) {
    Conn& c = conns[i];
    c.paused = c.nocount = true;
    grp[0].live--;
    arm(c);
  }
  Result r1 = measure(o.secs, true, &s1);
  report("some-not-reading", 0, r1);
  Mem m1 = server_mem(true);
  long peak0 = 0, peak1 = 0;
  for (auto& m : s0) peak0 = std::max(peak0, m.pss);
  for (auto& m : s1) peak1 = std::max(peak1, m.pss);
  u32 reset = 0;
  for (int i = 0; i < o.slow; i++) reset += conns[i].st == CLOSED;
  u64 sent = st.sent;
  // Now let the slow ones read again: end of file means that the server had dropped them.
  o.mode = "slow-resume";
  for (int i = 0; i < o.slow; i++)
    if (conns[i].st == READY) {
      conns[i].paused = false;
      conns[i].got = 0;
      arm(conns[i]);
    }
  err_shown = 0;
  run_for(3);
  u32 eof = 0;
  u64 got = 0, mn = ~0ull, mx = 0;
  for (int i = 0; i < o.slow; i++) {
    eof += conns[i].st == CLOSED;
    got += conns[i].got;
    mn = std::min(mn, conns[i].got);
    mx = std::max(mx, conns[i].got);
  }
  printf(
      "{\"label\":\"%s\",\"mode\":\"slow\",\"phase\":\"verdict\",\"n\":%u,\"slow\":%d,\"sent\":%"
      "llu,\"pss_before_kb\":%ld,\"pss_peak_reading_kb\":%ld,\"pss_peak_slow_kb\":%ld,"
      "\"pss_end_kb\":%ld,\"server_fds_before\":%ld,\"server_fds_after\":%ld,\"reset_while_slow\":%"
      "u,\"closed_after_resume\":%u,\"slow_got_min\":%llu,\"slow_got_max\":%llu}\n",
      o.label.c_str(), o.n, o.slow, (unsigned long long)sent, m0.pss, peak0, peak1, m1.pss, m0.fds,
      m1.fds, reset, eof, (unsigned long long)mn, (unsigned long long)mx);
  return 0;
}

// connect + register (or first line, seen by an observer), then leave.
static u64 cr_done, cr_fail;
static std::vector<u32> cr_gen, cr_free;
static Hist cr_lat;
static void cr_finish(Conn& c, bool ok) {
  if (c.quitting) return;  // already counted
  c.quitting = true;
  ok ? cr_done++ : cr_fail++;
  if (ok) cr_lat.add(now_ns() - c.t0);
}
static void cr_close(Conn& c) {
  if (c.fd >= 0) close(c.fd);
  c.fd = -1;
  c.st = IDLE;
  cr_free.push_back(c.idx);
}
static int mode_connect() {
  bool line = o.proto == LINE;
  layout_fanout(o.conc + 1, 0);  // slot 0 is the observer (line protocol only)
  if (line) {
    start(conns[0]);
    while (conns[0].st != READY && conns[0].st != CLOSED) poll_once(10000000);
    if (conns[0].st != READY) return 1;
    run_for(o.settle);
  }
  o.dojoin = 0;
  cr_gen.assign(conns.size(), 0);
  for (u32 i = 1; i < conns.size(); i++) cr_free.push_back(i);
  state_hook = [](Conn& c) {
    if (c.idx == 0) return;
    if (c.st == READY) {
      if (o.proto == LINE) {
        put_msg(c, c.idx, cr_gen[c.idx], now_ns());
        return flush(c);
      }
      cr_finish(c, true);
      if (!is_irc()) return cr_close(c);
      putf(c, "QUIT :x");  // and the server closes
      flush(c);
    } else if (c.st == CLOSED) {
      cr_finish(c, false);
      cr_close(c);
    }
  };
  connect_hook = [](Conn& c, u32 sid, u32 seq) {
    if (c.idx != 0 || sid >= conns.size() || sid == 0) return;
    Conn& d = conns[sid];
    if (d.st != READY || seq != cr_gen[sid]) return;
    cr_finish(d, true);
    cr_close(d);
  };
  for (int rep = -o.warm; rep < o.reps; rep++) {
    cr_done = cr_fail = 0;
    cr_lat.clear();
    Cpu c0 = server_cpu();
    double self0 = self_cpu();
    u64 t0 = now_ns(), end = t0 + (u64)((rep < 0 ? 0.5 : o.secs) * 1e9), t;
    while ((t = now_ns()) < end || (cr_free.size() + 1 < conns.size() && t < end + 2000000000ull)) {
      while (t < end && !cr_free.empty()) {
        Conn& c = conns[cr_free.back()];
        cr_free.pop_back();
        cr_gen[c.idx]++;
        start(c);
      }
      poll_once(5000000);
    }
    double dt = (now_ns() - t0) / 1e9;
    u64 stuck = 0;
    for (u32 i = 1; i < conns.size(); i++)
      if (conns[i].fd >= 0) {
        stuck++;
        conns[i].quitting = true;
        cr_close(conns[i]);
      }
    Cpu c1 = server_cpu();
    if (rep >= 0)
      printf(
          "{\"label\":\"%s\",\"mode\":\"connect\",\"rep\":%d,\"conc\":%d,\"wall\":%.3f,\"done\":%"
          "llu,\"failed\":%llu,\"stuck\":%llu,\"conn_per_s\":%.0f,\"p50_us\":%.1f,\"p99_us\":%.1f,"
          "\"server_cpu_s\":%.2f,\"cpu_ms_per_1000\":%.1f,\"client_cpu_s\":%.2f}\n",
          o.label.c_str(), rep, o.conc, dt, (unsigned long long)cr_done,
          (unsigned long long)cr_fail, (unsigned long long)stuck, cr_done / dt, cr_lat.q(.5),
          cr_lat.q(.99), c1.sum() - c0.sum(), cr_done ? (c1.sum() - c0.sum()) * 1e6 / cr_done : 0,
          self_cpu() - self0);
    fflush(stdout);
    run_for(0.2);
  }
  return 0;
}

// The server's CPU seconds a second, once it has nothing to do: that is, below `quiet` or no longer
// falling when the time is up.
static double wait_until_idle(double quiet, double limit) {
  u64 end = now_ns() + (u64)(limit * 1e9);
  for (;;) {
    double before = server_cpu().sum();
    u64 t0 = now_ns();
    usleep(1000000);
    double rate = (server_cpu().sum() - before) / ((now_ns() - t0) / 1e9);
    if (rate < quiet || now_ns() > end) return rate;
  }
}

// A helper of mode_idle: holds connections base..base+k-1, says through `report` how many are
// ready, and reads and answers PINGs until `until` ends.
[[noreturn]] static void hold_idle(u32 base, u32 k, int report, int until) {
  ep = epoll_create1(0);
  conns = std::vector<Conn>(base + k);  // numbered across helpers: nicks and addresses differ
  grp = std::vector<Group>(1);
  u32 rooms = o.k ? std::max<u32>(1, o.n / o.k) : 1;
  for (u32 i = 0; i < conns.size(); i++) {
    conns[i].idx = i;
    conns[i].group = o.k ? room_of(i, rooms) : 0;
  }
  u32 next = base;
  u64 end = now_ns() + 240000000000ull;
  while (ready_cnt + failed_cnt < k && now_ns() < end) {
    while (next < base + k && next - base - ready_cnt - failed_cnt < (u32)o.conc)
      start(conns[next++]);
    poll_once(10000000);
  }
  u32 v[2] = {ready_cnt, failed_cnt};
  if (write(report, v, sizeof v) != sizeof v) _exit(1);
  fcntl(until, F_SETFL, fcntl(until, F_GETFL) | O_NONBLOCK);
  char b;
  while (read(until, &b, 1) != 0) poll_once(20000000);
  _exit(0);
}

// N connections that say nothing: irc ones registered and, unless --k 0, in rooms of --k; line ones
// as --hello and --greet make them. Forks helpers of 15000 each, as one process may not hold them
// all. Memory is read when the server has come to rest.
static int mode_idle() {
  if (!o.k) o.dojoin = 0;
  Mem m0 = server_mem();
  const u32 per = 15000;
  std::vector<std::pair<int, int>> kids;  // read end, pid
  std::vector<int> hold;
  u64 t0 = now_ns();
  for (u32 base = 0; base < o.n; base += per) {
    int p[2], q[2];
    if (pipe(p) || pipe(q)) die("pipe");
    pid_t pid = fork();
    if (pid == 0) {
      close(p[0]);
      close(q[1]);
      for (int h : hold) close(h);
      hold_idle(base, std::min(o.n - base, per), p[1], q[0]);
    }
    close(p[1]);
    close(q[0]);
    u32 v[2] = {0, 0};
    if (read(p[0], v, sizeof v) != sizeof v) die("idle helper died");
    ready_cnt += v[0];
    failed_cnt += v[1];
    kids.push_back({p[0], pid});
    hold.push_back(q[1]);
  }
  double setup = (now_ns() - t0) / 1e9;
  wait_until_idle(0.02, 60);
  Mem m1 = server_mem(true);
  double busy = wait_until_idle(0, 3);
  auto per_conn = [](long kb) { return ready_cnt ? kb * 1024.0 / ready_cnt : 0; };
  printf(
      "{\"label\":\"%s\",\"mode\":\"idle\",\"n\":%u,\"ready\":%u,\"failed\":%u,\"setup_s\":%.2f,"
      "\"pss_before_kb\":%ld,\"pss_kb\":%ld,\"rss_before_kb\":%ld,\"rss_kb\":%ld,"
      "\"memfd_before_kb\":%ld,\"memfd_kb\":%ld,\"pss_bytes_per_conn\":%.0f,\"rss_bytes_per_conn\":"
      "%."
      "0f,\"server_fds\":%ld,\"idle_cpu_ms_per_s\":%.1f}\n",
      o.label.c_str(), o.n, ready_cnt, failed_cnt, setup, m0.pss, m1.pss, m0.rss, m1.rss, m0.memfd,
      m1.memfd, per_conn(m1.pss - m0.pss), per_conn(m1.rss - m0.rss), m1.fds, busy * 1000);
  for (int h : hold) close(h);
  for (auto& k : kids) waitpid(k.second, nullptr, 0);
  return 0;
}

int main(int argc, char** argv) {
  t_origin = now_ns();
  signal(SIGPIPE, SIG_IGN);
  alarm(590);
  rlimit rl;
  getrlimit(RLIMIT_NOFILE, &rl);
  rlim_t want = 1048576;
  rlimit up = {want, want};
  if (setrlimit(RLIMIT_NOFILE, &up)) {
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
  }
  int i = 1;
  if (argc > 1 && argv[1][0] != '-') o.mode = argv[i++];
  for (; i < argc; i++) {
    std::string k = argv[i];
    auto v = [&]() -> const char* {
      if (i + 1 >= argc) die("%s wants a value", k.c_str());
      return argv[++i];
    };
    if (k == "--proto") {
      std::string p = v();
      const char* names[] = {"line", "irc", "ws-irc", "ws-line", "nats", "sio"};
      int f = -1;
      for (int j = 0; j < 6; j++)
        if (p == names[j]) f = j;
      if (f < 0) die("unknown protocol %s", p.c_str());
      o.proto = (Proto)f;
    } else if (k == "--host")
      o.host = v();
    else if (k == "--port")
      o.port = atoi(v());
    else if (k == "--label")
      o.label = v();
    else if (k == "--greet")
      o.greet = v();
    else if (k == "--hello")
      o.hello = v();
    else if (k == "--join")
      o.join = v();
    else if (k == "--ws-path")
      o.wspath = v();
    else if (k == "--ws-subproto")
      o.wssub = v();
    else if (k == "--n")
      o.n = atoi(v());
    else if (k == "--s")
      o.s = atoi(v());
    else if (k == "--bytes")
      o.bytes = std::min(900, atoi(v()));
    else if (k == "--rooms")
      o.rooms = atoi(v());
    else if (k == "--k")
      o.k = atoi(v());
    else if (k == "--window")
      o.window = std::max(1, atoi(v()));
    else if (k == "--rate")
      o.rate = atof(v());
    else if (k == "--secs")
      o.secs = atof(v());
    else if (k == "--settle")
      o.settle = atof(v());
    else if (k == "--stall")
      o.stall = atof(v());
    else if (k == "--plan")
      o.plan = v();
    else if (k == "--reps")
      o.reps = atoi(v());
    else if (k == "--warm")
      o.warm = atoi(v());
    else if (k == "--echo")
      o.echo = atoi(v());
    else if (k == "--conc")
      o.conc = std::max(1, atoi(v()));
    else if (k == "--src")
      o.src = std::min(200, atoi(v()));
    else if (k == "--slow")
      o.slow = atoi(v());
    else if (k == "--slow-rcvbuf")
      o.slow_rcvbuf = atoi(v());
    else if (k == "--senders-do-not-subscribe")
      o.nosub = 1;
    else if (k == "--server-pid") {
      std::string s = v();
      for (char* p = strtok(&s[0], ","); p; p = strtok(nullptr, ",")) o.pids.push_back(atoi(p));
    } else
      die("unknown option %s", k.c_str());
  }
  if (!o.port) die("--port is required");
  if (o.echo < 0) o.echo = o.proto == WSLINE || o.proto == SIO;
  if (o.rate > 0) o.window = std::max<u32>(o.window, 4096);
  ep = epoll_create1(EPOLL_CLOEXEC);
  if (o.mode == "fanout" || o.mode == "rooms") return mode_traffic();
  if (o.mode == "slow") return mode_slow();
  if (o.mode == "connect") return mode_connect();
  if (o.mode == "idle") return mode_idle();
  die("unknown mode %s", o.mode.c_str());
}
