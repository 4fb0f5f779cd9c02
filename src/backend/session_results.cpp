#include "backend/binary_warnings.h"
#include "backend/results_question.h"
#include "backend/session.h"
#include "protocol/constants.h"
#include "sql/lexer.h"

// What a statement leaves for the client to ask about: warnings, FOUND_ROWS(), ROW_COUNT(). They
// are on the connection that it ran on, and the session goes back there; what others would
// overwrite is carried by value, or saved first.
namespace understudy::backend {
namespace {

using sql::Effect;
using sql::StatementClass;

bool is_show_warnings(std::string_view text, const sql::Modes& modes) {
  sql::Lexer lexer(text, modes);
  if (!sql::equals_ignoring_case(lexer.next().text, "show") ||
      !sql::equals_ignoring_case(lexer.next().text, "warnings"))
    return false;
  sql::Token token = lexer.next();
  while (token.kind == sql::TokenKind::Semicolon)
    token = lexer.next();
  return token.kind == sql::TokenKind::End;
}

}  // namespace

// A statement that uses no table, not even one of information_schema, and has nothing to say leaves
// the warnings of the one before (measured on MariaDB 10.11). One whose text is not seen is taken
// for one that does use one.
bool Session::keeps_warnings() const {
  const sql::Effects effects = command_.what->effects;
  if (!command_.what->tables.tables().empty() || effects.has(Effect::PreparedText) || is_program())
    return false;
  return !effects.has(Effect::Selects) ||
         !sql::equals_ignoring_case(sql::Lexer(command_.text, model_.modes()).next().text, "show");
}

void Session::note_results() {
  const Exchange::Ended& ended = exchange_->ended();
  // Preparing leaves the results of the statement before it.
  const bool prepares = command_.kind == CommandKind::Prepare && exchange_->error_code() == 0;
  if (!prepares) row_count_ = ended.row_count;
  row_count_kept_ =
      prepares ? row_count_kept_ && connection_held_ : !ended.followed || row_count_ == 0;
  if (!prepares && command_.kind != CommandKind::Fetch && may_count_rows()) {
    found_rows_ = counts_rows() ? ended.rows : std::nullopt;
    rows_use_ = ended.followed && found_rows_ ? 0 : connection_->use();
  } else if (rows_here_) {  // still
    rows_use_ = connection_->use();
  }
  note_warnings();
  connection_->set_worth_keeping(row_count_ > 0 || !found_rows_ ||
                                 (warnings_ && connection_->warnings() == warnings_));
}

// CALL, EXECUTE, a compound statement: what it runs is not in the text.
bool Session::is_program() const {
  const sql::Effects effects = command_.what->effects;
  const bool unseen = effects.has(Effect::UnknownState) || effects.has(Effect::PreparedText);
  return unseen && command_.what->writes;
}

// Whether FOUND_ROWS() may tell of the statement (measured on MariaDB 10.11).
bool Session::may_count_rows() const {
  if (exchange_->error_code() != 0) return false;  // nearly always found before anything was read
  const sql::Effects effects = command_.what->effects;
  return effects.has(Effect::Selects) || effects.has(Effect::CallsUnknown) || is_program();
}

// Whether it tells the rows of the answer.
bool Session::counts_rows() const {
  const sql::Effects effects = command_.what->effects;
  const bool others =
      effects.has(Effect::ChangesRows) || effects.has(Effect::MultipleStatements) || is_program();
  return !others && !command_.cursor &&
         !sql::contains_ignoring_case(command_.text, "sql_calc_found_rows");
}

void Session::note_warnings() {
  const sql::Effects effects = command_.what->effects;
  const bool failed = exchange_->error_code() != 0;
  if (effects.has(Effect::ReadsWarnings) && !failed) return;
  if (failed || exchange_->ended().warnings != 0) {
    warnings_ = std::make_shared<WarningList>();
    warnings_on_ = connection_->server();
    connection_->keep_warnings(warnings_);
  } else if (!keeps_warnings()) {
    warnings_.reset();
    connection_->note_no_warnings();
  }
}

void Session::forget_results() {
  warnings_.reset();
  found_rows_ = 0;
  rows_use_ = 0;
  row_count_ = 0;
}

// Asks where the answer is, or gives it. False if any connection will do.
bool Session::run_where_results_are() {
  const sql::Effects effects = command_.what->effects;
  // A cursor would keep the connection, which may be one to a replica.
  // Neither may one that ties the session to it.
  if (!effects.has(Effect::ReadsSessionResult) || command_.what->writes || recovering_ ||
      command_.cursor || command_.what->kind == StatementClass::Pin)
    return false;
  auto connection = effects.has(Effect::ReadsWarnings) && warnings_
                        ? dispatcher_.pool(warnings_on_).reclaim(*warnings_)
                        : reclaim_last();
  if (connection) {
    run_again_on(std::move(connection));
    return true;
  }
  if (answer_known_results()) return true;
  if (!effects.has(Effect::ReadsWarnings) || !warnings_) return false;
  timer_.start({}, [this] { finish(results_gone()); });
  return true;
}

// A change of the session goes where the last statement ran: its results stay what they are.
bool Session::run_beside_results() {
  if (recovering_ || forced_to_primary_ || needs_primary() || !excluded_.empty()) return false;
  if (command_.what->kind != StatementClass::Session) return false;
  auto connection = reclaim_last();
  if (!connection) return false;
  run_again_on(std::move(connection));
  return true;
}

void Session::run_again_on(std::unique_ptr<ServerConnection> connection) {
  route_.emplace();
  route_->found = true;
  route_->target = connection->server();
  route_->reason = routing::Reason::ReadsLastResult;
  route_->tracked = true;
  run(std::move(connection));
}

// The statement would leave warnings behind on a connection that the session may not get again.
bool Session::save_own_warnings() {
  if (!warnings_ || warnings_->answer || recovering_ || !keeps_warnings()) return false;
  if (command_.kind == CommandKind::Prepare) return false;  // it leaves those there are
  auto connection = dispatcher_.pool(warnings_on_).reclaim(*warnings_);
  if (!connection) return false;
  connection_ = std::move(connection);
  connection_->begin_use(dispatcher_.next_use());
  saver_.start(*connection_, warnings_, [this] {
    dispatcher_.pool(warnings_on_).give_back(std::move(connection_));
    choose_server();
  });
  return true;
}

// Those of another session, before this one uses their connection. True if that takes time.
bool Session::save_others_warnings(UniqueFunction<void()> then) {
  const std::shared_ptr<WarningList> list = connection_->warnings();
  if (!list || list == warnings_) return false;
  if (list.use_count() <= 2) {  // the connection's and ours: its session has gone on
    connection_->keep_warnings(nullptr);
    return false;
  }
  saver_.start(*connection_, list, [this, then = std::move(then)]() mutable {
    if (connection_->broken()) return connection_failed(false);
    then();
  });
  return true;
}

// What the session knows by itself.
std::optional<Bytes> Session::known_results() const {
  const bool binary = command_.kind == CommandKind::Execute;
  if (command_.kind != CommandKind::Query && !binary) return std::nullopt;
  const bool saved = warnings_ && warnings_->answer;
  if (saved && command_.what->effects.has(Effect::ReadsWarnings) &&
      is_show_warnings(command_.text, model_.modes()))
    return with_status(binary ? binary_warnings(*warnings_->answer) : *warnings_->answer, status_);
  if (binary) return std::nullopt;
  KnownResults known{last_insert_id_, found_rows_, row_count_, std::nullopt, std::nullopt};
  if (!warnings_) known.warnings = known.errors = 0;
  if (saved) {
    known.warnings = warnings_->warnings;
    known.errors = warnings_->errors;
  }
  return answer_results_question(command_.text, model_.modes(), known, login_->capabilities,
                                 status_);
}

// False if it does not know it.
bool Session::answer_known_results() {
  auto answer = known_results();
  if (!answer) return false;
  known_answer_ = *std::move(answer);
  if (command_.what->effects.has(Effect::Selects)) {
    found_rows_ = 1;
    rows_use_ = 0;
  }
  row_count_ = -1;
  row_count_kept_ = false;
  last_use_ = 0;
  // The answer may not come from inside execute().
  timer_.start({}, [this] {
    answer_started_ = true;
    const Bytes known = std::exchange(known_answer_, {});
    sink_->on_cached(known);
    finish({});
  });
  return true;
}

Error Session::results_gone() {
  return make_error(ErrorKind::Unsupported, 1105, "HY000",
                    "understudy: what this asks about the session's last statement is not known "
                    "any more, as its connection serves another session; SHOW WARNINGS is, and "
                    "all of it inside a transaction");
}

// Brings the results to the connection at hand, as far as the statement asks for them. False if
// that cannot be done.
bool Session::plan_results(ExchangePlan& plan) {
  const sql::Effects effects = command_.what->effects;
  // With this variable `id IS NULL` asks for the last insert id.
  const bool asks_id =
      (effects.has(Effect::ReadsSessionResult) && names_insert_id(command_.text)) ||
      state_.variable("sql_auto_is_null") == "ON";
  if (asks_id && (!id_here_ || connection_->report().last_insert_id != last_insert_id_)) {
    plan.last_insert_id = last_insert_id_;
    id_here_ = true;
    result_here_ = false;  // setting it is a statement, too
  }
  if (!effects.has(Effect::ReadsSessionResult)) return true;
  if (connection_->state() != wanted_state()) result_here_ = false;  // so is bringing it there
  const bool own_warnings = warnings_ && connection_->warnings() == warnings_;
  if (effects.has(Effect::ReadsWarnings) && warnings_ && !own_warnings) return false;
  const bool rows = effects.has(Effect::ReadsFoundRows) && !rows_here_;
  const bool count = effects.has(Effect::ReadsRowCount) && (!result_here_ || rows);
  const bool none = effects.has(Effect::ReadsWarnings) && !warnings_ && connection_->has_warnings();
  if (!rows && !count && !none) return true;
  // All of it is one query, which leaves so many rows, no warning and no count of changes.
  if ((rows && !found_rows_) || (own_warnings && effects.has(Effect::ReadsWarnings))) return false;
  if (count && row_count_ > 0) return false;
  if (own_warnings && known_results()) return false;  // they would be lost with it
  plan.found_rows = found_rows_.value_or(0);
  plan.no_row_count = count && row_count_ == 0;
  return true;
}

}  // namespace understudy::backend
