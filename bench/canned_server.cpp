// A server that speaks the MySQL protocol and answers what it has prepared, as fast as one thread
// can: README.md says what for.

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "canned/connection.h"
#include "clock.h"
#include "sockets.h"

namespace understudy::bench {
namespace {

constexpr std::size_t kReadBytesMax = 64 * 1024;
constexpr std::size_t kEventsMax = 512;

struct Peer {
  Peer(CannedState& state, int fd, std::uint32_t id) : socket(fd), connection(state, id) {}

  int socket;
  CannedConnection connection;
  Bytes unsent;  // while there is any, nothing is read
};

class Server {
 public:
  Server(const std::string& host, std::uint16_t port, bool verbose)
      : epoll_(make_epoll()), listener_(listen_on(host, port)), read_(kReadBytesMax) {
    state_.verbose = verbose;
    watch(epoll_, listener_, EPOLLIN, nullptr);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, kEventsMax> events{};
    while (true) {
      const int count = epoll_wait(epoll_, events.data(), kEventsMax, timeout_ms());
      for (int i = 0; i < count; ++i)
        take(events[static_cast<std::size_t>(i)]);
      if (followers_ > 0) feed_followers();
    }
  }

 private:
  void take(const epoll_event& event) {
    auto* peer = static_cast<Peer*>(event.data.ptr);
    if (peer == nullptr) return accept_all();
    const bool alive = (event.events & EPOLLOUT) != 0 ? flush(*peer) : answer(*peer);
    if (!alive) close(*peer);
  }

  void accept_all() {
    while (true) {
      const int socket = accept_from(listener_);
      if (socket < 0) return;
      auto peer = std::make_unique<Peer>(state_, socket, ++last_id_);
      watch(epoll_, socket, EPOLLIN, peer.get());
      const bool alive = send(*peer, peer->connection.greeting());
      Peer& kept = *peers_.emplace(socket, std::move(peer)).first->second;
      if (!alive) close(kept);
    }
  }

  // One read, one write.
  bool answer(Peer& peer) {
    const std::ptrdiff_t count = read_from(peer.socket, read_.data(), read_.size());
    if (count <= 0) return count == 0;
    answer_.clear();
    const bool followed = peer.connection.follows();
    const ByteView bytes(read_.data(), static_cast<std::size_t>(count));
    const bool alive = peer.connection.feed(bytes, answer_);
    if (!followed && peer.connection.follows()) ++followers_;
    return alive && send(peer, answer_);
  }

  bool send(Peer& peer, ByteView bytes) {
    if (bytes.empty()) return true;
    if (!peer.unsent.empty()) {
      append(peer.unsent, bytes);
      return true;
    }
    const std::ptrdiff_t count = write_to(peer.socket, bytes);
    if (count < 0) return false;
    if (static_cast<std::size_t>(count) == bytes.size()) return true;
    append(peer.unsent, bytes.subspan(static_cast<std::size_t>(count)));
    change(epoll_, peer.socket, EPOLLOUT, &peer);
    return true;
  }

  bool flush(Peer& peer) {
    const std::ptrdiff_t count = write_to(peer.socket, peer.unsent);
    if (count < 0) return false;
    peer.unsent.erase(peer.unsent.begin(), peer.unsent.begin() + count);
    if (peer.unsent.empty()) change(epoll_, peer.socket, EPOLLIN, &peer);
    return true;
  }

  void close(Peer& peer) {
    if (peer.connection.follows()) --followers_;
    const int socket = peer.socket;
    peers_.erase(socket);
    ::close(socket);
  }

  // A follower whose connection has broken is closed when its event comes.
  void feed_followers() {
    const Instant now = bench::now();
    for (const auto& [socket, peer] : peers_) {
      if (!peer->connection.follows()) continue;
      answer_.clear();
      peer->connection.follow(now, answer_);
      send(*peer, answer_);
    }
  }

  [[nodiscard]] int timeout_ms() const {
    if (followers_ == 0) return -1;
    std::optional<Instant> first;
    for (const auto& [socket, peer] : peers_) {
      const auto due = peer->connection.heartbeat_due();
      if (due && (!first || *due < *first)) first = due;
    }
    if (!first) return -1;
    const Duration left = *first - now();
    return std::max(0,
                    static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
  }

  CannedState state_;
  int epoll_;
  int listener_;
  std::uint32_t last_id_ = 0;
  std::unordered_map<int, std::unique_ptr<Peer>> peers_;
  std::size_t followers_ = 0;
  Bytes read_;
  Bytes answer_;
};

}  // namespace
}  // namespace understudy::bench

int main(int count, char** arguments) {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  bool verbose = false;
  CLI::App app("A MySQL server that answers what it has prepared.", "canned_server");
  app.add_option("--host", host, "IPv4 address to listen on")->capture_default_str();
  app.add_option("--port", port)->required();
  app.add_flag("--verbose", verbose, "print statements that are not known");
  CLI11_PARSE(app, count, arguments);
  understudy::bench::raise_socket_limit();
  understudy::bench::Server(host, port, verbose).run();
}
