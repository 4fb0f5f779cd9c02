#include "net/channel.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace understudy::net {
namespace {

constexpr std::size_t kCollectedBytesMax = 16UL * 1024;  // more goes out at once

// Edge-triggered, the kernel need not look at a socket twice to find that everything has been read.
// The end of the input is told by itself, since it may come with the last bytes.
std::uint32_t edges_of(std::uint32_t events) {
  if ((events & EPOLLIN) != 0) events |= EPOLLRDHUP;
  return events == 0 ? 0 : events | static_cast<std::uint32_t>(EPOLLET);
}

bool no_room(int error_number) {
  return error_number == EAGAIN || error_number == EWOULDBLOCK;
}

iovec part(ByteView bytes) {
  return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

}  // namespace

int Channel::open() {
  watched_ = EPOLLIN;  // nearly every stream is started at once
  return core_.poller.add(socket_.descriptor(), *this, edges_of(watched_));
}

// --- reading ---

void Channel::watch_reading() {
  if (!closed_ && reading() && (watched_ & EPOLLIN) == 0) watch();
}

void Channel::watch() {
  watched_ = 0;
  if (reading()) watched_ |= EPOLLIN;
  if (blocked_) watched_ |= EPOLLOUT;
  core_.poller.change(socket_.descriptor(), *this, edges_of(watched_));
}

void Channel::on_ready(std::uint32_t events) {
  const auto self = shared_from_this();
  // Errors and hang-ups are found by those who try.
  if ((events & ~EPOLLIN) != 0 && blocked_) on_writable();
  if (closed_ || (events & ~EPOLLOUT) == 0) return;
  if (!reading()) {
    if (watched_ != 0) watch();
    return;
  }
  const bool ended = (events & ~(EPOLLIN | EPOLLOUT)) != 0;
  if (on_readable() || (ended && !closed_)) look_again();
}

// What is there has been told already.
void Channel::look_again() {
  if (closed_) return;
  if (reading())
    watch();
  else
    watched_ &= ~static_cast<std::uint32_t>(EPOLLIN);  // resume() will
}

ssize_t Channel::receive() {
  ssize_t count = 0;
  do {
    count = ::recv(socket_.descriptor(), core_.scratch->data(), kScratchBytes, MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return count;
}

// True if there may be more: the buffer was full.
bool Channel::on_readable() {
  const ssize_t count = receive();
  if (count > 0) {
    // After a half close what still arrives is thrown away.
    if (!half_closed_) deliver(static_cast<std::size_t>(count));
  } else if (count == 0) {
    fail("closed by the peer");
  } else if (!no_room(errno)) {
    fail(std::generic_category().message(errno));
  }
  return count == static_cast<ssize_t>(kScratchBytes);
}

void Channel::deliver(std::size_t count) {
  handler_->on_data({core_.scratch->data(), count});
}

// --- writing ---

// Small writes are collected: an answer's rows and its end are one packet.
void Channel::write(ByteView bytes) {
  if (closed_ || flushing_ || send_error_ != 0 || bytes.empty()) return;
  if (blocked_) return buffer(bytes);
  if (!core_.unsent.collecting() || output_.size() + bytes.size() > kCollectedBytesMax)
    return send(bytes);
  buffer(bytes);
  if (!std::exchange(listed_, true)) core_.unsent.add(*this);
}

void Channel::buffer(ByteView bytes) {
  core_.unsent.buffers().lend(output_);
  append(output_, bytes);
}

void Channel::flush() {
  listed_ = false;
  send_collected();
}

void Channel::send_collected() {
  if (!blocked_ && !output_.empty()) send({});
}

void Channel::send(ByteView bytes) {
  const std::size_t before = output_.size();
  const std::size_t sent = send_some(output_, bytes);
  if (send_error_ != 0) return;
  if (sent == before + bytes.size()) return drop_output();
  if (sent > before)
    buffer(bytes.subspan(sent - before));
  else
    buffer(bytes);
  output_sent_ = std::min(sent, before);
  blocked_ = true;
  watch();
}

std::size_t Channel::send_some(ByteView first, ByteView second) {
  std::array<iovec, 2> parts{part(first), part(second)};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  ssize_t count = 0;
  do {
    if (first.empty() || second.empty()) {
      const ByteView only = first.empty() ? second : first;
      count = ::send(socket_.descriptor(), only.data(), only.size(), flags);
    } else {
      count = ::sendmsg(socket_.descriptor(), &message, flags);
    }
  } while (count < 0 && errno == EINTR);
  if (count >= 0) return static_cast<std::size_t>(count);
  if (!no_room(errno)) on_send_failed(errno);
  return 0;
}

void Channel::on_writable() {
  output_sent_ += send_some(ByteView(output_).subspan(output_sent_), {});
  if (send_error_ != 0) return;
  if (output_sent_ < output_.size()) {
    if (output_sent_ > output_.size() / 2) {  // keeps appending from growing it for ever
      output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(output_sent_));
      output_sent_ = 0;
    }
    return;
  }
  drop_output();
  if (flushing_) return half_close();
  watch();
  if (handler_ != nullptr) handler_->on_drained();
}

// An idle stream owns no buffer.
void Channel::drop_output() {
  core_.unsent.buffers().give_back(std::exchange(output_, {}));
  output_sent_ = 0;
  blocked_ = false;
}

void Channel::on_send_failed(int error_number) {
  send_error_ = error_number;
  drop_output();
  if (flushing_) return close();
  core_.post([self = shared_from_this()] { self->report_send_failure(); });
}

// The peer may have said why before it closed (an ERR packet, say): that is delivered first.
void Channel::report_send_failure() {
  while (!closed_ && reading()) {
    const ssize_t count = receive();
    if (count <= 0) break;
    deliver(static_cast<std::size_t>(count));
  }
  if (!closed_) fail(std::generic_category().message(send_error_));
}

// --- ending ---

int Channel::detach() {
  if (std::exchange(listed_, false)) core_.unsent.remove(*this);
  closed_ = true;
  handler_ = nullptr;
  drop_output();
  core_.poller.remove(socket_.descriptor(), *this);
  return socket_.release();
}

void Channel::close() {
  if (closed_) return;
  send_collected();  // what earlier writes of this batch could send
  if (!closed_) ::close(detach());
}

AcceptedSocket Channel::release() {
  ASSERT(!closed_);
  send_collected();
  // The next owner must not go on after half an answer.
  if (blocked_) ::shutdown(socket_.descriptor(), SHUT_RDWR);
  return {detach(), peer_address()};
}

void Channel::close_after_flush() {
  if (closed_ || flushing_) return;
  send_collected();
  flushing_ = true;
  handler_ = nullptr;
  if (send_error_ != 0)
    close();
  else if (!blocked_)
    half_close();
}

// Closing with unread input would make the kernel send a reset, which can overtake the last bytes
// that we sent. So the peer is told that nothing more comes, and its end is awaited.
void Channel::half_close() {
  half_closed_ = true;
  if (::shutdown(socket_.descriptor(), SHUT_WR) != 0) return close();
  watch();
}

void Channel::fail(std::string_view reason) {
  StreamHandler* const handler = handler_;
  drop_output();
  close();
  if (handler != nullptr)
    handler->on_closed(
        make_error(ErrorKind::Lost, fmt::format("connection to {}: {}", peer_address(), reason)));
}

}  // namespace understudy::net
