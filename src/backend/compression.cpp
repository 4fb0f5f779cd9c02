#include "backend/compression.h"

#include "protocol/err_packet.h"
#include "protocol/packet.h"

namespace understudy::backend {
namespace {

using protocol::CompressedFrames;

class Frames final : public net::Filter {
 public:
  Frames(CompressedFrames::Side side, protocol::Compression method, int zstd_level)
      : side_(side), frames_(side, method, zstd_level) {}

  Result<ByteView> decode(ByteView& in, std::span<std::uint8_t> room) override {
    return frames_.unpack(in, room);
  }
  void encode(ByteView bytes, Bytes& out) override { frames_.pack(bytes, out); }
  void say_goodbye(const Error& why, Bytes& out) override {
    if (side_ == CompressedFrames::Side::Client) return;
    Bytes payload, packet;
    protocol::append_err_payload(payload, why);
    std::uint8_t sequence = 1;
    protocol::append_packet(packet, sequence, payload);
    frames_.begin_answer();
    frames_.pack(packet, out);
  }

  void begin_answer() { frames_.begin_answer(); }
  void expect_answer(std::uint8_t sequence) { frames_.expect_answer(sequence); }

 private:
  const CompressedFrames::Side side_;
  CompressedFrames frames_;
};

class Answers final : public CompressedAnswers {
 public:
  Answers(net::FilteredStream& stream, Frames& frames) : stream_(stream), frames_(frames) {}
  void begin() override {
    stream_.encode_written();
    frames_.begin_answer();
  }

 private:
  net::FilteredStream& stream_;
  Frames& frames_;
};

class Numbers final : public AnswerNumbers {
 public:
  explicit Numbers(Frames& frames) : frames_(frames) {}
  void begin(std::uint8_t sequence) override { frames_.expect_answer(sequence); }

 private:
  Frames& frames_;
};

}  // namespace

CompressedClient compress_client(net::Loop& loop, std::unique_ptr<net::Stream> stream,
                                 protocol::Compression method, int zstd_level, ByteView received) {
  auto frames = std::make_unique<Frames>(CompressedFrames::Side::Server, method, zstd_level);
  Frames& filter = *frames;
  auto filtered = net::start_filter(loop, std::move(stream), std::move(frames), received);
  auto answers = std::make_unique<Answers>(*filtered, filter);
  return {std::move(filtered), std::move(answers)};
}

CompressedServer compress_server(net::Loop& loop, std::unique_ptr<net::Stream> stream,
                                 protocol::Compression method) {
  auto frames =
      std::make_unique<Frames>(CompressedFrames::Side::Client, method, protocol::kZstdLevelDefault);
  auto numbers = std::make_unique<Numbers>(*frames);
  return {net::start_filter(loop, std::move(stream), std::move(frames)), std::move(numbers)};
}

}  // namespace understudy::backend
