#include "net/endpoint.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstring>

namespace understudy::net {
namespace {

Endpoint endpoint_by(int (*ask)(int, sockaddr*, socklen_t*), int descriptor) {
  Endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (ask(descriptor, endpoint.data(), &size) != 0) return {};
  endpoint.resize(size);
  return endpoint;
}

}  // namespace

Endpoint local_endpoint(int descriptor) {
  return endpoint_by(::getsockname, descriptor);
}

Endpoint remote_endpoint(int descriptor) {
  return endpoint_by(::getpeername, descriptor);
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
