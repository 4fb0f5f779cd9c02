#include "net/accepted_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "net/asio_stream.h"
#include "net/listener.h"

namespace understudy::net {

AcceptedSocket::AcceptedSocket(int descriptor, std::string peer_address)
    : descriptor_(descriptor), peer_address_(std::move(peer_address)) {}

AcceptedSocket::~AcceptedSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

AcceptedSocket::AcceptedSocket(AcceptedSocket&& other) noexcept
    : descriptor_(other.release()), peer_address_(std::move(other.peer_address_)) {}

AcceptedSocket& AcceptedSocket::operator=(AcceptedSocket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(peer_address_, other.peer_address_);
  return *this;
}

int AcceptedSocket::release() {
  return std::exchange(descriptor_, -1);
}

Result<std::unique_ptr<Stream>> adopt(Loop& loop, AcceptedSocket accepted) {
  int family = AF_UNSPEC;
  socklen_t size = sizeof family;
  ::getsockopt(accepted.descriptor(), SOL_SOCKET, SO_DOMAIN, &family, &size);
  Socket socket(loop.io_context());
  boost::system::error_code error;
  socket.assign(boost::asio::generic::stream_protocol(family, 0), accepted.descriptor(), error);
  if (error)
    return make_error(ErrorKind::Exhausted, fmt::format("cannot serve the connection from {}: {}",
                                                        accepted.peer_address(), error.message()));
  static_cast<void>(accepted.release());
  return make_stream(loop, std::move(socket), accepted.peer_address());
}

}  // namespace understudy::net
