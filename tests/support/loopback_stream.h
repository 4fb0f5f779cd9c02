#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "net/stream.h"

namespace understudy::test {

// One end of a LoopbackPair, as the pair sees it. It outlives the stream.
struct LoopbackEnd {
  std::string peer_address;
  net::StreamHandler* handler = nullptr;
  LoopbackEnd* peer = nullptr;
  Bytes inbox;   // sent by the peer, not delivered yet; at most the pair's window
  Bytes outbox;  // written here, waits for room in the peer's inbox
  bool started = false;
  bool paused = false;
  bool flushing = false;  // close_after_flush() was called
  bool closed = false;    // nothing goes in or out any more
  bool told = false;      // on_closed() has been called

  // The other side hears of it after it has read everything.
  void close() {
    closed = true;
    handler = nullptr;
    outbox.clear();
    inbox.clear();
  }
};

// A pair of connected streams without sockets, threads or time: bytes move only when the test says
// so, in pieces of the size that it chooses.
//
//   LoopbackPair pair;
//   Session session(pair.take_left());   // the code under test
//   auto client = pair.take_right();     // the test's side
//   client->set_handler(&collector); client->start();
//   client->write(bytes); pair.run(1);   // delivered byte by byte
class LoopbackPair {
 public:
  static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

  LoopbackPair() {
    left_->peer = right_.get();
    right_->peer = left_.get();
    left_->peer_address = "loopback:right";
    right_->peer_address = "loopback:left";
  }

  // Each may be called once.
  std::unique_ptr<net::Stream> take_left() { return std::make_unique<End>(*this, left_); }
  std::unique_ptr<net::Stream> take_right() { return std::make_unique<End>(*this, right_); }

  // How many undelivered bytes each side takes before its peer has to buffer.
  void set_window(std::size_t bytes) { window_ = bytes; }

  // Delivers at most `max_bytes` to one side in one on_data(), or the peer's end of stream once
  // there are no bytes left. Returns false if there was nothing to tell or nobody to tell it to.
  bool deliver_to_left(std::size_t max_bytes = kUnlimited) { return deliver(left_, max_bytes); }
  bool deliver_to_right(std::size_t max_bytes = kUnlimited) { return deliver(right_, max_bytes); }

  // Delivers in both directions, in pieces of at most `piece` bytes, until nothing moves.
  void run(std::size_t piece = kUnlimited) {
    bool moved = true;
    while (moved) {
      moved = deliver(left_, piece);
      moved = deliver(right_, piece) || moved;
    }
  }

  // Both sides lose the connection at once, with what was on its way.
  void break_connection() {
    const auto left = left_;
    const auto right = right_;
    for (const auto& end : {left, right}) {
      end->inbox.clear();
      end->outbox.clear();
    }
    for (const auto& end : {left, right})
      tell_closed(*end, "connection reset");
  }

  [[nodiscard]] bool left_closed() const { return left_->closed; }
  [[nodiscard]] bool right_closed() const { return right_->closed; }
  [[nodiscard]] bool left_paused() const { return left_->paused; }
  [[nodiscard]] bool right_paused() const { return right_->paused; }

 private:
  using EndPointer = std::shared_ptr<LoopbackEnd>;

  // The pair must outlive the streams taken from it.
  class End final : public net::Stream {
   public:
    End(LoopbackPair& pair, EndPointer end) : pair_(pair), end_(std::move(end)) {}
    ~End() override { end_->close(); }

    void set_handler(net::StreamHandler* handler) override { end_->handler = handler; }
    void start() override { end_->started = true; }
    void write(ByteView bytes) override {
      if (end_->closed || end_->flushing) return;
      append(end_->outbox, bytes);
      pair_.move_output(*end_);
    }
    [[nodiscard]] std::size_t pending_write_bytes() const override { return end_->outbox.size(); }
    void pause_reading() override { end_->paused = true; }
    void resume_reading() override { end_->paused = false; }
    void close() override { end_->close(); }
    void close_after_flush() override {
      end_->flushing = true;
      end_->handler = nullptr;
      pair_.move_output(*end_);
    }
    // There is no socket to give away: the end is just closed.
    [[nodiscard]] net::AcceptedSocket release() override {
      end_->close();
      return {-1, end_->peer_address};
    }
    [[nodiscard]] bool closed() const override { return end_->closed; }
    [[nodiscard]] const std::string& peer_address() const override { return end_->peer_address; }

   private:
    LoopbackPair& pair_;
    EndPointer end_;
  };

  static void tell_closed(LoopbackEnd& end, const char* reason) {
    net::StreamHandler* const handler = end.handler;
    const bool tell = handler != nullptr && !end.told;
    end.close();
    end.told = true;
    if (tell) handler->on_closed(make_error(ErrorKind::Lost, end.peer_address + ": " + reason));
  }

  // Moves what fits from an end's outbox to its peer. Returns true if that emptied the outbox.
  bool move_output(LoopbackEnd& from) {
    LoopbackEnd& to = *from.peer;
    if (to.closed) from.outbox.clear();  // a dead peer takes no bytes
    const std::size_t room = window_ - std::min(window_, to.inbox.size());
    const std::size_t count = std::min(room, from.outbox.size());
    const auto begin = from.outbox.begin();
    const auto end = begin + static_cast<std::ptrdiff_t>(count);
    to.inbox.insert(to.inbox.end(), begin, end);
    from.outbox.erase(begin, end);
    const bool emptied = from.outbox.empty();
    if (emptied && from.flushing) from.close();
    return emptied && count > 0;
  }

  bool deliver(const EndPointer& end, std::size_t max_bytes) {
    const EndPointer keep = end;
    if (end->closed || !end->started || end->paused || end->handler == nullptr) return false;
    if (end->inbox.empty()) {
      if (!end->peer->closed) return false;
      tell_closed(*end, "closed by the peer");
      return true;
    }
    const std::size_t count = std::min(max_bytes, end->inbox.size());
    const auto begin = end->inbox.begin();
    // A copy of its own, so that a view kept beyond the call is a use after free.
    const Bytes piece(begin, begin + static_cast<std::ptrdiff_t>(count));
    end->inbox.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
    const bool drained = move_output(*end->peer);
    end->handler->on_data(piece);
    if (drained && end->peer->handler != nullptr) end->peer->handler->on_drained();
    return true;
  }

  EndPointer left_ = std::make_shared<LoopbackEnd>();
  EndPointer right_ = std::make_shared<LoopbackEnd>();
  std::size_t window_ = kUnlimited;
};

}  // namespace understudy::test
