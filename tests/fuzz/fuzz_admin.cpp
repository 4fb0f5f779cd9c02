// Whatever comes to the HTTP server is answered or refused, and the connection ends once.
// The first byte says how many bytes come at a time, the second one what the cluster is like and
// whether the client stays until its answers have come.
#include <cstdint>
#include <cstdlib>
#include <deque>

#include "../support/loopback_stream.h"
#include "admin/http_session.h"

namespace {

using namespace understudy;
using namespace understudy::admin;

class Api final : public AdminApi {
 public:
  explicit Api(std::uint8_t flags) : flags_(flags) {}

  [[nodiscard]] Status status() const override {
    Status status;
    status.cluster = "main";
    if (has(1)) status.primary = "db1";
    if (has(2)) status.last_change = LastChange{"failover", true, "db2", "not \xff UTF-8", 8.5};
    ServerStatus server;
    server.name = "db2";
    if (has(4)) server.lag_ms = 5;
    status.servers = {server};
    return status;
  }
  [[nodiscard]] std::vector<Metric> metrics() const override {
    Metric metric;
    metric.name = "understudy_clients";
    metric.samples.push_back({{{"server", "db2"}}, 7});
    return {metric};
  }
  [[nodiscard]] std::vector<EventInfo> events(std::uint64_t after) const override {
    if (after >= 2) return {};
    return {{2, {}, "step", {{"server", "db2"}, {"ms", "1.5"}}}};
  }
  [[nodiscard]] ChangesAnswer changes(const ChangesRequest& request) override {
    if (request.authorization.empty()) return {{}, 401, "log in"};
    return {[](const net::AcceptedSocket&) {}, 0, {}};
  }
  [[nodiscard]] std::optional<std::string> not_ready() const override {
    return has(1) ? std::nullopt : std::optional<std::string>("no primary is known");
  }
  Result<void> drain(std::string_view server) override { return known(server); }
  Result<void> resume(std::string_view server) override { return known(server); }
  Result<void> rejoin(std::string_view server) override { return known(server); }
  void switch_over(std::string_view to, ChangeDone done) override {
    if (!to.empty()) (void)known(to);
    fail_over(std::move(done));
  }
  void fail_over(ChangeDone done) override {
    if (has(8)) return done(make_error(ErrorKind::Invalid, "nobody can lead"));
    waiting.push_back(std::move(done));
  }

  std::deque<ChangeDone> waiting;

 private:
  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags_ & flag) != 0; }
  // Only servers that there are get here.
  static Result<void> known(std::string_view server) {
    if (server != "db2") std::abort();
    return {};
  }

  const std::uint8_t flags_;
};

constexpr std::uint8_t kClientGoes = 16;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static net::Loop loop;
  if (size < 2) return 0;
  const std::size_t piece = 1 + data[0];
  const std::uint8_t flags = data[1];
  Api api(flags);
  test::LoopbackPair pair;
  const AdminLimits limits;
  int ends = 0;
  HttpSession session(loop, pair.take_left(), api, limits, [&](HttpSession&) { ++ends; });
  const std::unique_ptr<net::Stream> client = pair.take_right();
  client->start();
  client->write({data + 2, size - 2});
  pair.run(piece);
  if ((flags & kClientGoes) != 0) pair.break_connection();
  while (!api.waiting.empty()) {
    auto done = std::move(api.waiting.front());
    api.waiting.pop_front();
    done(LastChange{"switchover", true, "db2", "", 12.5});
    pair.run(piece);
  }
  if (ends == 0) pair.break_connection();
  if (ends != 1) std::abort();
  return 0;
}
