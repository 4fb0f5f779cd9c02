#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "base/address.h"

namespace understudy::net {

// What listens and what is being connected, TCP and Unix alike; a stream is no longer Asio's (see
// channel.h). Private to src/net.
// The executor is named so that no operation goes through a type-erased one.
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                                boost::asio::io_context::executor_type>;
using Endpoint = boost::asio::generic::stream_protocol::endpoint;

// "127.0.0.1:3306", "[::1]:3306" or "unix:/path", as parse_address() reads it.
Address address_of(const Endpoint& endpoint);

}  // namespace understudy::net
