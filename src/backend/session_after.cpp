#include <algorithm>
#include <bit>

#include "backend/session.h"
#include "protocol/constants.h"
#include "protocol/server_errors.h"
#include "sql/lexer.h"
#include "sql/user_variables.h"

// What a statement leaves behind: in the session, and on the connection that it ran on.
namespace understudy::backend {
namespace {

using sql::Effect;
using sql::StatementClass;

// Those flags of a status that say more than of the last statement.
constexpr std::uint16_t kLasting =
    protocol::kStatusInTransaction | protocol::kStatusAutocommit | protocol::kStatusSchemaDropped |
    protocol::kStatusNoBackslashEscapes | protocol::kStatusReadOnlyTransaction;

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
  if (report.new_insert_id != 0) {
    last_insert_id_ = report.new_insert_id;
    id_here_ = true;
  }
  const bool succeeded = exchange_->error_code() == 0;
  if (succeeded || what.effects.has(Effect::MultipleStatements)) {
    const sql::Effects before = model_.pins();
    model_.set_schema(command_schema());
    model_.apply(what, command_.text);
    if (changed_unknown_state() || (keeps_text() && !keep_user_variables()))
      model_.pin(Effect::UnknownState);
    count_pins(before, model_.pins());
  } else if (may_leave_state_behind()) {
    pin(Effect::UnknownState);
  }
  if (succeeded && what.effects.has(Effect::EndsSession)) lost_state_ = true;
  if (what.effects.has(Effect::ForOneStatement)) note_for_one_statement();
  // One that was refused has left the schema that another session selected.
  const bool refused = selecting_ != nullptr && !succeeded;
  const bool changed = !refused && connection_->state() != state_;
  if (changed) {
    state_ = connection_->state();
    identity_.clear();
  }
  // The model has read the texts of SET statements its own way.
  if (changed || what.effects.has(Effect::SetsVariables)) refresh_modes();
}

// True for a statement that failed, perhaps after it had taken a lock or set a variable.
bool Session::may_leave_state_behind() const {
  const sql::Effects effects = command_.what->effects;
  const bool computes = effects.has(Effect::UserLock) || effects.has(Effect::ComputesUserVariable);
  return effects.has(Effect::UnknownState) ||
         (computes && exchange_->error_code() != protocol::kErrorParse);
}

// True if the statement changed something in the session that its text does not tell of, as a
// function may. A result ends with a mark only, which stands for other changes, too. Of a change of
// rows the server says so whenever a trigger has run, whatever that did (measured on MariaDB
// 10.11), so its word is not taken.
bool Session::changed_unknown_state() const {
  const sql::Classification& what = *command_.what;
  if (what.kind != StatementClass::Primary) return false;
  const Exchange::Ended& ended = exchange_->ended();
  if (what.effects.has(Effect::CallsUnknown) && ended.state_flag) return true;
  if (!ended.state_changed || what.effects.has(Effect::ChangesRows)) return false;
  sql::Lexer lexer(command_.text, model_.modes());
  const std::string_view verb = lexer.next().text;
  const bool drops = sql::equals_ignoring_case(verb, "drop") ||  // a temporary table, a statement
                     sql::equals_ignoring_case(verb, "deallocate");
  return !(drops && what.statement_count == 1);
}

// What the server has reported of the session is over with the statement (measured on MariaDB
// 10.11), unless others came with it.
void Session::note_for_one_statement() {
  if (command_.what->statement_count == 1)
    connection_->state() = state_;
  else
    pin(Effect::UnknownState);
}

// The server does not say what a user variable is: the text is run again.
bool Session::keeps_text() const {
  const sql::Classification& what = *command_.what;
  return what.kind == StatementClass::Session && what.effects.has(Effect::SetsUserVariable);
}

// Run again, the text would set the variables beside the user variables, too, which may be others
// by then. False if it cannot be kept.
bool Session::keep_user_variables() {
  const sql::Classification& what = *command_.what;
  if (what.statement_count > 1) return false;
  const bool more =
      what.effects.has(Effect::SetsVariables) || what.effects.has(Effect::ChangesAutocommit);
  if (!more) return connection_->state().add_user_variables(command_.text);
  return connection_->state().add_user_variables(
      sql::user_variables_alone(command_.text, model_.modes()));
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

// For a reason that no text tells.
void Session::pin(sql::Effect reason) {
  const sql::Effects before = model_.pins();
  model_.pin(reason);
  count_pins(before, model_.pins());
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
  return (report.status & protocol::kStatusInTransaction) != 0 || lost_state_ ||
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
  connection_held_ = must_hold();
  if (connection_held_) {
    route_.reset();
    connection_->on_idle_broken([this] { count_on_primary(); });
    return count_on_primary();
  }
  connection_->on_idle_broken(nullptr);
  last_server_ = connection_->server();
  last_use_ = connection_->use();
  dispatcher_.pool(last_server_).give_back(std::move(connection_));
  count_on_primary();
}

}  // namespace understudy::backend
