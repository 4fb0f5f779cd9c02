#include "net/asio_stream.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <utility>

#include "net/loop_core.h"

namespace understudy::net {
namespace {

using boost::system::error_code;

// The stream itself. Asio's pending waits share it with the AsioStream that the owner holds, so it
// outlives that if the owner destroys it inside a handler call.
//
// Reading: one wait for readiness, one recv() into the loop's scratch buffer, one on_data(), then
// the next wait; see README.md for why readiness and not async_read_some().
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  Channel(Loop& loop, Socket socket, std::string peer_address)
      : loop_(loop), socket_(std::move(socket)), peer_address_(std::move(peer_address)) {}

  void start() {
    started_ = true;
    wait_readable();
  }
  void write(ByteView bytes);
  void pause() { paused_ = true; }
  void resume() {
    paused_ = false;
    wait_readable();
  }
  void close();
  void close_after_flush();
  AcceptedSocket release();

  void set_handler(StreamHandler* handler) {
    handler_ = handler;
    wait_readable();
  }
  [[nodiscard]] std::size_t pending() const { return output_.size() - output_sent_; }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] const std::string& peer_address() const { return peer_address_; }
  [[nodiscard]] Loop& loop() const { return loop_; }

 private:
  void wait_readable();
  void on_readable();
  void wait_writable();
  void on_writable();
  void finish_write();
  // Sends what it can. Returns the number of bytes, 0 if there is no room or it failed.
  std::size_t send_some(ByteView bytes);
  void on_send_failed(int error_number);
  void report_send_failure();
  void half_close();
  void fail(std::string_view reason);
  [[nodiscard]] bool reading() const {
    return started_ && !paused_ && !flushing_ && !closed_ && handler_ != nullptr;
  }
  // recv() into the scratch buffer, repeated after signals; -1 with errno, 0 at the end.
  ssize_t receive();

  // Constant after construction.
  Loop& loop_;
  Socket socket_;
  std::string peer_address_;

  // Loop thread only.
  StreamHandler* handler_ = nullptr;
  Bytes output_;                 // accepted by write(), not sent: [output_sent_, end)
  std::size_t output_sent_ = 0;  // 0 if output_ is empty
  int send_error_ = 0;           // a send failed with this errno; output is dropped from then on
  bool started_ = false;
  bool paused_ = false;
  bool waiting_readable_ = false;
  bool waiting_writable_ = false;
  bool flushing_ = false;  // close_after_flush() was called: no handler any more
  bool half_closed_ = false;
  bool closed_ = false;
};

void Channel::wait_readable() {
  if (waiting_readable_ || closed_ || !(reading() || half_closed_)) return;
  waiting_readable_ = true;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code&) {
    self->waiting_readable_ = false;
    self->on_readable();
  });
}

ssize_t Channel::receive() {
  ssize_t count = 0;
  do {
    count =
        ::recv(socket_.native_handle(), loop_.core().scratch->data(), kScratchBytes, MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return count;
}

void Channel::on_readable() {
  if (closed_ || !(reading() || half_closed_)) return;
  const ssize_t count = receive();
  if (count > 0) {
    // After a half close what still arrives is thrown away.
    if (!half_closed_)
      handler_->on_data({loop_.core().scratch->data(), static_cast<std::size_t>(count)});
    wait_readable();
  } else if (count == 0) {
    fail("closed by the peer");
  } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
    wait_readable();
  } else {
    fail(std::generic_category().message(errno));
  }
}

void Channel::write(ByteView bytes) {
  if (closed_ || flushing_ || send_error_ != 0 || bytes.empty()) return;
  if (output_.empty()) {
    bytes = bytes.subspan(send_some(bytes));
    if (bytes.empty() || send_error_ != 0) return;
    wait_writable();
  }
  append(output_, bytes);
}

std::size_t Channel::send_some(ByteView bytes) {
  ssize_t count = 0;
  do {
    count =
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno != EAGAIN && errno != EWOULDBLOCK) on_send_failed(errno);
  return 0;
}

void Channel::wait_writable() {
  if (waiting_writable_ || closed_) return;
  waiting_writable_ = true;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code&) {
    self->waiting_writable_ = false;
    self->on_writable();
  });
}

void Channel::on_writable() {
  if (closed_ || send_error_ != 0 || output_.empty()) return;
  output_sent_ += send_some(ByteView(output_).subspan(output_sent_));
  if (send_error_ != 0) return;
  if (output_sent_ < output_.size()) {
    if (output_sent_ > output_.size() / 2) {  // keeps appending from growing it for ever
      output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(output_sent_));
      output_sent_ = 0;
    }
    wait_writable();
    return;
  }
  finish_write();
}

