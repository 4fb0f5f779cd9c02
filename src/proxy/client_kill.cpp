#include <fmt/format.h>

#include "backend/account_table.h"
#include "protocol/server_errors.h"
#include "proxy/client_session.h"
#include "proxy/worker.h"
#include "sql/kill_statement.h"

// KILL, on both sides: the ids are those that clients know, and they end sessions here. A server is
// told only to end what runs there. And SHOW PROCESSLIST, which tells of those ids.
namespace understudy::proxy {
namespace {

Error interrupted() {
  return make_error(ErrorKind::Server, protocol::kErrorQueryInterrupted, "70100",
                    "Query execution was interrupted");
}

Error connection_killed() {
  return make_error(ErrorKind::Server, protocol::kErrorConnectionKilled, "70100",
                    "Connection was killed");
}

Error unknown_thread(std::uint64_t id) {
  return make_error(ErrorKind::Invalid, protocol::kErrorUnknownThread, "HY000",
                    fmt::format("Unknown thread id: {}", id));
}

Error not_owner(std::uint64_t id) {
  return make_error(ErrorKind::Invalid, protocol::kErrorNotOwnerOfThread, "HY000",
                    fmt::format("You are not owner of thread {}", id));
}

Error not_understood() {
  return make_error(ErrorKind::Unsupported, 1235, "42000",
                    "understudy: KILL takes the id of a connection as a number, CONNECTION_ID() "
                    "or USER and a name here; what else it may name belongs to one server");
}

}  // namespace

bool ClientSession::is_of(std::string_view user) const {
  return session_ != nullptr && state_ != State::Closing && session_->login().user == user;
}

bool ClientSession::comes_from(std::string_view host) const {
  return host.empty() || backend::host_matches(host, peer().host);
}

void ClientSession::handle_kill(std::string_view text) {
  const auto kill = sql::parse_kill(text, session_->modes());
  if (!kill) return writer_.error(not_understood());
  KillRequest request;
  request.query_only = kill->query_only;
  request.user = session_->login().user;
  if (kill->id) {
    if (*kill->id == 0 || *kill->id > UINT32_MAX) return writer_.error(unknown_thread(*kill->id));
    request.id = static_cast<std::uint32_t>(*kill->id);
  } else if (kill->own) {
    request.id = id_;
  } else if (kill->user != request.user) {
    return writer_.error(
        make_error(ErrorKind::Invalid, protocol::kErrorAccessDenied, "28000",
                   fmt::format("You are not owner of the connections of '{}'", kill->user)));
  } else {
    request.host = kill->host;
  }
  ask_to_kill(std::move(request));
}

void ClientSession::handle_process_kill(const protocol::AssembledPacket& packet) {
  ByteReader reader(packet.payload.subspan(1));
  KillRequest request;
  request.id = reader.u32();
  request.user = session_->login().user;
  if (reader.failed())
    return writer_.error(make_error(ErrorKind::Malformed, 1047, "08S01", "Unknown command"));
  ask_to_kill(std::move(request));
}

void ClientSession::ask_to_kill(KillRequest request) {
  state_ = State::Running;
  killed_itself_ = false;
  killing_ = std::make_unique<KillRequest>(std::move(request));
  worker_.kill(id_, *killing_);
}

void ClientSession::killed(const KillOutcome& outcome) {
  if (state_ == State::Closing || !killing_) return;
  const KillRequest request = *std::exchange(killing_, nullptr);
  state_ = State::Ready;
  if (killed_itself_) {
    writer_.error(request.query_only ? interrupted() : connection_killed());
    return request.query_only ? next_commands() : end();
  }
  if (request.id && outcome.killed == 0) {
    writer_.error(outcome.of_others ? not_owner(*request.id) : unknown_thread(*request.id));
  } else {
    writer_.ok(session_->status());
  }
  next_commands();
}

void ClientSession::list_processes(bool full) {
  state_ = State::Running;
  since_ = net::Loop::now();
  running_text_ = full ? "SHOW FULL PROCESSLIST" : "SHOW PROCESSLIST";
  listing_ = full;
  worker_.list(id_, session_->login().user);
}

void ClientSession::listed(std::vector<ClientProcess> processes) {
  if (state_ == State::Closing || !listing_) return;
  const bool full = *std::exchange(listing_, std::nullopt);
  writer_.framed(process_list_answer(std::move(processes), full, capabilities_, writer_.sequence(),
                                     session_->status()));
  running_text_ = {};
  state_ = State::Ready;
  next_commands();
}

ClientProcess ClientSession::process() const {
  ClientProcess process;
  process.id = id_;
  process.user = session_->login().user;
  process.host = source_.empty() ? stream_->peer_address() : source_;
  process.schema = session_->state().schema();
  process.running = state_ == State::Running || state_ == State::SendingFile;
  process.seconds = static_cast<std::uint64_t>(to_ms(net::Loop::now() - since_)) / 1000;
  process.statement = running_text_;
  return process;
}

void ClientSession::kill(bool query_only) {
  if (state_ == State::Closing) return;
  if (killing_) {
    killed_itself_ = true;
  } else if (query_only) {
    if (session_) session_->interrupt();
  } else {
    if (state_ == State::Running && !session_->answering()) writer_.error(connection_killed());
    end();
  }
}

}  // namespace understudy::proxy
