#pragma once

#include <sys/epoll.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "net/accepted_socket.h"
#include "net/loop_core.h"
#include "net/poller.h"
#include "net/stream.h"
#include "net/unsent.h"

namespace understudy::net {

// The socket of a stream. It outlives the stream when the owner destroys that inside a handler
// call. Private to src/net.
//
// Reading: the poller tells once that something has come, one recv() into the loop's scratch
// buffer, one on_data(). If that was full, or the input has ended, the poller is made to look
// again: others get their turn in between. Writing: see write().
class Channel final : public Poller::Watch,
                      public Unsent::Writer,
                      public std::enable_shared_from_this<Channel> {
 public:
  Channel(Loop& loop, AcceptedSocket socket)
      : loop_(loop), core_(loop.core()), socket_(std::move(socket)) {}

  // Returns an errno, 0 if the loop watches it now. Before anything else.
  int open();

  void set_handler(StreamHandler* handler) {
    handler_ = handler;
    watch_reading();
  }
  void start() {
    started_ = true;
    watch_reading();
  }
  void write(ByteView bytes);
  // The poller goes on watching until there is something to read: most pauses end before that.
  void pause() { paused_ = true; }
  void resume() {
    paused_ = false;
    watch_reading();
  }
  void close();
  void close_after_flush();
  AcceptedSocket release();

  [[nodiscard]] std::size_t pending() const { return blocked_ ? output_.size() - output_sent_ : 0; }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] const std::string& peer_address() const { return socket_.peer_address(); }
  [[nodiscard]] Loop& loop() const { return loop_; }

 private:
  void on_ready(std::uint32_t events) override;
  bool on_readable();
  void look_again();
  void on_writable();
  void flush() override;
  void send_collected();

  // Sends output_ and then `bytes`; what does not go out is in output_ afterwards.
  void send(ByteView bytes);
  // Returns how many bytes went out, 0 if there is no room or it failed.
  std::size_t send_some(ByteView first, ByteView second);
  void buffer(ByteView bytes);
  void drop_output();
  void on_send_failed(int error_number);
  void report_send_failure();
  void half_close();
  void fail(std::string_view reason);
  // Closed from here on, but for the descriptor, which becomes the caller's.
  int detach();

  [[nodiscard]] bool reading() const {
    return (started_ && !paused_ && !flushing_ && handler_ != nullptr) || half_closed_;
  }
  void watch_reading();
  void watch();
  // recv() into the scratch buffer, repeated after signals; -1 with errno, 0 at the end.
  ssize_t receive();
  void deliver(std::size_t count);

  // Constant after construction.
  Loop& loop_;
  Loop::Core& core_;

  // Loop thread only.
  AcceptedSocket socket_;
  StreamHandler* handler_ = nullptr;
  Bytes output_;                 // accepted by write(), not sent: [output_sent_, end)
  std::size_t output_sent_ = 0;  // 0 if output_ is empty
  int send_error_ = 0;           // a send failed with this errno; output is dropped from then on
  std::uint32_t watched_ = 0;    // what the poller waits for
  bool started_ = false;
  bool paused_ = false;
  bool listed_ = false;    // flush() comes at the end of the batch
  bool blocked_ = false;   // output_ waits until the socket takes more
  bool flushing_ = false;  // close_after_flush() was called: no handler any more
  bool half_closed_ = false;
  bool closed_ = false;
};

}  // namespace understudy::net
