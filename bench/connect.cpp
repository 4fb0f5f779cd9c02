// Clients in one thread that log in and leave, again and again. Prints what it measured as JSON.

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <vector>

#include "clock.h"
#include "load/client.h"
#include "load/histogram.h"
#include "sockets.h"

namespace understudy::bench {
namespace {

constexpr std::size_t kReadBytesMax = 16 * 1024;
constexpr int kEventsMax = 512;
constexpr int kLookEveryMs = 100;  // at the clock, where nothing comes

struct Peer {
  Peer(const LoadOptions& options, std::uint64_t seed)
      : socket(connect_to(options.host, options.port)), client(options, seed), begun(now()) {}
  ~Peer() { ::close(socket); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  int socket;
  LoadClient client;
  Instant begun;
};

class Visitors {
 public:
  explicit Visitors(LoadOptions options)
      : options_(std::move(options)), epoll_(make_epoll()), read_(kReadBytesMax) {}

  void run() {
    peers_.resize(options_.clients);
    const Instant begin = now();
    measure_from_ = begin + to_duration(options_.warm_up);
    end_ = measure_from_ + to_duration(options_.seconds);
    for (std::unique_ptr<Peer>& peer : peers_)
      come(peer);
    while (now() < end_)
      wait();
    print();
  }

 private:
  void come(std::unique_ptr<Peer>& place) {
    place = std::make_unique<Peer>(options_, ++last_seed_);
    watch(epoll_, place->socket, EPOLLIN, &place);
  }

  void wait() {
    std::array<epoll_event, kEventsMax> events;
    const int count = epoll_wait(epoll_, events.data(), kEventsMax, kLookEveryMs);
    for (int i = 0; i < count; ++i)
      take(*static_cast<std::unique_ptr<Peer>*>(events[static_cast<std::size_t>(i)].data.ptr));
  }

  void take(std::unique_ptr<Peer>& place) {
    const std::ptrdiff_t count = read_from(place->socket, read_.data(), read_.size());
    if (count == 0) return;
    if (count < 0) return failed(place, "the connection was closed");
    send_.clear();
    const auto event = place->client.feed({read_.data(), static_cast<std::size_t>(count)}, send_);
    if (event == LoadClient::Event::Broken) return failed(place, place->client.why());
    if (event == LoadClient::Event::Ready) return logged_in(place);
    if (write_to(place->socket, send_) != static_cast<std::ptrdiff_t>(send_.size()))
      failed(place, "the login could not be sent");
  }

  void logged_in(std::unique_ptr<Peer>& place) {
    const Instant time = now();
    if (time >= measure_from_ && time < end_) histogram_.add(time - place->begun);
    come(place);
  }

  void failed(std::unique_ptr<Peer>& place, const std::string& why) {
    if (errors_++ == 0) fmt::print(stderr, "first error: {}\n", why);
    come(place);
  }

  void print() const {
    fmt::print(
        "{{\"logins\": {}, \"per_second\": {:.0f}, \"p50_us\": {}, \"p99_us\": {}, "
        "\"errors\": {}}}\n",
        histogram_.total(), static_cast<double>(histogram_.total()) / options_.seconds,
        histogram_.percentile(0.5), histogram_.percentile(0.99), errors_);
  }

  const LoadOptions options_;
  int epoll_;
  std::vector<std::unique_ptr<Peer>> peers_;
  Instant measure_from_{};
  Instant end_{};
  std::uint64_t last_seed_ = 0;
  Histogram histogram_;
  std::uint64_t errors_ = 0;
  Bytes read_;
  Bytes send_;
};

}  // namespace
}  // namespace understudy::bench

int main(int count, char** arguments) {
  understudy::bench::LoadOptions options;
  CLI::App app("Clients that log in and leave, again and again.", "bench_connect");
  app.option_defaults()->always_capture_default();
  app.add_option("--host", options.host, "IPv4 address");
  app.add_option("--port", options.port)->required();
  app.add_option("--user", options.user);
  app.add_option("--password", options.password);
  app.add_option("--clients", options.clients, "logging in at one time")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--warm-up", options.warm_up, "seconds")->check(CLI::NonNegativeNumber);
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, count, arguments);
  understudy::bench::raise_socket_limit();
  understudy::bench::Visitors(std::move(options)).run();
}
