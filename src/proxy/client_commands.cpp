#include <fmt/format.h>

#include "protocol/commands.h"
#include "protocol/constants.h"
#include "protocol/handshake.h"
#include "proxy/client_session.h"
#include "proxy/worker.h"
#include "sql/connection_id.h"
#include "sql/show_processlist.h"

// The commands of a client that is logged in: which statement each stands for, and on to a server.
namespace understudy::proxy {
namespace {

using protocol::Command;

constexpr std::uint16_t kMultiStatementsOff = 1;  // of COM_SET_OPTION; 0: on

Error unknown_command() {
  return make_error(ErrorKind::Unsupported, 1047, "08S01", "Unknown command");
}

Error no_binary_log(const replication::Topology& topology) {
  const replication::ServerView* const primary = topology.primary_view();
  const std::string from = primary == nullptr
                               ? "one of its servers"
                               : fmt::format("{} ({})", primary->name, to_string(primary->address));
  return make_error(ErrorKind::Unsupported, 1047, "08S01",
                    fmt::format("Understudy passes on no binary log: replicate from {}", from));
}

Error no_super() {
  return make_error(ErrorKind::Server, 1227, "42000",
                    "Access denied; you need (at least one of) the SUPER privilege(s) for this "
                    "operation");
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
    case Command::StmtBulkExecute:
      return handle_bulk_execute(packet);
    case Command::StmtSendLongData:
      return handle_long_data(packet);
    case Command::StmtClose:
      return handle_close_statement(packet);
    case Command::StmtReset:
      return handle_reset_statement(packet);
    case Command::StmtFetch:
      return handle_fetch(packet);
    case Command::SetOption:
      return handle_set_option(packet);
    case Command::ProcessKill:
      return handle_process_kill(packet);
    case Command::Debug:
      return writer_.error(no_super());
    case Command::Ping:
      return writer_.ok(session_->status());
    case Command::ResetConnection:
      session_->reset();
      statements_.clear();
      return writer_.ok(session_->status());
    case Command::ProcessInfo:
      return list_processes(false);
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
      return writer_.error(unknown_command());
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
  worker_.classifier().classify(text, session_->modes(), what());
  if (!what().hints.unknown.empty()) return writer_.error(unknown_hint(what().hints.unknown));
  if (what().own != sql::OwnStatement::None) return answer_own(text);
  // The id of the connection is the one that this client knows.
  if (const auto known = sql::with_connection_id(text, what(), session_->modes(), id_)) {
    protocol::append_query(rewriting(), *known);
    command.packets = rewritten_;
  }
  if (what().kind == sql::StatementClass::Primary)
    if (const auto full = sql::parse_show_processlist(text, session_->modes()))
      return list_processes(*full);
  command.what = &what();
  run(command);
}

// The form of a login that connections to servers are shared by changes with this; one that is held
// has to be told.
void ClientSession::handle_set_option(const protocol::AssembledPacket& packet) {
  ByteReader reader(packet.payload.subspan(1));
  const std::uint16_t option = reader.u16();
  if (reader.failed() || option > kMultiStatementsOff) return writer_.error(unknown_command());
  multi_statements_ = option != kMultiStatementsOff;
  if (session_->holding()) {
    setting_option_ = true;
    return handle_forwarded(packet);
  }
  session_->set_multi_statements(multi_statements_);
  writer_.eof(session_->status());
}

void ClientSession::select_schema(ByteView packets, std::string_view schema) {
  what() = sql::Classification{};
  what().kind = sql::StatementClass::Session;
  what().reason = "selects the schema";
  what().effects = sql::Effect::ChangesSchema;
  what().statement_count = 1;
  backend::Command command;
  command.kind = backend::CommandKind::SelectSchema;
  command.shape = protocol::ResponseShape::OkOrErr;
  command.packets = packets;
  command.text = schema;
  command.what = &what();
  run(command);
}

void ClientSession::handle_forwarded(const protocol::AssembledPacket& packet) {
  what() = sql::Classification{};
  what().kind = sql::StatementClass::Primary;
  what().reason = "a command that is passed on to the primary";
  what().statement_count = 1;
  backend::Command command;
  command.kind = backend::CommandKind::Other;
  command.shape = protocol::shape_of(static_cast<Command>(packet.payload[0]));
  command.packets = packet.framed;
  command.what = &what();
  run(command);
}

// A login anew on the same connection: nothing of the session before is left.
void ClientSession::handle_change_user(const protocol::AssembledPacket& packet) {
  auto wanted = protocol::parse_change_user(packet.payload.subspan(1), capabilities_, collation_);
  if (!wanted) {
    writer_.error(wanted.error());
    return end();
  }
  if (!worker_.dispatcher().keeps_ignore_space()) wanted->capabilities &= ~protocol::kIgnoreSpace;
  session_.reset();
  statements_.clear();
  state_ = State::LoggingIn;
  login_ = std::make_unique<ClientLogin>(
      worker_.settings().login, login_options(), source_,
      protocol::ClientCredentials{std::move(wanted->user), std::move(wanted->plugin),
                                  std::move(wanted->auth_response), std::move(wanted->schema),
                                  std::move(wanted->attributes), wanted->capabilities,
                                  wanted->collation},
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
  answer_passed_ = false;
  running_text_ = command.text;
  since_ = net::Loop::now();
  session_->execute(command, *this);
}

}  // namespace understudy::proxy
