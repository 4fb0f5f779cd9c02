#include <algorithm>
#include <bit>

#include "backend/session.h"
#include "protocol/constants.h"
#include "sql/lexer.h"

// What a statement leaves behind: in the session, and on the connection that it ran on.
namespace understudy::backend {
namespace {

using sql::Effect;
using sql::StatementClass;

// Those flags of a status that say more than of the last statement: the server's last five are
// that the schema was dropped, NO_BACKSLASH_ESCAPES, and that the transaction is read-only.
constexpr std::uint16_t kLasting = protocol::kStatusInTransaction | protocol::kStatusAutocommit |
                                   1u << 8 | protocol::kStatusNoBackslashEscapes | 1u << 13;

// The character set of a collation, for those whose characters may hold the byte of a quote or a
// backslash; empty for all others. Source: information_schema.collations.
std::string_view character_set_with_quotes(std::uint16_t collation) {
  switch (collation) {
    case 1:
    case 84:
      return "big5";
    case 13:
    case 88:
      return "sjis";
    case 28:
    case 87:
      return "gbk";
    case 95:
    case 96:
      return "cp932";
    case 248:
    case 249:
    case 250:
      return "gb18030";
    default:
      return {};
  }
}

}  // namespace

// What the statement did to the session: as the server reported it, and what servers do not report.
void Session::note_session() {
  const ServerReport& report = connection_->report();
  const sql::Classification& what = *command_.what;
  status_ = report.status & kLasting;
  if (report.new_insert_id != 0) last_insert_id_ = report.new_insert_id;
  const bool succeeded = exchange_->error_code() == 0;
  if (succeeded || what.effects.has(Effect::MultipleStatements)) {
    const sql::Effects before = model_.pins();
    model_.apply(what, command_.text);
    if (keeps_text() && !connection_->state().add_user_variables(command_.text)) {
      model_.pin(Effect::UnknownState);
    }
    count_pins(before, model_.pins());
  }
  const bool changed = connection_->state() != state_;
  if (changed) {
    state_ = connection_->state();
    identity_.clear();
  }
  // The model has read the texts of SET statements its own way.
  if (changed || what.effects.has(Effect::SetsVariables)) refresh_modes();
}

// The server says neither what a user variable is nor which collation SET NAMES chose: the text is
// run again.
bool Session::keeps_text() const {
  const sql::Classification& what = *command_.what;
  return what.kind == StatementClass::Session &&
         (what.effects.has(Effect::SetsUserVariable) ||
          sql::contains_ignoring_case(command_.text, "collat"));
}

// How the servers read this session's texts, by what they reported rather than by the texts.
void Session::refresh_modes() {
  const replication::ServerView* const primary = dispatcher_.topology()->primary_view();
  const std::string default_sql_mode = primary == nullptr ? "" : primary->sql_mode;
  model_.set_modes(sql::modes_of(
      state_.has("sql_mode") ? state_.variable("sql_mode") : std::string_view(default_sql_mode),
      state_.has("character_set_client") ? state_.variable("character_set_client")
                                         : character_set_with_quotes(login_->collation)));
}

// Keeps the count of pinned sessions by reason.
void Session::count_pins(sql::Effects before, sql::Effects after) {
  for (std::uint32_t changed = before.bits() ^ after.bits(); changed != 0;) {
    const auto bit = static_cast<std::size_t>(std::countr_zero(changed));
    const std::uint32_t mask = 1u << bit;
    changed &= ~mask;
    dispatcher_.counters().pinned[bit].fetch_add((after.bits() & mask) != 0 ? 1 : -1,
                                                 std::memory_order_relaxed);
  }
}

void Session::forget_pins() {
  count_pins(model_.pins(), {});
  model_ = sql::SessionModel();
  refresh_modes();
}

void Session::note_position() {
  const replication::ServerId server = connection_->server();
  const replication::Topology& topology = *dispatcher_.topology();
  const Instant now = net::Loop::now();
  if (route_ && !route_->wait_for.empty())
    dispatcher_.load().learn(server, route_->wait_for, topology.epoch);
  const std::string& commit = connection_->report().commit_position;
  if (commit.empty()) {
    // Without a route it ran on the connection that a transaction or a pin holds.
    if (!route_ || route_->tracked) reads_.note_read(server, now, topology);
    return;
  }
  if (const auto position = replication::Position::parse(commit)) {
    reads_.note_write(*position, server, now, topology);
    if (topology.primary != server) return connection_->clear_commit_position();
    // What it has acknowledged it also shows.
    dispatcher_.load().learn(server, *position, topology.epoch);
    note_acknowledged(commit);
  }
  connection_->clear_commit_position();
}

// Each by itself: one of them that nobody has heard of would be taken for somebody else's.
void Session::note_acknowledged(std::string_view commits) {
  while (!commits.empty()) {
    const std::size_t end = std::min(commits.find(','), commits.size());
    if (const auto position = replication::Position::parse(commits.substr(0, end)))
      dispatcher_.settings().acknowledged->note(*position, dispatcher_.topology()->epoch);
    commits.remove_prefix(std::min(end + 1, commits.size()));
  }
}

bool Session::must_hold() const {
  const ServerReport& report = connection_->report();
  return (report.status & protocol::kStatusInTransaction) != 0 ||
         report.transaction_characteristics || model_.pins().bits() != 0;
}

// Keeps the connection if the session needs this very one, else gives it back.
void Session::settle_connection() {
  if (route_) {
    last_route_.server = connection_->server_name();
    last_route_.reason = routing::to_text(route_->reason);
    last_route_.staleness = route_->staleness;
  }
  resume();
  connection_held_ = !connection_->broken() && must_hold();
  if (connection_held_) {
    route_.reset();
    connection_->on_idle_broken([this] { count_on_primary(); });
    return count_on_primary();
  }
  connection_->on_idle_broken(nullptr);
  last_connection_ = connection_.get();
  last_server_ = connection_->server();
  last_use_ = connection_->use();
  dispatcher_.pool(last_server_).give_back(std::move(connection_));
  count_on_primary();
}

}  // namespace understudy::backend
