// limit - the physical limit for a chat fan-out on this machine: accepted sockets,
// epoll, and on each incoming line nothing but writing those bytes to the others.
//   --mode a   one write(2) per line per socket
//   --mode b   all lines read in one epoll round go out in one write per socket
//   --echo     the sender gets its own lines too
//   --workers W  prefork: W processes accept from one listening socket and relay raw
//              bytes to each other over Unix stream socket pairs (default 1: no fork)
// A first line "/join NAME" puts the connection in a room of its own (default room "").
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

struct Seg {
  uint32_t off, len;
};
struct Client {
  int fd = -1;
  uint32_t room = 0, pos = 0;  // pos: index in the room's member list
  bool first = true;
  std::string part;
  std::vector<Seg> own;  // this round's own bytes in the room's buffer
};
struct Room {
  std::string name;
  std::vector<int> m;
  std::string buf;  // mode b: this round's lines
  std::vector<int> talked;
  bool dirty = false;
};
static std::vector<Client*> by_fd;
static std::vector<Room> rooms(1);
static std::map<std::string, uint32_t> room_ix{{"", 0}};
static std::vector<uint32_t> dirty;
static bool mode_b, echo_;
static int ep;
static std::vector<int> peers;             // relay sockets to the other workers
static std::map<int, std::string> inbox;   // partial relay frames
static std::map<int, std::string> outbox;  // relay bytes not yet taken: a blocking write here would
                                           // deadlock two workers that relay to each other

