#include "net/accepted_socket.h"

#include <unistd.h>

#include <utility>

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

}  // namespace understudy::net
