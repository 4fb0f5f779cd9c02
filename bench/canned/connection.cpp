#include "canned/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "protocol/constants.h"

namespace understudy::bench {
namespace {

using protocol::Command;

constexpr std::uint32_t kPointSelectId = 1;  // of prepared statements
constexpr std::uint32_t kOtherStatementId = 2;
constexpr std::string_view kPointSelect = "WHERE id";
constexpr std::uint16_t kUnknownCommand = 1047;

protocol::Greeting make_greeting(std::uint32_t id) {
  protocol::Greeting greeting;
  greeting.server_version = "5.5.5-10.11.11-MariaDB-log";
  greeting.connection_id = id;
  greeting.scramble.fill('s');
  greeting.capabilities =
      protocol::kLongPassword | protocol::kFoundRows | protocol::kLongFlag |
      protocol::kConnectWithDb | protocol::kIgnoreSpace | protocol::kProtocol41 |
      protocol::kInteractive | protocol::kTransactions | protocol::kSecureConnection |
      protocol::kMultiStatements | protocol::kMultiResults | protocol::kPsMultiResults |
      protocol::kPluginAuth | protocol::kConnectAttributes | protocol::kPluginAuthLenenc |
      protocol::kSessionTrack | protocol::kDeprecateEof;
  greeting.collation = 45;  // utf8mb4_general_ci
  greeting.status = protocol::kStatusAutocommit;
  greeting.plugin = protocol::kNativePasswordPlugin;
  return greeting;
}

// What follows `name=` in a SET, up to the next comma outside of quotes.
std::optional<std::string_view> assigned(std::string_view statement, std::string_view name) {
  const std::size_t found = statement.find(name);
  if (found == std::string_view::npos) return std::nullopt;
  std::string_view value = statement.substr(found + name.size());
  value.remove_prefix(std::min(value.size(), value.find_first_not_of(" =:")));
  if (value.starts_with('\'')) return value.substr(1, value.find('\'', 1) - 1);
  return value.substr(0, value.find_first_of(", ;"));
}

template <typename Integer>
std::optional<Integer> to_number(std::string_view text) {
  Integer number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return number;
}

}  // namespace

CannedConnection::CannedConnection(CannedState& state, std::uint32_t id)
    : state_(state), handshake_(make_greeting(id)) {}

bool CannedConnection::feed(ByteView bytes, Bytes& out) {
  if (!logged_in_) return log_in(bytes, out);
  if (rest_.empty()) {
    if (!take_commands(bytes, out)) return false;
    rest_.assign(bytes.begin(), bytes.end());
    return true;
  }
  append(rest_, bytes);
  ByteView all = rest_;
  if (!take_commands(all, out)) return false;
  rest_.erase(rest_.begin(), rest_.end() - static_cast<std::ptrdiff_t>(all.size()));
  return true;
}

bool CannedConnection::log_in(ByteView bytes, Bytes& out) {
  const auto event = handshake_.feed(bytes);
  if (!event) return false;
  if (*event != protocol::ServerHandshake::Event::Credentials) return true;
  logged_in_ = true;
  capabilities_ = handshake_.credentials().capabilities;
  prepare_answers();
  const std::size_t sequence_at = out.size() + protocol::kFrameHeaderSize - 1;
  append(out, ok_);
  out[sequence_at] = handshake_.reply_sequence();
  return true;
}

void CannedConnection::prepare_answers() {
  ok_ = ok_answer(capabilities_);
  text_row_ = point_select_answer(RowForm::Text, capabilities_);
  binary_row_ = point_select_answer(RowForm::Binary, capabilities_);
}

bool CannedConnection::take_commands(ByteView& bytes, Bytes& out) {
  while (bytes.size() > protocol::kFrameHeaderSize) {
    const std::size_t size = bytes[0] | std::size_t{bytes[1]} << 8 | std::size_t{bytes[2]} << 16;
    if (size == 0 || size == protocol::kFramePayloadMax) return false;  // nothing that we expect
    if (bytes.size() < protocol::kFrameHeaderSize + size) break;
    if (!run(bytes.subspan(protocol::kFrameHeaderSize, size), out)) return false;
    bytes = bytes.subspan(protocol::kFrameHeaderSize + size);
  }
  return true;
}

bool CannedConnection::run(ByteView command, Bytes& out) {
  const ByteView rest = command.subspan(1);
  switch (static_cast<Command>(command[0])) {
    case Command::Query:
      query(as_text(rest), out);
      return true;
    case Command::StmtExecute:
      execute(rest, out);
      return true;
    case Command::StmtPrepare:
      prepare(as_text(rest), out);
      return true;
    case Command::InitDb:
      append(out, schema_answer(as_text(rest), capabilities_));
      return true;
    case Command::BinlogDump:
      dump(rest, out);
      return true;
    case Command::StmtClose:
    case Command::StmtSendLongData:
      return true;
    case Command::Ping:
    case Command::StmtReset:
    case Command::SetOption:
    case Command::ResetConnection:
    case Command::RegisterReplica:
      append(out, ok_);
      return true;
    case Command::Quit:
      return false;
    default:
      append(out, error_answer(kUnknownCommand, "Unknown command"));
      return true;
  }
}

void CannedConnection::query(std::string_view statement, Bytes& out) {
  if (statement.find(kPointSelect) != std::string_view::npos) return append(out, text_row_);
  if (write(statement, out)) return;
  if (statement.starts_with("SET ")) remember_settings(statement);
  if (statement.starts_with("USE ")) {
    return append(out, schema_answer(statement.substr(4), capabilities_));
  }
  const LogFacts log{state_.binlog.gtid(), CannedBinlog::file(), state_.binlog.end()};
  if (const auto answer = answer_to(statement, capabilities_, log)) return append(out, *answer);
  if (state_.verbose) fmt::print(stderr, "not known: {}\n", statement);
  append(out, ok_);
}

void CannedConnection::prepare(std::string_view statement, Bytes& out) {
  const bool select = statement.find(kPointSelect) != std::string_view::npos;
  const auto parameters = static_cast<std::uint16_t>(std::ranges::count(statement, '?'));
  append(out, prepare_answer(select ? kPointSelectId : kOtherStatementId, parameters, select,
                             capabilities_));
}

void CannedConnection::execute(ByteView command, Bytes& out) {
  ByteReader reader(command);
  append(out, reader.u32() == kPointSelectId ? binary_row_ : ok_);
}

// CANNED WRITE schema.table id
bool CannedConnection::write(std::string_view statement, Bytes& out) {
  constexpr std::string_view kWrite = "CANNED WRITE ";
  if (!statement.starts_with(kWrite)) return false;
  statement.remove_prefix(kWrite.size());
  const std::size_t dot = statement.find('.');
  const std::size_t space = statement.find(' ');
  const auto id =
      to_number<std::int32_t>(statement.substr(std::min(space, statement.size() - 1) + 1));
  if (dot == std::string_view::npos || space == std::string_view::npos || dot > space || !id) {
    append(out, error_answer(1064, "write CANNED WRITE schema.table id"));
    return true;
  }
  state_.binlog.write(statement.substr(0, dot), statement.substr(dot + 1, space - dot - 1), *id);
  append(out, ok_);
  return true;
}

void CannedConnection::remember_settings(std::string_view statement) {
  if (const auto position = assigned(statement, "@slave_connect_state")) {
    start_position_ = *position;
  }
  if (const auto period = assigned(statement, "@master_heartbeat_period")) {
    heartbeat_period_ = Duration(to_number<std::int64_t>(*period).value_or(0));
  }
}

void CannedConnection::dump(ByteView command, Bytes& out) {
  constexpr std::uint16_t kUpToTheEnd = 1;
  ByteReader reader(command);
  reader.u32();  // a place in the file, which @slave_connect_state overrides
  const bool up_to_the_end = (reader.u16() & kUpToTheEnd) != 0;
  sequence_ = 1;
  next_ = state_.binlog.index_after(start_position_);
  state_.binlog.append_start(out, sequence_);
  append_new(out);
  follows_ = !up_to_the_end;
  if (follows_) return;
  protocol::append_packet(out, sequence_, Bytes{0xfe, 0, 0, protocol::kStatusAutocommit, 0});
}

void CannedConnection::append_new(Bytes& out) {
  for (; next_ < state_.binlog.size(); ++next_)
    state_.binlog.append_transaction(out, sequence_, next_);
}

void CannedConnection::follow(Instant now, Bytes& out) {
  const std::size_t before = out.size();
  append_new(out);
  const auto due = heartbeat_due();
  if (out.size() == before && sent_ != Instant{} && due && *due <= now)
    state_.binlog.append_heartbeat(out, sequence_);
  if (out.size() != before || sent_ == Instant{}) sent_ = now;
}

std::optional<Instant> CannedConnection::heartbeat_due() const {
  if (!follows_ || heartbeat_period_ <= Duration::zero()) return std::nullopt;
  return sent_ + heartbeat_period_;
}

}  // namespace understudy::bench
