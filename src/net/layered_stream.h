#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/destruction_watch.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/timer.h"
#include "net/unsent.h"

namespace understudy::net {

// A stream above another one, whose bytes become others on their way. What comes from below is
// processed at once, without being copied first, unless reading is paused; what is written in one
// batch of the loop is encoded together. An idle one has no buffers. Private to src/net.
class LayeredStream : public Stream, protected StreamHandler, private Unsent::Writer {
 public:
  void set_handler(StreamHandler* handler) override {
    handler_ = handler;
    take_up();
  }
  void start() override;
  void write(ByteView bytes) override;
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

 protected:
  static constexpr std::size_t kTogetherBytesMax = 16UL * 1024;

  // `received`: bytes that came before.
  LayeredStream(Loop& loop, std::unique_ptr<Stream> plain, ByteView received);

  // Uses the bytes up, or appends what is left of them to `held_`. Calls the handler, which may
  // destroy this.
  virtual void process(ByteView bytes) = 0;
  // Writes to the stream below what stands for the bytes.
  virtual void encode(ByteView bytes) = 0;
  // Whether there is something to give without new bytes, and something to do before any come.
  [[nodiscard]] virtual bool has_more() const = 0;
  [[nodiscard]] virtual bool has_to_begin() const { return false; }
  // Tells the peer of an end that is wanted.
  virtual void say_end() {}
  // What the handler is told when the stream below ends.
  [[nodiscard]] virtual Error end_of(const Error& why) const { return why; }

  // Encodes what was written in this batch, or forgets it, if `ended_`.
  void flush() override;
  // Ends with an error: what was written has been, and nothing more is; `handler` was taken away.
  void end_with(StreamHandler* handler, const Error& why);

  Loop& loop_;
  std::unique_ptr<Stream> plain_;
  const std::string peer_address_;
  StreamHandler* handler_ = nullptr;
  Bytes held_;  // not processed: reading is paused or has not begun
  bool paused_ = false;
  bool ended_ = false;  // no handler is called any more
  WatchPoint life_;

 private:
  void on_data(ByteView bytes) override;
  void on_closed(const Error& why) override;
  void on_drained() override {
    if (handler_ != nullptr) handler_->on_drained();
  }
  void take_up();
  void take_held();
  void end();

  Bytes collected_;               // written in this batch
  std::unique_ptr<Timer> later_;  // takes what was held, from the loop
  bool started_ = false;
  bool queued_ = false;  // flush() comes at the end of the batch
};

}  // namespace understudy::net
