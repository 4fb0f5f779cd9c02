#include "backend/transaction_log.h"

#include "sql/lexer.h"

namespace understudy::backend {
namespace {

// Whether the statement surely takes an id that `SET insert_id` offers. One that does not would
// leave it to whatever statement runs next on the connection.
bool takes_insert_id(const Command& command) {
  const std::string_view text = command.text;
  sql::Lexer lexer(text, sql::Modes());
  const std::string_view verb = lexer.next().text;
  const bool inserts =
      sql::equals_ignoring_case(verb, "insert") || sql::equals_ignoring_case(verb, "replace");
  return inserts && !command.what->effects.has(sql::Effect::MultipleStatements) &&
         !sql::contains_ignoring_case(text, "last_insert_id");
}

}  // namespace

void TransactionLog::begin(const SessionState& state) {
  contents_ = std::make_unique<Contents>();
  contents_->start = state;
}

void TransactionLog::add(const Command& command, const AnswerSum& answer,
                         std::uint64_t last_insert_id, bool kept_text) {
  if (!active() || !contents_->obstacle.empty()) return;
  const bool prepared = command.kind == CommandKind::Execute;
  Statement statement{};
  statement.kind = command.kind;
  statement.shape = command.shape;
  statement.writes = command.what->writes;
  statement.kept_text = kept_text;
  statement.parameter_count = prepared ? command.statement->parameter_count : 0;
  statement.effects = command.what->effects;
  statement.offset = contents_->bytes.size();
  statement.packets_size = command.packets.size();
  statement.long_data_size = prepared ? command.statement->long_data.size() : 0;
  statement.text_size = prepared || kept_text ? command.text.size() : 0;
  statement.schema_size = prepared ? command.statement->schema.size() : 0;
  statement.last_insert_id = last_insert_id;
  statement.answer = answer.value();
  if (takes_insert_id(command)) statement.insert_id = answer.insert_id();
  const std::size_t size = statement.packets_size + statement.long_data_size + statement.text_size +
                           statement.schema_size;
  Bytes& bytes = contents_->bytes;
  if (bytes.size() + size > kBytesMax || contents_->statements.size() >= kStatementsMax)
    return give_up("it is too long");
  append(bytes, command.packets);
  if (statement.long_data_size > 0) append(bytes, command.statement->long_data);
  if (statement.text_size > 0) append(bytes, as_bytes(command.text));
  if (statement.schema_size > 0) append(bytes, as_bytes(command.statement->schema));
  contents_->statements.push_back(statement);
}

void TransactionLog::give_up(std::string_view why) {
  if (!active() || !contents_->obstacle.empty()) return;
  contents_->obstacle = why;
  contents_->bytes = {};
  contents_->statements = {};
}

void TransactionLog::lose_track(std::string_view why) {
  give_up(why);
  if (active()) contents_->certain = false;
}

void TransactionLog::clear() {
  contents_.reset();
}

TransactionLog::Entry TransactionLog::at(std::size_t index) const {
  const Statement& statement = contents_->statements[index];
  Entry entry;
  entry.kind = statement.kind;
  entry.shape = statement.shape;
  entry.effects = statement.effects;
  entry.parameter_count = statement.parameter_count;
  entry.writes = statement.writes;
  entry.kept_text = statement.kept_text;
  entry.last_insert_id = statement.last_insert_id;
  entry.answer = statement.answer;
  entry.insert_id = statement.insert_id;
  ByteView rest = ByteView(contents_->bytes).subspan(statement.offset);
  entry.packets = rest.first(statement.packets_size);
  rest = rest.subspan(statement.packets_size);
  entry.long_data = rest.first(statement.long_data_size);
  rest = rest.subspan(statement.long_data_size);
  entry.text = as_text(rest.first(statement.text_size));
  entry.schema = as_text(rest.subspan(statement.text_size, statement.schema_size));
  return entry;
}

}  // namespace understudy::backend
