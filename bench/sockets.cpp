#include "sockets.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace understudy::bench {
namespace {

[[noreturn]] void fail_with_errno(const std::string& what) {
  fail(fmt::format("{}: {}", what, std::strerror(errno)));
}

sockaddr_in address_of(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    fail(fmt::format("{} is not an IPv4 address", host));
  return address;
}

void without_delay(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int make_socket() {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) fail_with_errno("socket");
  return made;
}

// The port is chosen when it connects: any that is free with that peer.
void bind_to(int socket, const std::string& host) {
  const int on = 1;
  setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
  const sockaddr_in address = address_of(host, 0);
  if (bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    fail_with_errno("connecting from " + host);
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

void control(int epoll, int action, int socket, std::uint32_t events, void* data) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = data;
  if (epoll_ctl(epoll, action, socket, &event) != 0) fail_with_errno("epoll_ctl");
}

}  // namespace

void fail(const std::string& what) {
  fmt::print(stderr, "{}\n", what);
  std::exit(1);
}

void raise_socket_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) fail_with_errno("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) fail_with_errno("setrlimit");
}

int listen_on(const std::string& host, std::uint16_t port) {
  constexpr int kBacklog = 4096;
  const int listener = make_socket();
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const sockaddr_in address = address_of(host, port);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener, kBacklog) != 0)
    fail_with_errno(fmt::format("listening on {}:{}", host, port));
  return listener;
}

int accept_from(int listener) {
  const int socket = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket < 0) {
    if (would_block() || errno == ECONNABORTED) return -1;
    fail_with_errno("accept");
  }
  without_delay(socket);
  return socket;
}

int connect_to(const std::string& host, std::uint16_t port, const std::string& from) {
  const int socket = make_socket();
  without_delay(socket);
  if (!from.empty()) bind_to(socket, from);
  const sockaddr_in address = address_of(host, port);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
      errno != EINPROGRESS)
    fail_with_errno(fmt::format("connecting to {}:{}", host, port));
  return socket;
}

std::ptrdiff_t read_from(int socket, std::uint8_t* buffer, std::size_t size) {
  const ssize_t count = recv(socket, buffer, size, 0);
  if (count > 0) return count;
  return count < 0 && would_block() ? 0 : -1;
}

std::ptrdiff_t write_to(int socket, ByteView bytes) {
  const ssize_t count = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count >= 0) return count;
  return would_block() ? 0 : -1;
}

int make_epoll() {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) fail_with_errno("epoll_create1");
  return epoll;
}

void watch(int epoll, int socket, std::uint32_t events, void* data) {
  control(epoll, EPOLL_CTL_ADD, socket, events, data);
}

void change(int epoll, int socket, std::uint32_t events, void* data) {
  control(epoll, EPOLL_CTL_MOD, socket, events, data);
}

}  // namespace understudy::bench
