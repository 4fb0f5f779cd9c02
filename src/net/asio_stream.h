#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "base/address.h"
#include "net/loop.h"
#include "net/stream.h"

namespace understudy::net {

// TCP and Unix sockets alike. Private to src/net.
// The executor is named so that no operation goes through a type-erased one.
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                                boost::asio::io_context::executor_type>;
using Endpoint = boost::asio::generic::stream_protocol::endpoint;

// Makes a connected, non-blocking socket of the loop a stream. Sets TCP_NODELAY and keepalive.
std::unique_ptr<Stream> make_stream(Loop& loop, Socket socket, std::string peer_address);

// "127.0.0.1:3306", "[::1]:3306" or "unix:/path", as parse_address() reads it.
Address address_of(const Endpoint& endpoint);

}  // namespace understudy::net
