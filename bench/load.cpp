// Clients in one thread that each select one row, again and again. Prints the line `begin` when it
// begins to measure, and what it measured as JSON when it has ended. With --rest each asks once;
// after `begin` they rest until standard input ends.

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "clock.h"
#include "load/client.h"
#include "load/histogram.h"
#include "sockets.h"

namespace understudy::bench {
namespace {

constexpr std::size_t kReadBytesMax = 64 * 1024;
constexpr int kEventsMax = 512;
constexpr std::size_t kLoginsMax = 64;  // under way at one time
constexpr Duration kLoginTimeout = std::chrono::seconds(60);
constexpr int kLookEveryMs = 100;  // at the clock, where nothing comes

struct Peer {
  Peer(const LoadOptions& options, std::uint64_t seed)
      : socket(connect_to(options.host, options.port, options.from)), client(options, seed) {}

  int socket;
  LoadClient client;
  Instant asked{};
};

class Load {
 public:
  explicit Load(LoadOptions options)
      : options_(std::move(options)), epoll_(make_epoll()), read_(kReadBytesMax) {
    peers_.reserve(options_.clients);
  }

  void run() {
    log_in_all();
    const Instant begin = now();
    measure_from_ = begin + to_duration(options_.warm_up);
    end_ = measure_from_ + to_duration(options_.seconds);
    asking_ = true;
    for (const auto& peer : peers_)
      ask(*peer, begin);
    if (options_.rest) return rest();
    while (now() < measure_from_ && alive_ > 0)
      wait();
    print_line("begin");
    while (now() < end_ && alive_ > 0)
      wait();
    print();
  }

 private:
  void log_in_all() {
    const Instant limit = now() + kLoginTimeout;
    while (ready_ < options_.clients) {
      while (peers_.size() < options_.clients && peers_.size() - ready_ < kLoginsMax) {
        auto peer = std::make_unique<Peer>(options_, peers_.size() + 1);
        watch(epoll_, peer->socket, EPOLLIN, peer.get());
        peers_.push_back(std::move(peer));
        ++alive_;
      }
      wait();
      if (now() > limit)
        fail(fmt::format("{} of {} clients are logged in after 60 s", ready_, options_.clients));
    }
  }

  void rest() {
    while (answers_ + errors_ < peers_.size())
      wait();
    if (errors_ != 0) std::exit(1);
    print_line("begin");
    while (std::getchar() != EOF) {
    }
  }

  void wait() {
    std::array<epoll_event, kEventsMax> events;
    const int count = epoll_wait(epoll_, events.data(), kEventsMax, kLookEveryMs);
    for (int i = 0; i < count; ++i)
      take(*static_cast<Peer*>(events[static_cast<std::size_t>(i)].data.ptr));
  }

  void take(Peer& peer) {
    const std::ptrdiff_t count = read_from(peer.socket, read_.data(), read_.size());
    if (count == 0) return;
    if (count < 0) return lose(peer, "the connection was closed");
    send_.clear();
    using Event = LoadClient::Event;
    switch (peer.client.feed({read_.data(), static_cast<std::size_t>(count)}, send_)) {
      case Event::None:
        return send(peer);
      case Event::Ready:
        ++ready_;
        return send(peer);
      case Event::Answered:
        return answered(peer);
      case Event::Failed:
        count_error(peer.client.why());
        if (!options_.rest) ask(peer, now());
        return;
      case Event::Broken:
        return lose(peer, peer.client.why());
    }
  }

  void answered(Peer& peer) {
    ++answers_;
    if (options_.rest) return;
    const Instant received = now();
    if (received >= measure_from_ && received < end_) histogram_.add(received - peer.asked);
    ask(peer, received);
  }

  void ask(Peer& peer, Instant time) {
    send_.clear();
    peer.client.ask(send_);
    peer.asked = time;
    send(peer);
  }

  // What is sent is smaller than any socket's buffer.
  void send(Peer& peer) {
    if (send_.empty()) return;
    if (write_to(peer.socket, send_) != static_cast<std::ptrdiff_t>(send_.size()))
      lose(peer, "a statement could not be sent");
  }

  void lose(Peer& peer, const std::string& why) {
    if (!asking_) fail(fmt::format("login: {}", why));
    count_error(why);
    ::close(peer.socket);
    peer.socket = -1;
    --alive_;
  }

  void count_error(const std::string& why) {
    if (errors_++ == 0) fmt::print(stderr, "first error: {}\n", why);
  }

  static void print_line(std::string_view line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  }

  void print() const {
    print_line(fmt::format(
        "{{\"queries\": {}, \"qps\": {:.1f}, \"p50_us\": {}, \"p95_us\": {}, \"p99_us\": {}, "
        "\"errors\": {}}}",
        histogram_.total(), static_cast<double>(histogram_.total()) / options_.seconds,
        histogram_.percentile(0.5), histogram_.percentile(0.95), histogram_.percentile(0.99),
        errors_));
  }

  const LoadOptions options_;
  int epoll_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::size_t ready_ = 0;
  std::size_t alive_ = 0;
  bool asking_ = false;
  Instant measure_from_{};
  Instant end_{};
  Histogram histogram_;
  std::uint64_t answers_ = 0;
  std::uint64_t errors_ = 0;
  Bytes read_;
  Bytes send_;
};

}  // namespace
}  // namespace understudy::bench

int main(int count, char** arguments) {
  understudy::bench::LoadOptions options;
  CLI::App app("Clients that each select one row, again and again.", "bench_load");
  app.option_defaults()->always_capture_default();
  app.add_option("--host", options.host, "IPv4 address");
  app.add_option("--port", options.port)->required();
  app.add_option("--from", options.from, "IPv4 address to connect from");
  app.add_option("--user", options.user);
  app.add_option("--password", options.password);
  app.add_option("--schema", options.schema);
  app.add_option("--table", options.table);
  app.add_option("--comment", options.comment, "written before each statement");
  app.add_option("--ids", options.ids, "ids from 1 to this, at random; 1: one hot row")
      ->check(CLI::PositiveNumber);
  app.add_option("--clients", options.clients)->check(CLI::Range(1, 20'000));
  app.add_option("--warm-up", options.warm_up, "seconds")->check(CLI::NonNegativeNumber);
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  app.add_flag("--rest", options.rest, "ask once, then do nothing until standard input ends");
  app.add_flag("--prepared", options.prepared, "prepare once, then execute");
  CLI11_PARSE(app, count, arguments);
  understudy::bench::raise_socket_limit();
  understudy::bench::Load(std::move(options)).run();
}
