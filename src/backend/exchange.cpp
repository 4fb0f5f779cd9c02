#include "backend/exchange.h"

#include <fmt/format.h>

#include <algorithm>

#include "backend/report_query.h"
#include "protocol/commands.h"
#include "protocol/constants.h"
#include "protocol/err_packet.h"
#include "protocol/packet.h"
#include "protocol/server_errors.h"

namespace understudy::backend {
namespace {

using protocol::PacketKind;
using protocol::ResponseShape;
using protocol::ScanStep;

constexpr std::size_t kBufferBytesKept = 4096;

// Where the statement id stands in a COM_STMT_EXECUTE: after the frame header and the command byte.
constexpr std::size_t kFrameHeaderSize = 4;
constexpr std::size_t kStatementIdOffset = kFrameHeaderSize + 1;
constexpr std::size_t kFramePayloadMax = 0xffffff;

// Appends framed commands that name a prepared statement, under the id by which this server knows
// it.
void append_for_statement(Bytes& out, ByteView packets, std::uint32_t id) {
  bool continued = false;
  while (packets.size() > kFrameHeaderSize) {
    const std::size_t payload =
        packets[0] | std::size_t{packets[1]} << 8 | std::size_t{packets[2]} << 16;
    const std::size_t size = std::min(kFrameHeaderSize + payload, packets.size());
    const std::size_t start = out.size();
    append(out, packets.first(size));
    for (std::size_t i = 0; i < 4 && !continued && payload >= 5; ++i) {
      out[start + kStatementIdOffset + i] = static_cast<std::uint8_t>(id >> (8 * i));
    }
    continued = payload == kFramePayloadMax;
    packets = packets.subspan(size);
  }
}

}  // namespace

void Exchange::Preparations::on_step(ServerConnection& /*connection*/, const ScanStep& step) {
  owner_.on_preparation(step);
}
void Exchange::Preparations::on_broken(ServerConnection& /*connection*/, const Error& why) {
  owner_.on_broken(why, true);
}
void Exchange::Response::on_step(ServerConnection& /*connection*/, const ScanStep& step) {
  owner_.on_response(step);
}
void Exchange::Response::on_broken(ServerConnection& /*connection*/, const Error& why) {
  owner_.on_broken(why, false);
}

bool Exchange::Response::on_file_wanted() {
  return owner_.file_wanted();
}
void Exchange::Response::on_sent(ServerConnection& /*connection*/) {
  owner_.sink_->on_file_sent();
}

void Exchange::start(ServerConnection& connection, const Command& command, const ExchangePlan& plan,
                     ResponseSink& sink, Done done) {
  connection_ = &connection;
  command_ = &command;
  sink_ = &sink;
  done_ = std::move(done);
  out_.clear();
  steps_.clear();
  steps_done_ = 0;
  harmless_ = plan.harmless;
  sum_ = plan.sum;
  sent_ = started_ = false;
  dropped_.reset();
  error_ = Error{};
  error_code_ = 0;
  connection_->clear_changes();
  note_statement(*plan.state);
  add_preparations(plan);
  // An EXECUTE needs the id that its PREPARE answers with.
  const bool preparing = std::ranges::find(steps_, Step::Prepare) != steps_.end();
  if (steps_.empty() || (harmless_ && !preparing)) {
    send_command();
  } else {
    connection_->send(out_);
  }
}

// The same text in another schema is another statement.
void Exchange::note_statement(const SessionState& state) {
  prepared_as_.clear();
  if (command_->kind != CommandKind::Prepare && command_->kind != CommandKind::Execute) return;
  prepared_as_ += command_->text;
  prepared_as_ += '\0';
  state.append_preparing(prepared_as_, schema_of(*command_, state.schema()));
}

void Exchange::add_preparations(const ExchangePlan& plan) {
  if (connection_->state() != *plan.state) {
    const SessionState::Change change =
        SessionState::change(connection_->state(), *plan.state, connection_->login_state());
    if (!change.schema.empty() && command_->kind != CommandKind::SelectSchema)
      add_schema(change.schema);
    for (const std::string& statement : change.statements)
      add_query(statement, Step::SetState);
    if (plan.state->has_user_variables()) connection_->state().adopt_user_variables(*plan.state);
  }
  if (plan.last_insert_id) {
    add_query(fmt::format("SET last_insert_id={}", *plan.last_insert_id), Step::SetState);
  }
  if (plan.insert_id) add_query(fmt::format("SET insert_id={}", *plan.insert_id), Step::SetState);
  if (plan.found_rows) {
    // Of a table function, so that it takes neither a table nor a right.
    add_query(fmt::format("SELECT 1 FROM JSON_TABLE(CONCAT('[', REPEAT('1,', {}), '1]'), '$[*]' "
                          "COLUMNS (a INT PATH '$')) j LIMIT {}",
                          *plan.found_rows, *plan.found_rows),
              Step::SetState);
  }
  if (plan.no_row_count) add_query("DO 0", Step::SetState);
  if (plan.wait != nullptr) {
    wait_result_.clear();
    add_query(connection_->dialect().wait_for_position(*plan.wait, plan.wait_timeout), Step::Wait);
  }
  asked_ = plan.question != nullptr;
  if (asked_) {
    question_result_.clear();
    add_query(*plan.question, Step::Ask);
  }
  // A cursor has a statement of its own on the server, for as long as it is open.
  if (command_->kind == CommandKind::Execute &&
      (command_->cursor || !connection_->prepared().find(prepared_as_, net::Loop::now())))
    add_prepare(plan.state->schema());
}

// In the schema where the client prepared it, and back to the selected one.
void Exchange::add_prepare(std::string_view selected) {
  const std::string_view schema = schema_of(*command_, selected);
  if (schema != selected) add_schema(schema);
  protocol::append_stmt_prepare(out_, command_->text);
  connection_->expect(ResponseShape::Prepare, preparations_);
  steps_.push_back(Step::Prepare);
  if (schema != selected) add_schema(selected);
}

void Exchange::add_schema(std::string_view schema) {
  protocol::append_init_db(out_, schema);
  connection_->expect(ResponseShape::OkOrErr, preparations_);
  steps_.push_back(Step::SelectSchema);
}

void Exchange::add_query(std::string_view sql, Step step) {
  protocol::append_query(out_, sql);
  connection_->expect(ResponseShape::Query, preparations_);
  steps_.push_back(step);
}

void Exchange::send_command() {
  sent_ = true;
  if (command_->kind == CommandKind::Execute || command_->kind == CommandKind::Fetch) {
    append_execute();
    connection_->send(out_);
  } else if (out_.empty()) {
    connection_->send(command_->packets);
  } else {
    append(out_, command_->packets);
    connection_->send(out_);
  }
  out_.clear();
  connection_->expect(command_->shape, response_, protocol::answer_sequence(command_->packets));
}

void Exchange::append_execute() {
  const PreparedStatement& statement = *command_->statement;
  const bool cursor = command_->cursor || command_->kind == CommandKind::Fetch;
  const auto known =
      cursor ? statement.cursor : connection_->prepared().find(prepared_as_, net::Loop::now());
  const std::uint32_t id = known.value_or(0);
  if (command_->kind == CommandKind::Execute) append_for_statement(out_, statement.long_data, id);
  append_for_statement(out_, command_->packets, id);
}

void Exchange::on_preparation(const ScanStep& step) {
  const Step current = steps_[steps_done_];
  if (step.kind == PacketKind::Raw && current == Step::Wait) append(wait_result_, step.bytes);
  if (step.kind == PacketKind::Raw && current == Step::Ask) append(question_result_, step.bytes);
  if (step.kind == PacketKind::PrepareOk) note_prepared(step);
  if (step.kind == PacketKind::Err && current == Step::Ask) {
    question_result_.clear();  // no answer: the command runs all the same
  } else if (current == Step::Report) {
    // A server that refuses it has told nothing else.
  } else if (step.kind == PacketKind::Err && !dropped_) {
    const Result<protocol::ErrPacket> err = protocol::parse_err(step.payload);
    error_ = err ? protocol::to_error(*err) : err.error();
    dropped_ = ExchangeOutcome::SetupFailed;
  }
  if (step.last) finish_preparation(step);
}

void Exchange::finish_preparation(const ScanStep& /*step*/) {
  const Step current = steps_[steps_done_++];
  if (current == Step::Report) return finish(ExchangeOutcome::Answered);
  connection_->clear_changes();
  if (current == Step::Wait && !dropped_) {
    const Result<TextResult> result = decode_text_result(wait_result_);
    const bool reached = result && result->rows.size() == 1 && result->rows[0].size() == 1 &&
                         connection_->dialect().wait_succeeded(result->rows[0][0].value_or(""));
    if (!reached) dropped_ = ExchangeOutcome::WaitTimedOut;
  }
  if (steps_done_ < steps_.size() || sent_) return;
  if (dropped_) {
    finish(*dropped_);
  } else {
    out_.clear();
    send_command();
  }
}

Result<TextResult> Exchange::answer_to_question() const {
  return decode_text_result(question_result_);
}

void Exchange::on_response(const ScanStep& step) {
  if (step.kind == PacketKind::Err) {
    if (const Result<protocol::ErrPacket> err = protocol::parse_err(step.payload)) {
      error_code_ = err->code;
    }
    if (!started_ && !dropped_) dropped_ = refusal(step);
  }
  if (step.kind == PacketKind::PrepareOk) note_prepared(step);
  if (!dropped_) {
    started_ = true;
    if (sum_ != nullptr) sum_->add(step, connection_->capabilities());
    sink_->on_step(step);
  }
  if (!step.last) return;
  if (dropped_) return finish(*dropped_);
  const ServerReport& report = connection_->report();
  const std::string query = report_query(*command_, error_code_ != 0, report);
  ended_ = {report.row_count,
            report.rows,
            report.warnings,
            report.state_changed,
            (report.status & protocol::kStatusSessionStateChanged) != 0,
            !query.empty()};
  if (query.empty()) return finish(ExchangeOutcome::Answered);
  add_query(query, Step::Report);
  connection_->send(out_);
}

// Only who sent LOAD DATA LOCAL expects to be asked for a file, and said at login that it may be.
bool Exchange::file_wanted() {
  if (!dropped_ && command_->what->effects.has(sql::Effect::LoadsLocalFile) &&
      (connection_->capabilities() & protocol::kLocalFiles) != 0)
    return true;
  dropped_ = ExchangeOutcome::Misbehaved;
  return false;
}

// An ERR that says something of the server rather than of the statement; the client need not see
// it.
std::optional<ExchangeOutcome> Exchange::refusal(const ScanStep& step) const {
  // The code of the option stands for others as well. Of both MySQL names the option.
  const bool by_option = error_code_ == protocol::kErrorOptionPreventsStatement &&
                         as_text(step.payload).find("read-only") != std::string_view::npos;
  if (connection_->read_only() &&
      (error_code_ == protocol::kErrorReadOnlyTransaction || by_option)) {
    return ExchangeOutcome::RefusedReadOnly;
  }
  if (by_option) return ExchangeOutcome::ReadOnlyServer;
  const protocol::ServerErrorTraits traits = protocol::server_error_traits(error_code_);
  if (!traits.connection_usable && (harmless_ || (traits.nothing_executed && traits.retry_safe))) {
    return ExchangeOutcome::ServerLeaving;
  }
  return std::nullopt;
}

void Exchange::note_prepared(const ScanStep& step) {
  ByteReader reader(step.payload);
  reader.u8();
  const std::uint32_t id = reader.u32();
  Bytes close;
  if (dropped_) {
    protocol::append_stmt_close(close, id);  // prepared in a state that it was not meant for
  } else if (command_->cursor) {
    command_->statement->cursor = id;
  } else {
    connection_->prepared().add(prepared_as_, id, net::Loop::now(), close);
  }
  if (!close.empty()) connection_->send(close);
}

void Exchange::on_broken(const Error& why, bool preparing) {
  // Every response still expected is reported broken; the last one ends the exchange.
  if (preparing && ++steps_done_ < steps_.size()) return;
  if (preparing && sent_ && steps_.back() != Step::Report) return;
  if (preparing && sent_) return finish(ExchangeOutcome::Answered);
  error_ = why;
  if (dropped_ == ExchangeOutcome::Misbehaved) return finish(*dropped_);
  finish(sent_ ? ExchangeOutcome::Broken : ExchangeOutcome::NotSent);
}

void Exchange::trim() {
  for (Bytes* const buffer : {&out_, &wait_result_, &question_result_})
    if (buffer->capacity() > kBufferBytesKept) *buffer = Bytes();
  if (prepared_as_.capacity() > kBufferBytesKept) prepared_as_ = std::string();
}

// Nothing of this is touched after the call, which may give it to another command.
void Exchange::finish(ExchangeOutcome outcome) {
  Done done = std::move(done_);
  done(outcome);
}

}  // namespace understudy::backend
