#include <fmt/format.h>

#include <optional>

#include "protocol/commands.h"
#include "protocol/constants.h"
#include "proxy/bulk_execute.h"
#include "proxy/client_session.h"
#include "proxy/worker.h"
#include "sql/connection_id.h"

// The commands of a client that is logged in which have to do with prepared statements.
namespace understudy::proxy {
namespace {

constexpr std::uint8_t kReadOnlyCursor = 1;  // of the flags of COM_STMT_EXECUTE
constexpr std::size_t kFlagsOffset = 5;      // in its payload

Error unknown_statement(std::uint32_t id, std::string_view command) {
  return make_error(
      ErrorKind::Invalid, 1243, "HY000",
      fmt::format("Unknown prepared statement handler ({}) given to mysqld_stmt_{}", id, command));
}

Error no_cursor(std::uint32_t id) {
  return make_error(ErrorKind::Invalid, 1421, "HY000",
                    fmt::format("The statement ({}) has no open cursor", id));
}

// Why a session in `schema` cannot have the statement with this id executed, if it cannot. No
// connection that has a schema can be brought back to none.
std::optional<Error> why_not_executed(const ClientStatement* statement, std::uint32_t id,
                                      std::string_view command, std::string_view schema) {
  if (statement == nullptr) return unknown_statement(id, command);
  if (!schema.empty() || statement->schema.empty()) return std::nullopt;
  return make_error(ErrorKind::Invalid, 1615, "HY000",
                    fmt::format("understudy: the statement was prepared in schema '{}', and none "
                                "is selected any more: select one",
                                statement->schema));
}

// The id in a COM_STMT_* packet, 0 if it is too short.
std::uint32_t statement_id(const protocol::AssembledPacket& packet) {
  ByteReader reader(packet.payload.subspan(1));
  return reader.u32();
}

}  // namespace

void ClientSession::handle_prepare(const protocol::AssembledPacket& packet) {
  const std::string_view text = as_text(packet.payload.subspan(1));
  preparing_ = statements_.add(text, session_->modes());
  if (preparing_ == nullptr) {
    return writer_.error(make_error(
        ErrorKind::Invalid, 1461, "42000",
        fmt::format("Can't create more than max_prepared_stmt_count statements (current value: {})",
                    StatementTable::kStatementsMax)));
  }
  if (preparing_->text->what.own != sql::OwnStatement::None) {
    statements_.remove(preparing_->id);
    return writer_.error(make_error(
        ErrorKind::Invalid, 1295, "HY000",
        "This command is not supported in the prepared statement protocol yet; send it as text"));
  }
  preparing_->schema = session_->schema();
  backend::Command command;
  command.kind = backend::CommandKind::Prepare;
  command.shape = protocol::ResponseShape::Prepare;
  command.packets = packet.framed;
  if (const auto known =
          sql::with_connection_id(text, preparing_->text->what, session_->modes(), id_)) {
    protocol::append_stmt_prepare(rewriting(), *known);
    command.packets = rewritten_;
    statements_.replace_text(*preparing_, *known, session_->modes());
  }
  command.text = preparing_->text->text;
  // Preparing runs nothing, so it takes the statement's place but not its effects.
  what() = sql::Classification{};
  what().kind = preparing_->text->what.kind == sql::StatementClass::Read
                    ? sql::StatementClass::Read
                    : sql::StatementClass::Primary;
  what().reason = preparing_->text->what.reason;
  what().hints = preparing_->text->what.hints;
  command.what = &what();
  run(command);
}

void ClientSession::handle_execute(const protocol::AssembledPacket& packet) {
  ClientStatement* const statement = statements_.find(statement_id(packet));
  if (const auto why =
          why_not_executed(statement, statement_id(packet), "execute", session_->schema()))
    return writer_.error(*why);
  const Result<ByteView> normalized = normalize_execute(packet.framed, *statement, rewriting());
  if (!normalized) return writer_.error(normalized.error());
  session_->close_cursor(*statement);
  backend::Command command;
  command.kind = backend::CommandKind::Execute;
  command.shape = protocol::ResponseShape::Execute;
  command.packets = *normalized;
  command.text = statement->text->text;
  command.what = &statement->text->what;
  command.statement = statement;
  command.cursor =
      statement->column_count > 0 && (packet.payload[kFlagsOffset] & kReadOnlyCursor) != 0;
  if (command.cursor) {
    // It keeps the connection that it is open on, and what comes next may write.
    what() = statement->text->what;
    what().kind = sql::StatementClass::Pin;
    what().reason = "opens a cursor";
    command.what = &what();
  } else if (session_->answer_from_cache(command, *this)) {
    return;
  }
  run(command);
}

void ClientSession::handle_bulk_execute(const protocol::AssembledPacket& packet) {
  ClientStatement* const statement = statements_.find(statement_id(packet));
  if (const auto why =
          why_not_executed(statement, statement_id(packet), "bulk_execute", session_->schema()))
    return writer_.error(*why);
  const Result<ByteView> normalized = normalize_bulk(packet.framed, *statement, rewriting());
  if (!normalized) return writer_.error(normalized.error());
  session_->close_cursor(*statement);
  what() = statement->text->what;
  what().kind = std::max(what().kind, sql::StatementClass::Primary);
  backend::Command command;
  command.kind = backend::CommandKind::Execute;
  command.shape = protocol::ResponseShape::Execute;
  command.packets = *normalized;
  command.text = statement->text->text;
  command.what = &what();
  command.statement = statement;
  command.bulk = true;
  run(command);
}

void ClientSession::handle_long_data(const protocol::AssembledPacket& packet) {
  // There is no answer to this command: what is wrong shows at the next execution.
  ClientStatement* const statement = statements_.find(statement_id(packet));
  if (statement == nullptr) return;
  if (statement->long_data.size() + packet.framed.size() > StatementTable::kLongDataMax) {
    writer_.error(make_error(ErrorKind::Invalid, 1153, "08S01",
                             "Got a packet bigger than 'max_allowed_packet' bytes"));
    return end();
  }
  append(statement->long_data, packet.framed);
}

void ClientSession::handle_reset_statement(const protocol::AssembledPacket& packet) {
  ClientStatement* const statement = statements_.find(statement_id(packet));
  if (statement == nullptr) return writer_.error(unknown_statement(statement_id(packet), "reset"));
  statement->long_data.clear();
  session_->close_cursor(*statement);
  writer_.ok(session_->status());
}

void ClientSession::handle_close_statement(const protocol::AssembledPacket& packet) {
  ClientStatement* const statement = statements_.find(statement_id(packet));
  if (statement == nullptr) return;
  session_->close_cursor(*statement);
  statements_.remove(statement->id);
}

void ClientSession::handle_fetch(const protocol::AssembledPacket& packet) {
  ClientStatement* const statement = statements_.find(statement_id(packet));
  if (statement == nullptr) return writer_.error(unknown_statement(statement_id(packet), "fetch"));
  if (!statement->cursor) return writer_.error(no_cursor(statement->id));
  what() = sql::Classification{};
  what().kind = sql::StatementClass::Primary;
  what().reason = "reads from a cursor";
  what().statement_count = 1;
  backend::Command command;
  command.kind = backend::CommandKind::Fetch;
  command.shape = protocol::ResponseShape::Rows;
  command.packets = packet.framed;
  command.what = &what();
  command.statement = statement;
  run(command);
}

}  // namespace understudy::proxy
