#include "replication/transaction_payload.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>

#include "replication/event_bodies.h"

namespace understudy::replication {
namespace {

constexpr std::size_t kHeaderSize = 19;
constexpr std::size_t kSizeOffset = 9;
constexpr std::size_t kPiece = std::size_t{128} * 1024;
constexpr int kWindowLogMax = 27;  // 128 MiB: what zstd itself allows without being told

struct FreeStream {
  void operator()(ZSTD_DStream* stream) const { ::ZSTD_freeDStream(stream); }
};

}  // namespace

struct PayloadReader::Zstd {
  std::unique_ptr<ZSTD_DStream, FreeStream> stream;
};

PayloadReader::PayloadReader(std::size_t event_size_max) : event_size_max_(event_size_max) {}
PayloadReader::~PayloadReader() = default;
PayloadReader::PayloadReader(PayloadReader&&) noexcept = default;
PayloadReader& PayloadReader::operator=(PayloadReader&&) noexcept = default;

Result<void> PayloadReader::start(const TransactionPayloadEvent& event) {
  input_ = event.payload;
  buffer_.clear();
  taken_ = 0;
  compressed_ = event.compression == TransactionPayloadEvent::Compression::Zstd;
  ended_ = !compressed_;
  if (!compressed_) return {};
  if (!zstd_) zstd_ = std::make_unique<Zstd>();
  if (!zstd_->stream) zstd_->stream.reset(::ZSTD_createDStream());
  if (!zstd_->stream) return make_error(ErrorKind::Exhausted, "no memory to uncompress with");
  ::ZSTD_DCtx_reset(zstd_->stream.get(), ZSTD_reset_session_only);
  ::ZSTD_DCtx_setParameter(zstd_->stream.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  return {};
}

// Makes at least `size` bytes stand in the buffer; false if there are no more.
Result<bool> PayloadReader::fill(std::size_t size) {
  if (buffer_.size() - taken_ >= size) return true;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  while (buffer_.size() < size) {
    if (ended_ && input_.empty()) return false;
    const std::size_t before = buffer_.size();
    buffer_.resize(before + kPiece);
    ZSTD_outBuffer out{buffer_.data() + before, kPiece, 0};
    ZSTD_inBuffer in{input_.data(), input_.size(), 0};
    const std::size_t left = ::ZSTD_decompressStream(zstd_->stream.get(), &out, &in);
    buffer_.resize(before + out.pos);
    if (::ZSTD_isError(left) != 0) {
      return malformed_event(fmt::format("a transaction: {}", ::ZSTD_getErrorName(left)));
    }
    input_ = input_.subspan(in.pos);
    ended_ = left == 0;  // of one frame; another may follow
    if (out.pos == 0 && in.pos == 0) return false;
  }
  return true;
}

Result<std::optional<ByteView>> PayloadReader::next() {
  if (!compressed_) {
    buffer_.clear();
    if (input_.empty()) return std::optional<ByteView>();
  } else {
    Result<bool> filled = fill(kHeaderSize);
    if (!filled) return filled.error();
    if (!*filled && buffer_.size() == taken_ && ended_) return std::optional<ByteView>();
  }
  const ByteView ready = compressed_ ? ByteView(buffer_).subspan(taken_) : input_;
  if (ready.size() < kHeaderSize) return malformed_event("a transaction that ends in an event");
  ByteReader header(ready.subspan(kSizeOffset));
  const std::size_t size = header.u32();
  if (size < kHeaderSize) return malformed_event("a wrong length in a transaction");
  if (size > event_size_max_) {
    return make_error(ErrorKind::Exhausted,
                      fmt::format("an event of {} bytes, more than {}", size, event_size_max_));
  }
  if (!compressed_) {
    if (size > input_.size()) return malformed_event("a transaction that ends in an event");
    const ByteView event = input_.first(size);
    input_ = input_.subspan(size);
    return std::optional<ByteView>(event);
  }
  Result<bool> filled = fill(size);
  if (!filled) return filled.error();
  if (!*filled) return malformed_event("a transaction that ends in an event");
  const ByteView event = ByteView(buffer_).subspan(taken_, size);
  taken_ += size;
  return std::optional<ByteView>(event);
}

}  // namespace understudy::replication
