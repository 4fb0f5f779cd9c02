#pragma once

#include <boost/asio/generic/stream_protocol.hpp>

#include "base/address.h"

namespace understudy::net {

// The address of a socket, TCP and Unix alike. Private to src/net.
using Endpoint = boost::asio::generic::stream_protocol::endpoint;

// "127.0.0.1:3306", "[::1]:3306" or "unix:/path", as parse_address() reads it.
Address address_of(const Endpoint& endpoint);

}  // namespace understudy::net
