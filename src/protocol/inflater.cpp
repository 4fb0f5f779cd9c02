#include "protocol/inflater.h"

#include <zlib.h>
#include <zstd.h>

#include "base/assert.h"

namespace understudy::protocol {
namespace {

// A piece has less than 16 MiB, so no honest one needs a larger window.
constexpr int kZstdWindowLogMax = 24;

class ZlibInflater final : public Inflater {
 public:
  ZlibInflater() { usable_ = inflateInit(&stream_) == Z_OK; }
  ~ZlibInflater() override { inflateEnd(&stream_); }
  ZlibInflater(const ZlibInflater&) = delete;
  ZlibInflater& operator=(const ZlibInflater&) = delete;

  Step run(ByteView in, std::span<std::uint8_t> room) override {
    if (!usable_) return {0, 0, State::Broken};
    stream_.next_in = const_cast<Bytef*>(in.data());  // not written to
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = room.data();
    stream_.avail_out = static_cast<uInt>(room.size());
    const int code = ::inflate(&stream_, Z_NO_FLUSH);
    const bool goes = code == Z_OK || code == Z_BUF_ERROR;
    return {in.size() - stream_.avail_in, room.size() - stream_.avail_out,
            code == Z_STREAM_END ? State::Ended
            : goes               ? State::Goes
                                 : State::Broken};
  }

 private:
  z_stream stream_{};
  bool usable_ = false;
};

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

class ZstdInflater final : public Inflater {
 public:
  ZstdInflater() : context_(ZSTD_createDCtx()) {
    if (context_ != nullptr)
      ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
  }

  Step run(ByteView in, std::span<std::uint8_t> room) override {
    if (context_ == nullptr) return {0, 0, State::Broken};
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{room.data(), room.size(), 0};
    const std::size_t left = ZSTD_decompressStream(context_.get(), &output, &input);
    State state = State::Goes;
    if (ZSTD_isError(left) != 0) state = State::Broken;
    if (left == 0) state = State::Ended;
    return {input.pos, output.pos, state};
  }

 private:
  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
};

}  // namespace

std::unique_ptr<Inflater> make_inflater(Compression method) {
  ASSERT(method != Compression::None);
  if (method == Compression::Zstd) return std::make_unique<ZstdInflater>();
  return std::make_unique<ZlibInflater>();
}

bool deflate(Compression method, int level, ByteView bytes, Bytes& out) {
  if (method == Compression::Zstd) {
    out.resize(ZSTD_compressBound(bytes.size()));
    const std::size_t size =
        ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
    if (ZSTD_isError(size) != 0) return false;
    out.resize(size);
  } else {
    uLongf size = compressBound(static_cast<uLong>(bytes.size()));
    out.resize(size);
    if (compress(out.data(), &size, bytes.data(), static_cast<uLong>(bytes.size())) != Z_OK)
      return false;
    out.resize(size);
  }
  return out.size() < bytes.size();
}

}  // namespace understudy::protocol
