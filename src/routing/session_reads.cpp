#include "routing/session_reads.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace understudy::routing {
namespace {

using replication::Flavour;
using replication::Position;
using replication::ServerId;
using replication::Topology;

constexpr std::string_view kPrefix = "understudy:";

// The server id of the epoch's primary tells two processes' epochs apart, which each counts alone.
std::uint32_t primary_server_id(const Topology& topology) {
  const replication::ServerView* primary = topology.primary_view();
  return primary != nullptr ? primary->server_id : 0;
}

std::string_view take_field(std::string_view& rest) {
  const auto colon = rest.find(':');
  const std::string_view field = rest.substr(0, colon);
  rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  return field;
}

template <typename Integer>
std::optional<Integer> parse_number(std::string_view text) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error no_token(std::string_view why) {
  return make_error(ErrorKind::Invalid,
                    fmt::format("this is no token of understudy ({}): use the value that SELECT "
                                "@understudy_token gave",
                                why));
}

}  // namespace

void SessionReads::enter_epoch(std::uint64_t epoch) {
  if (any_ && epoch_ == epoch && !foreign_) return;
  any_ = true;
  seen_ = {};
  foreign_ = false;
  unsettled_ = false;
  epoch_ = epoch;
}

void SessionReads::note_read(ServerId server, Instant finished, const Topology& topology) {
  // Also when it was sent in another epoch: its replica may follow the new primary by now.
  if (topology.primary != server) seen_elsewhere_ = std::max(seen_elsewhere_, finished);
  // A replica's answer says nothing about another history; the primary is still owed. The primary
  // of this epoch has all that there is: what was seen in another is past.
  if (topology.primary != server && !comparable(topology)) return;
  enter_epoch(topology.epoch);
  unsettled_ = true;
  unsettled_server_ = server;
  unsettled_since_ = finished;
  ++unsettled_reads_;
}

void SessionReads::note_write(const Position& written, ServerId server, Instant finished,
                              const Topology& topology) {
  note_read(server, finished, topology);
  if (written.empty() || topology.primary != server) return;
  // All that was seen before is earlier in the binary log, and transactions are shown in its order.
  seen_elsewhere_ = {};
  const replication::ServerView* primary = topology.primary_view();
  Position all = primary->may_show;
  all.merge(written);
  if (written.flavour() == Flavour::MySql) {
    // Nothing before it need be remembered, so it does not grow with each write.
    seen_ = {};
    settled_at(written);
  } else if (all.domain_count() == 1) {
    settled_at(written);
  } else {
    seen_.merge(written);
  }
}

void SessionReads::note_position(const Position& position, Instant logged,
                                 const Topology& topology) {
  enter_epoch(topology.epoch);
  settled_at(position);
  seen_elsewhere_ = std::max(seen_elsewhere_, logged);
}

void SessionReads::settle(const Topology& topology) {
  if (!unsettled_ || epoch_ != topology.epoch) return;
  const replication::ServerView* server = topology.find(unsettled_server_);
  if (server != nullptr && server->position_observed_at > unsettled_since_)
    settled_at(server->may_show);
}

void SessionReads::settle_with(const Position& position, const Topology& topology) {
  enter_epoch(topology.epoch);
  settled_at(position);
}

void SessionReads::settled_at(const Position& position) {
  seen_.merge(position);
  unsettled_ = false;
  unsettled_reads_ = 0;
}

Result<std::string> SessionReads::token(const Topology& topology) const {
  if (fresh()) return std::string();
  if (unsettled_ || foreign_ || epoch_ != topology.epoch) {
    return make_error(ErrorKind::Invalid,
                      "what this session has seen is not known yet: read on the primary first");
  }
  return fmt::format("{}{}:{}:{}:{}", kPrefix, topology.cluster, epoch_,
                     primary_server_id(topology), replication::to_string(seen_));
}

Result<void> SessionReads::adopt_token(std::string_view text, Instant now,
                                       const Topology& topology) {
  if (text.empty()) return {};
  if (!text.starts_with(kPrefix)) return no_token("it does not begin with 'understudy:'");
  std::string_view rest = text.substr(kPrefix.size());
  const std::string_view cluster = take_field(rest);
  const auto epoch = parse_number<std::uint64_t>(take_field(rest));
  const auto server_id = parse_number<std::uint32_t>(take_field(rest));
  if (!epoch || *epoch == 0 || !server_id) return no_token("its epoch or server cannot be read");
  const auto position = Position::parse(rest);
  if (!position) return no_token(position.error().message);
  if (cluster != topology.cluster) {
    return make_error(ErrorKind::Invalid,
                      fmt::format("this token belongs to the cluster '{}', and this is '{}'",
                                  cluster.substr(0, 64), topology.cluster));
  }
  seen_elsewhere_ = now;
  if (*epoch != topology.epoch || *server_id != primary_server_id(topology)) {
    any_ = true;
    foreign_ = true;
    return {};
  }
  if (!comparable(topology)) return {};  // the primary is owed already, and will show this too
  if (fresh()) enter_epoch(topology.epoch);
  // The replica of the last read may lack what the token is about. The primary has both, and its
  // next position covers both.
  if (unsettled_ && topology.primary && !seen_.covers(*position)) {
    unsettled_server_ = *topology.primary;
  }
  seen_.merge(*position);
  return {};
}

}  // namespace understudy::routing
