#include "load/client.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "protocol/commands.h"
#include "protocol/constants.h"
#include "protocol/err_packet.h"
#include "protocol/native_password.h"

namespace understudy::bench {
namespace {

constexpr std::uint8_t kOk = 0x00;
constexpr std::uint8_t kEnd = 0xfe;  // no row of ours begins with a value of 16 MiB
constexpr std::uint8_t kErr = 0xff;

protocol::ClientHandshakeOptions handshake_options(const LoadOptions& options) {
  protocol::ClientHandshakeOptions handshake;
  handshake.user = options.user;
  handshake.has_password = !options.password.empty();
  handshake.password_sha1 = protocol::password_sha1(options.password);
  handshake.schema = options.schema;
  handshake.capabilities = protocol::kDeprecateEof;
  return handshake;
}

std::string message_of(ByteView err_payload) {
  const auto err = protocol::parse_err(err_payload);
  return err ? fmt::format("{} {}", err->code, err->message) : "malformed error";
}

}  // namespace

LoadClient::LoadClient(const LoadOptions& options, std::uint64_t seed)
    : options_(options), handshake_(handshake_options(options)), random_(seed) {
  before_id_ = fmt::format("{}SELECT c FROM {} WHERE id=", options.comment, options.table);
}

LoadClient::Event LoadClient::broken(std::string why) {
  why_ = std::move(why);
  return Event::Broken;
}

LoadClient::Event LoadClient::log_in(ByteView bytes, Bytes& out) {
  if (const auto fed = handshake_.feed(bytes, out); !fed) return broken(fed.error().message);
  if (!handshake_.done()) return Event::None;
  deprecate_eof_ = (handshake_.capabilities() & protocol::kDeprecateEof) != 0;
  if (!options_.prepared) {
    state_ = State::Ask;
    return Event::Ready;
  }
  state_ = State::Prepare;
  protocol::append_stmt_prepare(out, before_id_ + "?");
  return Event::None;
}

LoadClient::Event LoadClient::feed(ByteView bytes, Bytes& out) {
  if (state_ == State::LogIn) return log_in(bytes, out);
  if (!rest_.empty()) {
    append(rest_, bytes);
    bytes = rest_;
  }
  Event event = Event::None;
  while (event == Event::None && bytes.size() >= protocol::kFrameHeaderSize) {
    const std::size_t size = bytes[0] | std::size_t{bytes[1]} << 8 | std::size_t{bytes[2]} << 16;
    if (bytes.size() < protocol::kFrameHeaderSize + size) break;
    if (size == 0) return broken("an empty packet");
    const ByteView payload = bytes.subspan(protocol::kFrameHeaderSize, size);
    event = state_ == State::Prepare ? prepared(payload) : take(payload);
    bytes = bytes.subspan(protocol::kFrameHeaderSize + size);
  }
  if (event != Event::None && event != Event::Broken && !bytes.empty())
    return broken("bytes that belong to no answer");
  rest_ = Bytes(bytes.begin(), bytes.end());
  return event;
}

LoadClient::Event LoadClient::prepared(ByteView payload) {
  if (!begun_) {
    if (payload[0] == kErr) return broken(message_of(payload));
    ByteReader reader(payload.subspan(1));
    statement_id_ = reader.u32();
    const std::size_t columns = reader.u16();
    const std::size_t parameters = reader.u16();
    const std::size_t ends = deprecate_eof_ ? 0 : std::size_t{columns > 0} + (parameters > 0);
    definitions_ = columns + parameters + ends;
    begun_ = true;
  } else {
    --definitions_;
  }
  if (definitions_ > 0) return Event::None;
  begun_ = false;
  state_ = State::Ask;
  return Event::Ready;
}

LoadClient::Event LoadClient::take(ByteView payload) {
  if (payload[0] == kErr) {
    why_ = message_of(payload);
    return Event::Failed;
  }
  if (!begun_) {
    if (payload[0] == kOk) return broken("the answer to a SELECT has no rows");
    begun_ = true;
    definitions_ = payload[0] + (deprecate_eof_ ? 0u : 1u);
  } else if (definitions_ > 0) {
    --definitions_;
  } else if (payload[0] == kEnd) {
    return Event::Answered;
  }
  return Event::None;
}

void LoadClient::ask(Bytes& out) {
  begun_ = false;
  definitions_ = 0;
  const std::uint64_t id = 1 + random_.below(options_.ids);
  if (options_.prepared) {
    const std::array<protocol::Value, 1> parameters{static_cast<std::int64_t>(id)};
    return protocol::append_stmt_execute(out, statement_id_, parameters);
  }
  const std::size_t fixed = before_id_.size();
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), id).ptr;
  before_id_.append(digits.data(), end);
  protocol::append_query(out, before_id_);
  before_id_.resize(fixed);
}

}  // namespace understudy::bench
