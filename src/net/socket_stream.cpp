#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <memory>
#include <system_error>
#include <utility>

#include "net/channel.h"
#include "net/listener.h"
#include "net/stream.h"

namespace understudy::net {
namespace {

class SocketStream final : public Stream {
 public:
  explicit SocketStream(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  ~SocketStream() override {
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

void set_options(int descriptor) {
  int family = AF_UNSPEC;
  socklen_t size = sizeof family;
  ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size);
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

Result<std::unique_ptr<Stream>> adopt(Loop& loop, AcceptedSocket socket) {
  ASSERT(loop.in_loop_thread());
  set_options(socket.descriptor());
  auto channel = std::make_shared<Channel>(loop, std::move(socket));
  if (const int reason = channel->open())
    return make_error(ErrorKind::Exhausted, fmt::format("cannot serve the connection from {}: {}",
                                                        channel->peer_address(),
                                                        std::generic_category().message(reason)));
  return std::unique_ptr<Stream>(std::make_unique<SocketStream>(std::move(channel)));
}

}  // namespace understudy::net
