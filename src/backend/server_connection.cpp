#include "backend/server_connection.h"

#include <fmt/format.h>

#include <charconv>

#include "protocol/constants.h"
#include "protocol/ok_packet.h"

namespace understudy::backend {
namespace {

using protocol::PacketKind;

constexpr std::size_t kCommitPositionsMax = 64 * 1024;

// The characteristics of the next transaction start so when SET TRANSACTION gave some; those of a
// running one contain START.
bool names_next_transaction(std::string_view characteristics) {
  return !characteristics.empty() && characteristics.find("START") == std::string_view::npos;
}

// Keeps what an OK packet says of the session.
class SessionNotes final : public protocol::SessionChangeVisitor {
 public:
  SessionNotes(const Dialect& dialect, bool read_only, SessionState& state, ServerReport& report)
      : dialect_(dialect), read_only_(read_only), state_(state), report_(report) {}

  void on_variable(std::string_view name, std::string_view value) override {
    if (name == "last_gtid") {
      add_commit(value);
    } else if (name == "last_insert_id") {
      std::uint64_t id = 0;
      std::from_chars(value.data(), value.data() + value.size(), id);
      report_.last_insert_id = report_.new_insert_id = id;
    } else if (dialect_.carried(name) && !(read_only_ && name == dialect_.read_only_variable())) {
      state_.set_variable(name, value);
      report_.collation_unknown |= name == "character_set_connection";
    }
  }
  void on_gtids(std::string_view gtids) override { add_commit(gtids); }
  void on_schema(std::string_view schema) override {
    state_.set_schema(schema);
    state_.forget_variable("character_set_database");
    state_.forget_variable("collation_database");
  }
  void on_state_change() override { report_.state_changed = true; }
  void on_transaction_characteristics(std::string_view text) override {
    report_.transaction_characteristics = names_next_transaction(text);
  }
  void on_transaction_state(std::string_view state) override {
    // Eight flags in a row: a small w is a write that cannot be rolled back.
    report_.wrote_without_transaction = state.find('w') != std::string_view::npos;
  }

 private:
  // One for each statement of a text that committed.
  void add_commit(std::string_view gtid) {
    std::string& all = report_.commit_position;
    if (all.size() > kCommitPositionsMax) all.clear();
    if (!all.empty() && !gtid.empty()) all += ',';
    all += gtid;
  }

  const Dialect& dialect_;
  const bool read_only_;
  SessionState& state_;
  ServerReport& report_;
};

}  // namespace

ServerConnection::ServerConnection(ConnectOptions options, std::unique_ptr<net::Stream> stream,
                                   const protocol::ClientHandshake& handshake)
    : options_(std::move(options)),
      stream_(std::move(stream)),
      capabilities_(handshake.capabilities()),
      thread_id_(handshake.greeting().connection_id),
      server_version_(handshake.greeting().server_version),
      dialect_(&dialect_of_version(server_version_)),
      prepared_(options_.prepared) {
  stream_->set_handler(this);
  state_.set_schema(options_.schema);
}

void ServerConnection::send(ByteView packets) {
  if (!broken_) stream_->write(packets);
}

void ServerConnection::close_unused_statements(Instant oldest) {
  Bytes close;
  prepared_.close_unused(oldest, close);
  if (!close.empty()) send(close);
}

void ServerConnection::expect(protocol::ResponseShape shape, ResponseHandler& handler,
                              std::uint8_t sequence) {
  if (shape == protocol::ResponseShape::None) return;
  expected_.push_back(
      Expected{protocol::ResponseScanner(shape, capabilities_, sequence), &handler, sequence});
  if (numbers_ != nullptr && expected_.size() == 1) numbers_->begin(sequence);
}

void ServerConnection::on_data(ByteView bytes) {
  const DestructionWatch watch(life_);
  while (!bytes.empty()) {
    if (expected_.empty()) {
      return fail(make_error(ErrorKind::Malformed, "the server sent bytes that nothing asked for"));
    }
    auto step = expected_.front().scanner.next(bytes);
    if (!step) return fail(step.error());
    if (!*step) return;
    if ((*step)->kind == PacketKind::LocalInfile && !expected_.front().handler->on_file_wanted())
      return fail(
          make_error(ErrorKind::Malformed,
                     "it asked for a file of the client's that the statement does not load"));
    deliver(**step);
    if (watch.destroyed() || broken_) return;
  }
}

// Hands a step to its handler, which may destroy this connection.
void ServerConnection::deliver(const protocol::ScanStep& step) {
  ResponseHandler& handler = *expected_.front().handler;
  note(step);
  if (!step.last) return handler.on_step(*this, step);
  // The views of the last step may lie in the scanner.
  const Expected finished = std::move(expected_.front());
  expected_.erase(expected_.begin());
  if (numbers_ != nullptr && !expected_.empty()) numbers_->begin(expected_.front().sequence);
  handler.on_step(*this, step);
}

void ServerConnection::note(const protocol::ScanStep& step) {
  if (step.kind == PacketKind::Ok || step.kind == PacketKind::ResultEnd) {
    report_.status = step.status;
    report_.warnings = step.warnings;
    report_.row_count = -1;
    if (step.kind == PacketKind::ResultEnd) report_.rows = step.rows;
    has_warnings_ |= step.warnings != 0;
    if (!protocol::is_eof(step.payload)) note_ok(step.payload);
  } else if (step.kind == PacketKind::ColumnsEnd && step.last) {
    report_.status = step.status;  // a cursor is open
  } else if (step.kind == PacketKind::Err) {
    report_.warnings = 1;
    report_.row_count = -1;
    has_warnings_ = true;
  }
}

void ServerConnection::note_ok(ByteView payload) {
  const auto ok = protocol::parse_ok(payload, capabilities_);
  if (!ok) return;
  if (ok->header == 0) report_.row_count = static_cast<std::int64_t>(ok->affected_rows);
  if (ok->last_insert_id != 0) {
    report_.last_insert_id = report_.new_insert_id = ok->last_insert_id;
  }
  if (ok->session_changes.empty()) return;
  SessionNotes notes(dialect(), options_.read_only, state_, report_);
  protocol::for_each_session_change(ok->session_changes, notes);
}

void ServerConnection::on_closed(const Error& why) {
  fail(why);
}

void ServerConnection::on_drained() {
  if (!expected_.empty()) expected_.front().handler->on_sent(*this);
}

void ServerConnection::fail(Error why) {
  if (broken_) return;
  broken_ = true;
  stream_->close();
  why.message = fmt::format("connection to server {} lost: {}", options_.server_name, why.message);
  if (expected_.empty()) {
    if (idle_broken_) std::exchange(idle_broken_, nullptr)();
    return;
  }
  const DestructionWatch watch(life_);
  while (!watch.destroyed() && !expected_.empty()) {
    ResponseHandler& handler = *expected_.front().handler;
    expected_.erase(expected_.begin());
    handler.on_broken(*this, why);
  }
}

}  // namespace understudy::backend
