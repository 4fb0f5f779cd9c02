#include <fmt/format.h>

#include "protocol/constants.h"
#include "protocol/handshake.h"
#include "proxy/client_session.h"
#include "proxy/worker.h"

// The commands of a client that is logged in: which statement each stands for, and on to a server.
namespace understudy::proxy {
namespace {

using protocol::Command;

Error unsupported(std::string_view what) {
  return make_error(ErrorKind::Unsupported, 1047, "08S01",
                    fmt::format("Unknown command: {}", what));
}

Error unknown_statement(std::uint32_t id, std::string_view command) {
  return make_error(
      ErrorKind::Invalid, 1243, "HY000",
      fmt::format("Unknown prepared statement handler ({}) given to {}", id, command));
}

Error no_binary_log(const replication::Topology& topology) {
  const replication::ServerView* const primary = topology.primary_view();
  const std::string from = primary == nullptr
                               ? "one of its servers"
                               : fmt::format("{} ({})", primary->name, to_string(primary->address));
  return make_error(ErrorKind::Unsupported, 1047, "08S01",
                    fmt::format("Understudy passes on no binary log: replicate from {}", from));
}

// The id in a COM_STMT_* packet, 0 if it is too short.
std::uint32_t statement_id(const protocol::AssembledPacket& packet) {
  ByteReader reader(packet.payload.subspan(1));
  return reader.u32();
}

}  // namespace

void ClientSession::handle(const protocol::AssembledPacket& packet) {
  writer_.begin_answer(static_cast<std::uint8_t>(packet.sequence + 1));
  switch (static_cast<Command>(packet.payload[0])) {
    case Command::Quit:
      return end();
    case Command::Query:
      return handle_query(packet);
    case Command::InitDb:
      schema_ = as_text(packet.payload.subspan(1));
      return select_schema(packet.framed, schema_);
    case Command::StmtPrepare:
      return handle_prepare(packet);
    case Command::StmtExecute:
      return handle_execute(packet);
    case Command::StmtSendLongData:
      return handle_long_data(packet);
    case Command::StmtClose:
      statements_.remove(statement_id(packet));
      return;
    case Command::StmtReset:
      return handle_reset_statement(packet);
    case Command::Ping:
      return writer_.ok(session_->status());
    case Command::ResetConnection:
      session_->reset();
      statements_.clear();
      return writer_.ok(session_->status());
    case Command::FieldList:
    case Command::Statistics:
      return handle_forwarded(packet);
    case Command::ChangeUser:
      return handle_change_user(packet);
    case Command::RegisterReplica:
    case Command::BinlogDump:
    case Command::BinlogDumpGtid:
      return writer_.error(no_binary_log(*worker_.dispatcher().topology()));
    default:
      return writer_.error(unsupported(
          fmt::format("0x{:02x} is not a command that Understudy can pass on", packet.payload[0])));
  }
}

// --- commands that go to a server ---

void ClientSession::handle_query(const protocol::AssembledPacket& packet) {
  const std::string_view text = as_text(packet.payload.subspan(1));
  backend::Command command;
  command.packets = packet.framed;
  command.text = text;
  // A text that is found there has been classified by whoever put it there.
  if (session_->answer_from_cache(command, *this)) return;
  what_ = sql::classify(text, session_->modes());
  if (!what_.hints.unknown.empty()) return writer_.error(unknown_hint(what_.hints.unknown));
  if (what_.own != sql::OwnStatement::None) return answer_own();
  command.what = &what_;
  run(command);
}

void ClientSession::handle_prepare(const protocol::AssembledPacket& packet) {
  const std::string_view text = as_text(packet.payload.subspan(1));
  preparing_ = statements_.add(text, session_->modes());
  if (preparing_ == nullptr) {
    return writer_.error(make_error(
        ErrorKind::Invalid, 1461, "42000",
        fmt::format("Can't create more than max_prepared_stmt_count statements (current value: {})",
                    StatementTable::kStatementsMax)));
  }
  if (preparing_->what.own != sql::OwnStatement::None) {
    statements_.remove(preparing_->id);
    return writer_.error(make_error(
        ErrorKind::Invalid, 1295, "HY000",
        "This command is not supported in the prepared statement protocol yet; send it as text"));
  }
  backend::Command command;
  command.kind = backend::CommandKind::Prepare;
  command.shape = protocol::ResponseShape::Prepare;
  command.packets = packet.framed;
  command.text = preparing_->text;
  // Preparing runs nothing, so it takes the statement's place but not its effects.
  what_ = sql::Classification{};
  what_.kind = preparing_->what.kind == sql::StatementClass::Read ? sql::StatementClass::Read
                                                                  : sql::StatementClass::Primary;
  what_.reason = preparing_->what.reason;
  what_.hints = preparing_->what.hints;
  command.what = &what_;
  run(command);
}

void ClientSession::handle_execute(const protocol::AssembledPacket& packet) {
  backend::PreparedStatement* const statement = statements_.find(statement_id(packet));
  if (statement == nullptr)
    return writer_.error(unknown_statement(statement_id(packet), "EXECUTE"));
  const Result<ByteView> normalized = normalize_execute(packet.framed, *statement, execute_);
  if (!normalized) return writer_.error(normalized.error());
  backend::Command command;
  command.kind = backend::CommandKind::Execute;
  command.shape = protocol::ResponseShape::Execute;
  command.packets = *normalized;
  command.text = statement->text;
  command.what = &statement->what;
  command.statement = statement;
  if (session_->answer_from_cache(command, *this)) return;
  run(command);
}

void ClientSession::handle_long_data(const protocol::AssembledPacket& packet) {
  // There is no answer to this command: what is wrong shows at the next execution.
  backend::PreparedStatement* const statement = statements_.find(statement_id(packet));
  if (statement == nullptr) return;
  if (statement->long_data.size() + packet.framed.size() > StatementTable::kLongDataMax) {
    writer_.error(make_error(ErrorKind::Invalid, 1153, "08S01",
                             "Got a packet bigger than 'max_allowed_packet' bytes"));
    return end();
  }
  append(statement->long_data, packet.framed);
}

void ClientSession::handle_reset_statement(const protocol::AssembledPacket& packet) {
  backend::PreparedStatement* const statement = statements_.find(statement_id(packet));
  if (statement == nullptr) return writer_.error(unknown_statement(statement_id(packet), "RESET"));
  statement->long_data.clear();
  writer_.ok(session_->status());
}

void ClientSession::select_schema(ByteView packets, std::string_view schema) {
  what_ = sql::Classification{};
  what_.kind = sql::StatementClass::Session;
  what_.reason = "selects the schema";
  what_.effects = sql::Effect::ChangesSchema;
  what_.statement_count = 1;
  backend::Command command;
  command.kind = backend::CommandKind::SelectSchema;
  command.shape = protocol::ResponseShape::OkOrErr;
  command.packets = packets;
  command.text = schema;
  command.what = &what_;
  run(command);
}

void ClientSession::handle_forwarded(const protocol::AssembledPacket& packet) {
  what_ = sql::Classification{};
  what_.kind = sql::StatementClass::Primary;
  what_.reason = "a command that is passed on to the primary";
  what_.statement_count = 1;
  backend::Command command;
  command.kind = backend::CommandKind::Other;
  command.shape = protocol::shape_of(static_cast<Command>(packet.payload[0]));
  command.packets = packet.framed;
  command.what = &what_;
  run(command);
}

// A login anew on the same connection: nothing of the session before is left.
void ClientSession::handle_change_user(const protocol::AssembledPacket& packet) {
  auto wanted = protocol::parse_change_user(packet.payload.subspan(1), capabilities_, collation_);
  if (!wanted) {
    writer_.error(wanted.error());
    return end();
  }
  // For a server this flag counts at the first login only (measured on MariaDB 10.11).
  wanted->capabilities &= ~protocol::kIgnoreSpace;
  session_.reset();
  statements_.clear();
  state_ = State::LoggingIn;
  login_ = std::make_unique<ClientLogin>(
      worker_.settings().login, login_options(), source_,
      protocol::ClientCredentials{std::move(wanted->user), std::move(wanted->plugin),
                                  std::move(wanted->auth_response), std::move(wanted->schema),
                                  wanted->capabilities, wanted->collation},
      static_cast<std::uint8_t>(packet.sequence + 1));
  start_login_timer();
  Bytes reply;
  const auto progress = login_->begin(peer(), worker_.accounts(), reply);
  changing_user_ = true;
  go_on_with_login(progress, reply);
  changing_user_ = false;
}

void ClientSession::run(const backend::Command& command) {
  if (state_ == State::Ready) state_ = State::Running;
  session_->execute(command, *this);
}

}  // namespace understudy::proxy
