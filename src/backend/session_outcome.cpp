#include <fmt/format.h>

#include <algorithm>

#include "backend/session.h"
#include "protocol/constants.h"
#include "protocol/ok_packet.h"
#include "protocol/packet.h"
#include "sql/lexer.h"

// What a session does when it is not known whether its write was executed.
namespace understudy::backend {
namespace {

using sql::Effect;

constexpr std::size_t kFrameHeaderSize = 4;
constexpr Duration kLookInterval = std::chrono::milliseconds(20);
// A server that is going down may answer one more question.
constexpr Duration kLastBreath = std::chrono::milliseconds(50);

// What a statement leaves in the session that nobody would have been told of.
constexpr Effect kLeavesTraces[] = {
    Effect::BeginsTransaction, Effect::ChangesAutocommit, Effect::ChangesSchema,
    Effect::SetsVariables,     Effect::SetsUserVariable,  Effect::TemporaryTable,
    Effect::UserLock,          Effect::TableLock,         Effect::PreparedText,
    Effect::OpensHandler,      Effect::UnknownState,      Effect::MultipleStatements,
    Effect::ReleasesLocks,     Effect::ChangesTracking,   Effect::ComputesUserVariable,
    Effect::GlobalLock,        Effect::ReleasesUserLock,
};

}  // namespace

// `with_state`: it was the end of a transaction.
void Session::find_outcome(bool with_state) {
  lost_with_state_ = with_state;
  std::optional<LostWrite> write = lost_write(with_state);
  if (!write) note_unwatched(with_state);
  discard_connection();
  if (!write || !dispatcher_.find_outcome(*this, *std::move(write)))
    return outcome_unknown("nothing in a binary log would prove it");
  finding_outcome_ = true;
  lost_at_ = net::Loop::now();
  wait_for_outcome();
}

// A command whose outcome nobody is told, as its client has gone or its session is lost: what the
// log shows of it must not be taken for the same write of another session.
void Session::note_unwatched(bool with_state) {
  const bool may_write = command_.what->writes || with_state;
  if (!sent_after_ || is_repeatable() || !may_write || !(may_commit() || !log_.certain())) return;
  std::optional<LostWrite> write = lost_write(with_state);
  dispatcher_.note_unwatched(write ? *std::move(write) : blurred_write(with_state));
}

// What is known of a write that lost_write() does not describe: of a transaction nothing but its
// connection, of a statement its text.
LostWrite Session::blurred_write(bool with_state) const {
  LostWrite write;
  write.thread_id = lost_thread_;
  write.modes = model_.modes();
  write.schema = command_schema();
  write.sent_after = sent_after_;
  LostWrite::Statement& statement = write.statements.emplace_back();
  if (with_state || command_.what->statement_count != 1) return write;
  statement.text = command_.text;
  statement.prepared = command_.kind == CommandKind::Execute;
  if (statement.prepared) statement.parameter_count = command_.statement->parameter_count;
  return write;
}

// Nothing if the log of another server could not tell what became of it.
std::optional<LostWrite> Session::lost_write(bool with_state) const {
  if (!sent_after_ || sent_after_->server != lost_on_) return std::nullopt;
  if (state_.variable("sql_log_bin") == "OFF" || model_.pins().bits() != 0) return std::nullopt;
  LostWrite write;
  write.thread_id = lost_thread_;
  write.found_rows = (login_->capabilities & protocol::kFoundRows) != 0;
  write.modes = model_.modes();
  // Of a transaction, that of its statements: its COMMIT may have been prepared elsewhere.
  write.schema = with_state ? std::string_view(state_.schema()) : command_schema();
  write.sent_after = sent_after_;
  if (with_state) {
    if (!is_commit() || !add_transaction(write)) return std::nullopt;
    return write;
  }
  if (!has_findable_outcome()) return std::nullopt;
  LostWrite::Statement statement;
  statement.text = command_.text;
  if (command_.kind == CommandKind::Execute) {
    statement.prepared = true;
    statement.parameter_count = command_.statement->parameter_count;
    if (command_.statement->long_data.empty() && !command_.bulk)
      statement.execute.assign(command_.packets.begin(), command_.packets.end());
  }
  write.statements.push_back(std::move(statement));
  return write;
}

// True for one statement that is a transaction of its own and changes nothing but data.
bool Session::has_findable_outcome() const {
  const bool in_transaction =
      (status_ & protocol::kStatusInTransaction) != 0 || state_.variable("autocommit") == "OFF";
  const bool statement =
      command_.kind == CommandKind::Query || command_.kind == CommandKind::Execute;
  if (in_transaction || !statement || command_.what->statement_count != 1) return false;
  return std::ranges::none_of(kLeavesTraces,
                              [this](Effect effect) { return command_.what->effects.has(effect); });
}

bool Session::is_commit() const {
  if (!command_.what->effects.has(Effect::EndsTransaction) || command_.what->statement_count != 1)
    return false;
  sql::Lexer lexer(command_.text, model_.modes());
  return sql::equals_ignoring_case(lexer.next().text, "commit") &&
         !sql::contains_ignoring_case(command_.text, "chain") &&
         !sql::contains_ignoring_case(command_.text, "release");
}

bool Session::add_transaction(LostWrite& write) const {
  if (!log_.certain() || !log_.obstacle().empty()) return false;
  for (std::size_t i = 0; i < log_.size(); ++i) {
    const TransactionLog::Entry entry = log_.at(i);
    if (entry.kind == CommandKind::SelectSchema || entry.effects.has(Effect::ChangesSchema))
      return false;
    if (!entry.writes) continue;
    if (!entry.schema.empty() && entry.schema != write.schema) return false;
    LostWrite::Statement statement;
    if (entry.kind == CommandKind::Execute) {
      statement.prepared = true;
      statement.text = entry.text;
      statement.parameter_count = entry.parameter_count;
      if (entry.long_data.empty())
        statement.execute.assign(entry.packets.begin(), entry.packets.end());
    } else {
      // The log is shorter than a frame may be; the command's byte comes first.
      statement.text = as_text(entry.packets.subspan(kFrameHeaderSize + 1));
    }
    write.statements.push_back(std::move(statement));
  }
  return true;
}

void Session::wait_for_outcome() {
  const replication::Topology& topology = *dispatcher_.topology();
  const replication::ServerView& server = *topology.find(lost_on_);
  const Instant now = net::Loop::now();
  const bool still_leads = topology.epoch == sent_after_->epoch && !topology.primary_closed &&
                           server.health != replication::Health::Down &&
                           server.position_observed_at > lost_at_ + kLastBreath;
  // It may even be at work on it.
  if (still_leads) return outcome_unknown("the server is still the primary");
  if (now - lost_at_ >= dispatcher_.settings().hold)
    return outcome_unknown("no other server's binary log has told in time");
  timer_.start(kLookInterval, [this] { wait_for_outcome(); });
}

void Session::outcome_found(const replication::WriteOutcome& outcome) {
  timer_.cancel();
  if (const auto* ambiguous = std::get_if<replication::Ambiguous>(&outcome))
    return outcome_unknown(ambiguous->reason);
  finding_outcome_ = false;
  if (const auto* happened = std::get_if<replication::Happened>(&outcome))
    return write_happened(*happened);
  bump(dispatcher_.counters().repeated_writes);
  if (lost_with_state_) return recover();
  waiting_ = false;
  choose_server();
}

void Session::outcome_unknown(std::string_view why) {
  if (std::exchange(finding_outcome_, false)) dispatcher_.stop_finding(*this);
  bump(dispatcher_.counters().unknown_writes);
  lost(true, lost_with_state_, why);
}

void Session::write_happened(const replication::Happened& happened) {
  bump(dispatcher_.counters().proved_writes);
  const replication::Topology& topology = *dispatcher_.topology();
  replication::Position position;
  position.add(happened.gtid);
  dispatcher_.settings().acknowledged->note(position, topology.epoch);
  if (topology.primary) reads_.note_write(position, *topology.primary, net::Loop::now(), topology);
  status_ = static_cast<std::uint16_t>(status_ & ~protocol::kStatusInTransaction);
  log_.clear();
  if (lost_with_state_) return pass_ok(0, 0);
  if (!happened.affected_rows) return answer_not_known();
  if (happened.last_insert_id) return pass_ok(*happened.affected_rows, *happened.last_insert_id);
  if (!happened.inserted) return answer_not_known();
  happened_ = std::make_unique<replication::Happened>(happened);
  ask_id();
}

void Session::ask_id() {
  const replication::ServerView* const primary = dispatcher_.topology()->primary_view();
  if (primary == nullptr) return answer_not_known();
  if (!id_query_) id_query_ = std::make_unique<PooledQuery>(dispatcher_);
  timer_.start(dispatcher_.settings().hold, [this] {
    id_query_->cancel();
    answer_not_known();
  });
  id_query_->start(
      primary->id, want_of(primary->id),
      dialect_of(primary->flavour).columns(happened_->inserted->schema, happened_->inserted->table),
      [this](const Result<TextResult>& columns) { id_found(columns); });
}

void Session::id_found(const Result<TextResult>& columns) {
  timer_.cancel();
  const std::optional<std::uint64_t> id = columns.ok() ? inserted_id(*columns) : std::nullopt;
  if (id) return pass_ok(*happened_->affected_rows, *id);
  answer_not_known();
}

// The id that the INSERT answered with: its row's, or the first row's of those that the server
// numbered. Of several rows with numbers of the client's it is another one.
std::optional<std::uint64_t> Session::inserted_id(const TextResult& columns) const {
  const replication::InsertedRows& rows = *happened_->inserted;
  const replication::ServerView* const primary = dispatcher_.topology()->primary_view();
  if (primary == nullptr) return std::nullopt;
  const auto column = dialect_of(primary->flavour).numbered_column(columns, rows.first.size());
  if (!column.ok()) return std::nullopt;
  if (!column->place) return 0;
  const bool by_server =
      rows.columns && std::ranges::find(*rows.columns, column->name) == rows.columns->end();
  if (rows.several && !by_server) return std::nullopt;
  return rows.first[*column->place];
}

void Session::answer_not_known() {
  Error error = make_error(
      ErrorKind::Server, 1105, "HY000",
      fmt::format("understudy: {} was lost after it had executed the statement, which is in the "
                  "binary log; how many rows it affected and which id it gave is not known",
                  lost_server_));
  error.maybe_executed = true;
  finish(std::move(error));
}

// The answer that the lost server gave, as far as it matters: warnings are not known.
void Session::pass_ok(std::uint64_t affected_rows, std::uint64_t insert_id) {
  if (insert_id != 0) last_insert_id_ = insert_id;
  protocol::OkPacket ok;
  ok.affected_rows = affected_rows;
  ok.last_insert_id = insert_id;
  ok.status = status_;
  Bytes payload;
  protocol::append_ok_payload(payload, ok, server_capabilities());
  protocol::ScanStep step;
  step.kind = protocol::PacketKind::Ok;
  step.sequence = protocol::answer_sequence(command_.packets);
  Bytes framed;
  std::uint8_t sequence = step.sequence;
  protocol::append_packet(framed, sequence, payload);
  step.bytes = framed;
  step.payload = payload;
  step.status = status_;
  step.last = true;
  answer_started_ = true;
  sink_->on_step(step);
  finish({});
}

}  // namespace understudy::backend
