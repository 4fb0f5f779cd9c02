#include "net/filtered_stream.h"

#include <array>
#include <utility>

#include "base/destruction_watch.h"
#include "net/loop_core.h"
#include "net/timer.h"
#include "net/unsent.h"

namespace understudy::net {
namespace {

constexpr std::size_t kTogetherBytesMax = 16UL * 1024;

// What comes from the stream below is decoded at once, without being copied first, unless reading
// is paused. An idle one has no buffers.
class Filtering final : public FilteredStream, private StreamHandler, private Unsent::Writer {
 public:
  Filtering(Loop& loop, std::unique_ptr<Stream> plain, std::unique_ptr<Filter> filter,
            ByteView received)
      : loop_(loop),
        plain_(std::move(plain)),
        filter_(std::move(filter)),
        peer_address_(plain_->peer_address()),
        held_(received.begin(), received.end()) {
    plain_->set_handler(this);
  }
  ~Filtering() override { close(); }

  void set_handler(StreamHandler* handler) override {
    handler_ = handler;
    take_up();
  }
  void start() override;
  void write(ByteView bytes) override;
  void encode_written() override { flush(); }
  [[nodiscard]] std::size_t pending_write_bytes() const override {
    return plain_ ? plain_->pending_write_bytes() : 0;
  }
  void pause_reading() override;
  void resume_reading() override;
  void close() override;
  void close_after_flush() override;
  [[nodiscard]] AcceptedSocket release() override { return plain_->release(); }
  [[nodiscard]] bool closed() const override { return plain_ == nullptr || plain_->closed(); }
  [[nodiscard]] const std::string& peer_address() const override { return peer_address_; }
  [[nodiscard]] std::optional<TlsFacts> tls() const override {
    return plain_ ? plain_->tls() : std::nullopt;
  }

 private:
  void on_data(ByteView bytes) override;
  void on_closed(const Error& why) override;
  void on_drained() override {
    if (handler_ != nullptr) handler_->on_drained();
  }
  void flush() override;

  void encode(ByteView bytes);
  void decode(ByteView bytes);
  void take_up();
  void take_held();
  void end();
  void fail(const Error& why);

  Loop& loop_;
  std::unique_ptr<Stream> plain_;
  const std::unique_ptr<Filter> filter_;
  const std::string peer_address_;
  StreamHandler* handler_ = nullptr;
  Bytes held_;                    // not decoded: reading is paused or has not begun
  Bytes collected_;               // written in this handler call, not encoded
  std::unique_ptr<Timer> later_;  // takes what was held, from the loop
  bool started_ = false;
  bool paused_ = false;
  bool more_ = false;    // the filter may have something to give without new bytes
  bool ended_ = false;   // no handler is called any more
  bool queued_ = false;  // flush() comes at the end of the handler call
  WatchPoint life_;
};

// --- reading ---

void Filtering::start() {
  if (ended_) return;
  started_ = true;
  plain_->start();
  take_up();
}

// Later: no handler is called inside the owner's calls.
void Filtering::take_up() {
  if (ended_ || !started_ || paused_ || handler_ == nullptr) return;
  if (held_.empty() && !more_) return plain_->resume_reading();
  later_ = std::make_unique<Timer>(loop_);
  later_->start({}, [this] { take_held(); });
}

void Filtering::on_data(ByteView bytes) {
  if (!started_ || paused_ || handler_ == nullptr || more_ || !held_.empty())
    return append(held_, bytes);
  decode(bytes);
}

void Filtering::take_held() {
  if (paused_ || ended_) return;
  const Bytes taken = std::exchange(held_, {});
  const DestructionWatch watch(life_);
  decode(taken);
  if (watch.destroyed() || ended_ || paused_) return;
  later_.reset();
  plain_->resume_reading();
}

// Uses `bytes` up, or keeps the rest for later.
void Filtering::decode(ByteView bytes) {
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

void Filtering::pause_reading() {
  paused_ = true;
  if (!ended_) plain_->pause_reading();
}

void Filtering::resume_reading() {
  if (std::exchange(paused_, false)) take_up();
}

// --- writing ---

void Filtering::write(ByteView bytes) {
  if (ended_) return;
  Unsent& unsent = loop_.core().unsent;
  if (!unsent.collecting() || collected_.size() + bytes.size() > kTogetherBytesMax) {
    flush();
    return encode(bytes);
  }
  if (collected_.capacity() == 0) collected_ = unsent.take_buffer();
  append(collected_, bytes);
  if (!std::exchange(queued_, true)) unsent.add(*this);
}

void Filtering::flush() {
  if (std::exchange(queued_, false)) loop_.core().unsent.remove(*this);
  if (collected_.capacity() == 0) return;
  Bytes collected = std::exchange(collected_, {});
  if (!ended_) encode(collected);
  loop_.core().unsent.give_back(std::move(collected));
}

void Filtering::encode(ByteView bytes) {
  Bytes encoded = loop_.core().unsent.take_buffer();
  filter_->encode(bytes, encoded);
  plain_->write(encoded);
  loop_.core().unsent.give_back(std::move(encoded));
}

// --- ending ---

void Filtering::on_closed(const Error& why) {
  ended_ = true;
  flush();  // forgets it
  if (StreamHandler* const handler = std::exchange(handler_, nullptr)) handler->on_closed(why);
}

void Filtering::end() {
  flush();
  ended_ = true;
  handler_ = nullptr;
  later_.reset();
}

void Filtering::close() {
  if (ended_) return;
  end();
  plain_->close();
}

void Filtering::close_after_flush() {
  if (ended_) return;
  end();
  plain_->close_after_flush();
}

// What was written before and why it ends have to reach the peer before its connection is reset.
void Filtering::fail(const Error& why) {
  StreamHandler* const handler = std::exchange(handler_, nullptr);
  flush();
  Bytes goodbye;
  filter_->say_goodbye(why, goodbye);
  plain_->write(goodbye);
  ended_ = true;
  later_.reset();
  close_in_background(loop_, std::move(plain_));
  if (handler != nullptr) handler->on_closed(why);
}

}  // namespace

std::unique_ptr<FilteredStream> start_filter(Loop& loop, std::unique_ptr<Stream> plain,
                                             std::unique_ptr<Filter> filter, ByteView received) {
  return std::make_unique<Filtering>(loop, std::move(plain), std::move(filter), received);
}

}  // namespace understudy::net
