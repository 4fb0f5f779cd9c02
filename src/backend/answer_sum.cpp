#include "backend/answer_sum.h"

#include <cstring>

#include "protocol/err_packet.h"
#include "protocol/ok_packet.h"

namespace understudy::backend {
namespace {

using protocol::PacketKind;

constexpr std::size_t kWord = 8;
constexpr std::uint64_t kFactor = 0xd6e8feb86659fd93ULL;

// Both halves of the product, so that every bit of the input reaches every bit of the result.
std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(hash ^ word) * kFactor;
  const auto high = static_cast<std::uint64_t>(product >> 64);
  // The sum keeps what a product with zero would forget.
  return (high ^ static_cast<std::uint64_t>(product)) + (word ^ (hash << 7 | hash >> 57));
}

}  // namespace

void AnswerSum::add(const protocol::ScanStep& step, std::uint32_t capabilities) {
  if (step.kind == PacketKind::Raw) return add_bytes(step.bytes);
  end_bytes();
  add_number(static_cast<std::uint64_t>(step.kind));
  switch (step.kind) {
    case PacketKind::Ok:
    case PacketKind::ResultEnd:
      return add_ok(step, capabilities);
    case PacketKind::Err: {
      const Result<protocol::ErrPacket> err = protocol::parse_err(step.payload);
      return add_number(err ? err->code : 0);
    }
    case PacketKind::ColumnsEnd:
      return add_number(step.warnings);
    default:
      add_bytes(step.payload);
      end_bytes();
  }
}

void AnswerSum::add_ok(const protocol::ScanStep& step, std::uint32_t capabilities) {
  add_number(step.warnings);
  if (protocol::is_eof(step.payload)) return;
  const Result<protocol::OkPacket> ok = protocol::parse_ok(step.payload, capabilities);
  if (!ok) return;
  add_number(ok->affected_rows);
  add_number(ok->last_insert_id);
  add_bytes(as_bytes(ok->info));
  end_bytes();
  insert_id_ = ok->last_insert_id;
}

void AnswerSum::add_bytes(ByteView bytes) {
  raw_size_ += bytes.size();
  for (; partial_size_ != 0 && !bytes.empty(); bytes = bytes.subspan(1)) {
    partial_ |= std::uint64_t{bytes[0]} << (8 * partial_size_);
    if (++partial_size_ < kWord) continue;
    hash_ = mix(hash_, partial_);
    partial_ = partial_size_ = 0;
  }
  for (; bytes.size() >= kWord; bytes = bytes.subspan(kWord)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), kWord);
    hash_ = mix(hash_, word);
  }
  for (const std::uint8_t byte : bytes)
    partial_ |= std::uint64_t{byte} << (8 * partial_size_++);
}

// The size tells ("ab", "c") from ("a", "bc").
void AnswerSum::end_bytes() {
  if (raw_size_ == 0) return;
  hash_ = mix(mix(hash_, partial_), raw_size_);
  partial_ = partial_size_ = 0;
  raw_size_ = 0;
}

void AnswerSum::add_number(std::uint64_t number) {
  hash_ = mix(hash_, number);
}

std::uint64_t AnswerSum::value() const {
  AnswerSum ended = *this;
  ended.end_bytes();
  return ended.hash_;
}

}  // namespace understudy::backend
