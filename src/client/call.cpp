#include "client/call.h"

#include <fmt/format.h>

#include "client/decode.h"
#include "protocol/commands.h"
#include "protocol/constants.h"
#include "protocol/err_packet.h"
#include "protocol/ok_packet.h"
#include "sql/lexer.h"

namespace understudy::client {
namespace {

using protocol::PacketKind;

// How many question marks stand for parameters; nothing if the text cannot be read to its end.
std::optional<std::size_t> count_parameters(std::string_view text, const sql::Modes& modes) {
  sql::Lexer lexer(text, modes);
  std::size_t count = 0;
  for (;;) {
    const sql::Token token = lexer.next();
    if (token.kind == sql::TokenKind::End) break;
    if (token.kind == sql::TokenKind::Invalid) return std::nullopt;
    if (token.kind == sql::TokenKind::Parameter) ++count;
  }
  if (lexer.doubtful()) return std::nullopt;
  return count;
}

}  // namespace

Call::Call(Form form, std::string_view sql, std::span<const Value> parameters)
    : form_(form), parameters_(parameters) {
  sql_ = sql;
  if (form_ == Form::Text) {
    protocol::append_query(packets_, sql_);
  } else {
    protocol::append_stmt_execute(packets_, 0, to_parameters(parameters_));
  }
}

// The number of parameters is checked here: a server would misread what is bound.
Result<void> Call::check() const {
  const sql::Classification& what = what_;
  // A KILL goes to the primary, whose ids are what CONNECTION_ID() says there.
  if (what.own != sql::OwnStatement::None && what.own != sql::OwnStatement::Kill) {
    return make_error(ErrorKind::Invalid,
                      "statements about @understudy_... are for the proxy: use Session::token() "
                      "and ReadOptions");
  }
  if (!what.hints.unknown.empty()) {
    return make_error(ErrorKind::Invalid,
                      fmt::format("the hint '{}' is not understood", what.hints.unknown));
  }
  const auto wanted = count_parameters(sql_, session_->modes());
  if (!wanted && parameters_.empty()) return {};
  if (!wanted) {
    return make_error(ErrorKind::Invalid,
                      "the statement cannot be read, so parameters cannot be bound to it");
  }
  if (*wanted == parameters_.size()) return {};
  return make_error(ErrorKind::Invalid,
                    fmt::format("the statement has {} parameters, and {} values were given",
                                *wanted, parameters_.size()));
}

void Call::start(backend::Session& session, UniqueFunction<void()> done) {
  session_ = &session;
  done_ = std::move(done);
  what_ = sql::classify(sql_, session.modes());
  statement_.parameter_count = static_cast<std::uint16_t>(parameters_.size());
  if (form_ == Form::PreparedOnPrimary && what_.kind == sql::StatementClass::Read) {
    what_.kind = sql::StatementClass::Primary;
  }
  // A read in a transaction is lost with it.
  alone_ = !session.holding();
  read_ = what_.kind == sql::StatementClass::Read && alone_;
  if (const Result<void> checked = check(); !checked) {
    on_finished(checked, false);
    return;
  }
  backend::Command command;
  command.packets = packets_;
  command.text = sql_;
  command.what = &what_;
  if (form_ != Form::Text) {
    command.kind = backend::CommandKind::Execute;
    command.shape = protocol::ResponseShape::Execute;
    command.statement = &statement_;
  }
  if (read_ && session.answer_from_cache(command, *this)) return on_finished({}, true);
  session.execute(command, *this);
}

void Call::on_step(const protocol::ScanStep& step) {
  if (step.kind == PacketKind::Raw && collecting_) {
    too_large_ = too_large_ || collected_.size() + step.bytes.size() > kResultBytesMax;
    if (!too_large_) append(collected_, step.bytes);
  } else if (step.kind == PacketKind::ResultEnd) {
    collecting_ = false;
  } else if (step.kind == PacketKind::Ok) {
    if (const auto ok = protocol::parse_ok(step.payload, session_->server_capabilities())) {
      affected_rows_ = ok->affected_rows;
      last_insert_id_ = ok->last_insert_id;
    }
  } else if (step.kind == PacketKind::Err) {
    const auto err = protocol::parse_err(step.payload);
    error_ = err ? protocol::to_error(*err) : err.error();
  }
}

void Call::on_cached(ByteView answer) {
  protocol::ResponseScanner scanner(
      form_ == Form::Text ? protocol::ResponseShape::Query : protocol::ResponseShape::Execute,
      session_->server_capabilities());
  for (;;) {
    const auto step = scanner.next(answer);
    if (!step.ok()) {
      error_ = step.error();
      return;
    }
    if (!*step) return;
    on_step(**step);
  }
}

void Call::on_finished(Result<void> result, bool /*started*/) {
  if (!result) error_ = result.error();
  // An error of ours that names no server met none.
  const bool reached = !error_ || error_->kind == ErrorKind::Server ||
                       error_->kind == ErrorKind::Lost || error_->kind == ErrorKind::Malformed;
  if (reached) {
    const backend::Session::LastRoute& route = session_->last_route();
    server_ = route.server;
    if (route.staleness)
      staleness_ = std::chrono::ceil<std::chrono::milliseconds>(*route.staleness);
  }
  in_transaction_ = (session_->status() & protocol::kStatusInTransaction) != 0;
  // `done` may let the caller go on, who owns this object.
  UniqueFunction<void()> done = std::move(done_);
  done();
}

Outcome Call::finish() {
  Outcome outcome;
  outcome.server = server_;
  outcome.read = read_;
  outcome.alone = alone_;
  outcome.in_transaction = in_transaction_;
  outcome.error = std::move(error_);
  if (outcome.error) return outcome;
  if (too_large_) {
    outcome.error = make_error(ErrorKind::Exhausted, "the result is larger than 1 GiB");
    outcome.error->maybe_executed = !read_;
    return outcome;
  }
  Result<QueryResult> result = decode_result(collected_, form_ != Form::Text);
  if (!result) {
    outcome.error = result.error();
    return outcome;
  }
  outcome.result = std::move(result).value();
  outcome.result.set_changes(affected_rows_, last_insert_id_);
  outcome.result.set_server(server_);
  outcome.result.set_staleness(staleness_);
  return outcome;
}

}  // namespace understudy::client
