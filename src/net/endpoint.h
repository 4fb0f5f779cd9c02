#pragma once

#include <boost/asio/generic/stream_protocol.hpp>

#include "base/address.h"

namespace understudy::net {

// The address of a socket, TCP and Unix alike. Private to src/net.
using Endpoint = boost::asio::generic::stream_protocol::endpoint;

// Its own and its peer's; empty if the system does not tell.
Endpoint local_endpoint(int descriptor);
Endpoint remote_endpoint(int descriptor);

// "127.0.0.1:3306", "[::1]:3306" or "unix:/path", as parse_address() reads it.
Address address_of(const Endpoint& endpoint);

}  // namespace understudy::net
