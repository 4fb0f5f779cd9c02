#include "net/filtered_stream.h"

#include <array>
#include <utility>

#include "net/loop_core.h"

namespace understudy::net {
namespace {

class Filtering final : public FilteredStream {
 public:
  Filtering(Loop& loop, std::unique_ptr<Stream> plain, std::unique_ptr<Filter> filter,
            ByteView received)
      : FilteredStream(loop, std::move(plain), received), filter_(std::move(filter)) {
    plain_->set_handler(this);
  }
  ~Filtering() override { close(); }

  void encode_written() override { flush(); }
  [[nodiscard]] std::optional<TlsFacts> tls() const override {
    return plain_ ? plain_->tls() : std::nullopt;
  }

 private:
  void process(ByteView bytes) override;
  void encode(ByteView bytes) override;
  [[nodiscard]] bool has_more() const override { return more_; }
  void fail(const Error& why);

  const std::unique_ptr<Filter> filter_;
  bool more_ = false;  // the filter may have something to give without new bytes
};

void Filtering::process(ByteView bytes) {
  const DestructionWatch watch(life_);
  std::array<std::uint8_t, kTogetherBytesMax> room;  // NOLINT: every byte used is written first
  more_ = true;
  while (!paused_ && handler_ != nullptr) {
    const Result<ByteView> part = filter_->decode(bytes, room);
    if (!part) return fail(part.error());
    more_ = !part->empty();
    if (!more_) return;
    handler_->on_data(*part);
    if (watch.destroyed() || ended_) return;
  }
  append(held_, bytes);
}

void Filtering::encode(ByteView bytes) {
  SpareBuffers& buffers = loop_.core().unsent.buffers();
  Bytes encoded;
  buffers.lend(encoded);
  filter_->encode(bytes, encoded);
  plain_->write(encoded);
  buffers.give_back(std::move(encoded));
}

// What was written before and why it ends have to reach the peer before its connection is reset.
void Filtering::fail(const Error& why) {
  StreamHandler* const handler = std::exchange(handler_, nullptr);
  flush();
  Bytes goodbye;
  filter_->say_goodbye(why, goodbye);
  plain_->write(goodbye);
  end_with(handler, why);
}

}  // namespace

std::unique_ptr<FilteredStream> start_filter(Loop& loop, std::unique_ptr<Stream> plain,
                                             std::unique_ptr<Filter> filter, ByteView received) {
  return std::make_unique<Filtering>(loop, std::move(plain), std::move(filter), received);
}

}  // namespace understudy::net