void Channel::finish_write() {
  output_ = Bytes();  // an idle stream owns no buffer
  output_sent_ = 0;
  if (flushing_)
    half_close();
  else if (handler_ != nullptr)
    handler_->on_drained();
}

void Channel::on_send_failed(int error_number) {
  send_error_ = error_number;
  output_ = Bytes();
  output_sent_ = 0;
  if (flushing_) {
    close();
    return;
  }
  boost::asio::post(socket_.get_executor(),
                    [self = shared_from_this()] { self->report_send_failure(); });
}

// The peer may have said why before it closed (an ERR packet, say): that is delivered first.
void Channel::report_send_failure() {
  while (reading()) {
    const ssize_t count = receive();
    if (count <= 0) break;
    handler_->on_data({loop_.core().scratch->data(), static_cast<std::size_t>(count)});
  }
  if (!closed_) fail(std::generic_category().message(send_error_));
}

void Channel::close() {
  if (closed_) return;
  closed_ = true;
  handler_ = nullptr;
  output_ = Bytes();
  output_sent_ = 0;
  error_code ignored;
  socket_.close(ignored);
}

AcceptedSocket Channel::release() {
  ASSERT(!closed_ && output_.empty());
  error_code error;
  // Ends the waits for it, and takes it out of the loop's epoll set.
  AcceptedSocket given(socket_.release(error), peer_address_);
  close();
  return given;
}

void Channel::close_after_flush() {
  if (closed_ || flushing_) return;
  flushing_ = true;
  handler_ = nullptr;
  if (send_error_ != 0)
    close();
  else if (output_.empty())
    half_close();
}

// Closing with unread input would make the kernel send a reset, which can overtake the last bytes
// that we sent. So the peer is told that nothing more comes, and its end is awaited.
void Channel::half_close() {
  half_closed_ = true;
  if (::shutdown(socket_.native_handle(), SHUT_WR) != 0) {
    close();
    return;
  }
  wait_readable();
}

void Channel::fail(std::string_view reason) {
  StreamHandler* const handler = handler_;
  close();
  if (handler != nullptr)
    handler->on_closed(
        make_error(ErrorKind::Lost, fmt::format("connection to {}: {}", peer_address_, reason)));
}

class AsioStream final : public Stream {
 public:
  explicit AsioStream(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  ~AsioStream() override {
    ASSERT(channel_->loop().in_loop_thread());
    channel_->close();
  }
  void set_handler(StreamHandler* handler) override { channel_->set_handler(handler); }
  void start() override { channel_->start(); }
  void write(ByteView bytes) override { channel_->write(bytes); }
  [[nodiscard]] std::size_t pending_write_bytes() const override { return channel_->pending(); }
  void pause_reading() override { channel_->pause(); }
  void resume_reading() override { channel_->resume(); }
  void close() override { channel_->close(); }
  void close_after_flush() override { channel_->close_after_flush(); }
  [[nodiscard]] AcceptedSocket release() override { return channel_->release(); }
  [[nodiscard]] bool closed() const override { return channel_->closed(); }
  [[nodiscard]] const std::string& peer_address() const override {
    return channel_->peer_address();
  }

 private:
  std::shared_ptr<Channel> channel_;
};

void set_options(int descriptor, int family) {
  if (family != AF_INET && family != AF_INET6) return;
  const int on = 1;
  const int idle_seconds = 60;
  const int interval_seconds = 10;
  const int probes = 6;
  // None of these can make the connection unusable, so failures do not matter.
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds, sizeof interval_seconds);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

}  // namespace

std::unique_ptr<Stream> make_stream(Loop& loop, Socket socket, std::string peer_address) {
  ASSERT(loop.in_loop_thread());
  error_code ignored;
  set_options(socket.native_handle(), socket.local_endpoint(ignored).protocol().family());
  return std::make_unique<AsioStream>(
      std::make_shared<Channel>(loop, std::move(socket), std::move(peer_address)));
}

Address address_of(const Endpoint& endpoint) {
  Address address;
  const int family = endpoint.protocol().family();
  if (family == AF_UNIX) {
    const auto* const name = reinterpret_cast<const sockaddr_un*>(endpoint.data());
    const std::size_t offset = offsetof(sockaddr_un, sun_path);
    if (endpoint.size() > offset)
      address.unix_path.assign(name->sun_path, ::strnlen(name->sun_path, endpoint.size() - offset));
    return address;
  }
  boost::asio::ip::tcp::endpoint tcp;
  if (endpoint.size() > tcp.capacity()) return address;
  std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
  tcp.resize(endpoint.size());
  address.host = tcp.address().to_string();
  address.port = tcp.port();
  return address;
}

}  // namespace understudy::net
