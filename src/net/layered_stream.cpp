#include "net/layered_stream.h"

#include <utility>

#include "net/loop_core.h"

namespace understudy::net {

LayeredStream::LayeredStream(Loop& loop, std::unique_ptr<Stream> plain, ByteView received)
    : loop_(loop),
      plain_(std::move(plain)),
      peer_address_(plain_->peer_address()),
      held_(received.begin(), received.end()) {}

// --- reading ---

void LayeredStream::start() {
  if (ended_) return;
  started_ = true;
  plain_->start();
  take_up();
}

// Later: no handler is called inside the owner's calls.
void LayeredStream::take_up() {
  if (ended_ || !started_ || paused_ || handler_ == nullptr) return;
  if (held_.empty() && !has_more() && !has_to_begin()) return plain_->resume_reading();
  later_ = std::make_unique<Timer>(loop_);
  later_->start({}, [this] { take_held(); });
}

void LayeredStream::on_data(ByteView bytes) {
  if (!started_ || paused_ || handler_ == nullptr || has_more() || !held_.empty())
    return append(held_, bytes);
  process(bytes);
}

void LayeredStream::take_held() {
  if (paused_ || ended_) return;
  const Bytes taken = std::exchange(held_, {});
  const DestructionWatch watch(life_);
  process(taken);
  if (watch.destroyed() || ended_ || paused_) return;
  later_.reset();
  plain_->resume_reading();
}

void LayeredStream::pause_reading() {
  paused_ = true;
  if (!ended_) plain_->pause_reading();
}

void LayeredStream::resume_reading() {
  if (std::exchange(paused_, false)) take_up();
}

// --- writing ---

void LayeredStream::write(ByteView bytes) {
  if (ended_) return;
  Unsent& unsent = loop_.core().unsent;
  if (!unsent.collecting() || collected_.size() + bytes.size() > kTogetherBytesMax) {
    flush();
    return encode(bytes);
  }
  unsent.buffers().lend(collected_);
  append(collected_, bytes);
  if (!std::exchange(queued_, true)) unsent.add(*this);
}

void LayeredStream::flush() {
  if (std::exchange(queued_, false)) loop_.core().unsent.remove(*this);
  if (collected_.capacity() == 0) return;
  Bytes collected = std::exchange(collected_, {});
  if (!ended_) encode(collected);
  loop_.core().unsent.buffers().give_back(std::move(collected));
}

// --- ending ---

void LayeredStream::on_closed(const Error& why) {
  ended_ = true;
  flush();  // forgets it
  if (StreamHandler* const handler = std::exchange(handler_, nullptr))
    handler->on_closed(end_of(why));
}

void LayeredStream::end() {
  flush();
  say_end();
  ended_ = true;
  handler_ = nullptr;
  later_.reset();
}

void LayeredStream::close() {
  if (ended_) return;
  end();
  plain_->close();
}

void LayeredStream::close_after_flush() {
  if (ended_) return;
  end();
  plain_->close_after_flush();
}

void LayeredStream::end_with(StreamHandler* handler, const Error& why) {
  ended_ = true;
  flush();  // forgets it
  later_.reset();
  close_in_background(loop_, std::move(plain_));
  if (handler != nullptr) handler->on_closed(why);
}

}  // namespace understudy::net