static void put(int fd, const char* p, size_t n) {
  while (n) {
    ssize_t w = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (w < 0) {
      if (errno == EAGAIN) {
        pollfd f = {fd, POLLOUT, 0};
        poll(&f, 1, 1000);
        continue;
      }
      return;
    }
    p += w;
    n -= w;
  }
}
static void enter(Client* c, uint32_t r) {
  c->room = r;
  c->pos = rooms[r].m.size();
  rooms[r].m.push_back(c->fd);
}
static void leave(Client* c) {
  auto& m = rooms[c->room].m;
  m[c->pos] = m.back();
  by_fd[m[c->pos]]->pos = c->pos;
  m.pop_back();
}
static uint32_t find_room(const std::string& n) {
  auto it = room_ix.find(n);
  if (it != room_ix.end()) return it->second;
  rooms.push_back({});
  rooms.back().name = n;
  return room_ix[n] = rooms.size() - 1;
}
static void relay(Room& r, const char* p, size_t n) {
  if (peers.empty()) return;
  uint32_t h[2] = {(uint32_t)r.name.size(), (uint32_t)n};
  std::string f((char*)h, 8);
  f += r.name;
  f.append(p, n);
  for (int fd : peers) outbox[fd] += f;
}
static void push_relays() {
  for (int fd : peers) {
    std::string& s = outbox[fd];
    if (s.empty()) continue;
    ssize_t w = send(fd, s.data(), s.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (w > 0) s.erase(0, w);
    epoll_event e{};
    e.events = EPOLLIN | (s.empty() ? 0u : (uint32_t)EPOLLOUT);
    e.data.fd = fd;
    epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e);
  }
}
// From a client (fd) or a peer (fd -1): n bytes of whole lines for room r.
static void lines(uint32_t ri, int fd, const char* p, size_t n) {
  Room& r = rooms[ri];
  if (mode_b) {
    if (!r.dirty) {
      r.dirty = true;
      dirty.push_back(ri);
    }
    if (fd >= 0) {
      Client* c = by_fd[fd];
      if (c->own.empty()) r.talked.push_back(fd);
      c->own.push_back({(uint32_t)r.buf.size(), (uint32_t)n});
    }
    r.buf.append(p, n);
    if (fd >= 0) relay(r, p, n);
    return;
  }
  if (fd >= 0) relay(r, p, n);
  const char* e = p + n;
  while (p < e) {
    const char* nl = (const char*)memchr(p, '\n', e - p) + 1;
    for (int m : r.m)
      if (m != fd || echo_) put(m, p, nl - p);
    p = nl;
  }
}
static void flush_round() {
  for (uint32_t ri : dirty) {
    Room& r = rooms[ri];
    if (!echo_)
      for (int fd : r.talked) {  // those who talked get the round without their own lines
        Client* c = by_fd[fd];
        if (!c) continue;
        std::string s;
        uint32_t at = 0;
        for (auto& g : c->own) {
          s.append(r.buf, at, g.off - at);
          at = g.off + g.len;
        }
        s.append(r.buf, at, std::string::npos);
        if (s.size()) put(fd, s.data(), s.size());
      }
    for (int m : r.m)
      if (echo_ || by_fd[m]->own.empty()) put(m, r.buf.data(), r.buf.size());
    for (int fd : r.talked)
      if (by_fd[fd]) by_fd[fd]->own.clear();
    r.talked.clear();
    r.buf.clear();
    r.dirty = false;
  }
  dirty.clear();
}
static void drop(int fd) {
  Client* c = by_fd[fd];
  leave(c);
  close(fd);
  delete c;
  by_fd[fd] = nullptr;
}
int main(int argc, char** argv) {
  int port = 0, workers = 1;
  for (int i = 1; i < argc; i++) {
    std::string a = argv[i];
    if (a == "--port")
      port = atoi(argv[++i]);
    else if (a == "--mode")
      mode_b = argv[++i][0] == 'b';
    else if (a == "--echo")
      echo_ = true;
    else if (a == "--workers")
      workers = atoi(argv[++i]);
    else
      return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  rlimit rl;
  getrlimit(RLIMIT_NOFILE, &rl);
  rl.rlim_cur = rl.rlim_max;
  setrlimit(RLIMIT_NOFILE, &rl);
  int ls = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(ls, (sockaddr*)&a, sizeof a) || listen(ls, 4096)) {
    perror("bind");
    return 1;
  }
  std::vector<std::vector<int>> sp(workers, std::vector<int>(workers, -1));
  for (int i = 0; i < workers; i++)
    for (int j = i + 1; j < workers; j++) {
      int v[2];
      if (socketpair(AF_UNIX, SOCK_STREAM, 0, v)) return 1;
      sp[i][j] = v[0];
      sp[j][i] = v[1];
    }
  int me = 0;
  pid_t parent = getpid();
  for (int w = 1; w < workers; w++)
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      if (getppid() != parent) return 0;
      me = w;
      break;
    }
  ep = epoll_create1(0);
  epoll_event e{};
  e.events = EPOLLIN;
  if (workers > 1) e.events |= EPOLLEXCLUSIVE;
  e.data.fd = ls;
  epoll_ctl(ep, EPOLL_CTL_ADD, ls, &e);
  e.events = EPOLLIN;
  for (int i = 0; i < workers; i++)
    for (int j = 0; j < workers; j++)
      if (sp[i][j] >= 0) {
        if (i != me) {
          close(sp[i][j]);
          continue;
        }
        peers.push_back(sp[i][j]);
        inbox[sp[i][j]];
        e.data.fd = sp[i][j];
        epoll_ctl(ep, EPOLL_CTL_ADD, sp[i][j], &e);
      }
  static char buf[262144];
  epoll_event ev[1024];
  for (;;) {
    int n = epoll_wait(ep, ev, 1024, -1);
    for (int i = 0; i < n; i++) {
      int fd = ev[i].data.fd;
      if (fd == ls) {
        // With several workers take one a round, so that the sockets spread.
        for (int k = 0; k < (workers > 1 ? 1 : 1024); k++) {
          int c = accept4(ls, nullptr, nullptr, SOCK_NONBLOCK);
          if (c < 0) break;
          setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          if ((int)by_fd.size() <= c) by_fd.resize(c + 1024);
          by_fd[c] = new Client;
          by_fd[c]->fd = c;
          enter(by_fd[c], 0);
          e.events = EPOLLIN;
          e.data.fd = c;
          epoll_ctl(ep, EPOLL_CTL_ADD, c, &e);
        }
        continue;
      }
      auto in = inbox.find(fd);
      if (in != inbox.end()) {
        ssize_t r = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
        if (r <= 0) continue;
        std::string& s = in->second;
        s.append(buf, r);
        size_t at = 0;
        while (s.size() - at >= 8) {
          uint32_t h[2];
          memcpy(h, s.data() + at, 8);
          if (s.size() - at < 8 + h[0] + h[1]) break;
          lines(find_room(s.substr(at + 8, h[0])), -1, s.data() + at + 8 + h[0], h[1]);
          at += 8 + h[0] + h[1];
        }
        s.erase(0, at);
        continue;
      }
      Client* c = by_fd[fd];
      if (!c) continue;
      ssize_t r = recv(fd, buf, sizeof buf, 0);
      if (r <= 0) {
        if (r < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        drop(fd);
        continue;
      }
      const char *p = buf, *end = buf + r;
      if (c->part.size()) {
        c->part.append(p, r);
        p = c->part.data();
        end = p + c->part.size();
      }
      if (c->first && end - p >= 6 && !memcmp(p, "/join ", 6)) {
        const char* nl = (const char*)memchr(p, '\n', end - p);
        if (nl) {
          leave(c);
          enter(c, find_room(std::string(p + 6, nl - p - 6)));
          p = nl + 1;
        }
      }
      const char* last = p < end ? (const char*)memrchr(p, '\n', end - p) : nullptr;
      if (last) {
        c->first = false;
        lines(c->room, fd, p, last + 1 - p);
        p = last + 1;
      }
      std::string rest(p, end - p);
      c->part.swap(rest);
    }
    push_relays();
    if (mode_b) flush_round();
  }
}
