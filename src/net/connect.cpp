#include "net/connect.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "net/endpoint.h"
#include "net/listener.h"
#include "net/timer.h"

namespace understudy::net {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr Duration kUnixRetryInterval = std::chrono::milliseconds(5);

// A connect to a port of the ephemeral range on which nobody listens may by chance be given that
// very port as its own, and then it is connected to itself.
bool connected_to_itself(const Socket& socket) {
  error_code error;
  const Endpoint local = socket.local_endpoint(error);
  if (error) return false;
  const Endpoint remote = socket.remote_endpoint(error);
  return !error && local.protocol().family() != AF_UNIX && local == remote;
}

}  // namespace

class ConnectOperation : public std::enable_shared_from_this<ConnectOperation> {
 public:
  ConnectOperation(Loop& loop, Address address, ConnectCallback on_done)
      : loop_(loop),
        address_(std::move(address)),
        on_done_(std::move(on_done)),
        resolver_(loop.io_context()),
        socket_(loop.io_context()),
        deadline_(loop),
        retry_(loop) {}

  void begin(Duration timeout);
  void cancel();

 private:
  void resolve();
  void try_next();
  void try_unix();
  void on_tcp_connected(const error_code& error);
  void succeed();
  void fail(ErrorKind kind, const std::string& message);
  void finish(Result<std::unique_ptr<Stream>> result);

  Loop& loop_;
  Address address_;
  ConnectCallback on_done_;
  tcp::resolver resolver_;
  Socket socket_;
  Timer deadline_;
  Timer retry_;
  std::vector<Endpoint> endpoints_;
  std::size_t next_endpoint_ = 0;
  std::string last_failure_;
  bool done_ = false;
};

void ConnectOperation::begin(Duration timeout) {
  deadline_.start(timeout, [this, timeout] {
    fail(ErrorKind::Timeout,
         fmt::format("no connection to {} within {} ms", to_string(address_), to_ms(timeout)));
  });
  // Later, so that the caller holds the handle before it hears anything.
  loop_.post([self = shared_from_this()] {
    if (!self->done_) self->resolve();
  });
}

void ConnectOperation::cancel() {
  if (done_) return;
  done_ = true;
  on_done_ = nullptr;  // it may own what the caller expects to be gone now
  deadline_.cancel();
  retry_.cancel();
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

void ConnectOperation::resolve() {
  if (address_.is_unix()) {
    try_unix();
    return;
  }
  error_code not_numeric;
  const auto numeric = boost::asio::ip::make_address(address_.host, not_numeric);
  if (!not_numeric) {
    endpoints_.emplace_back(tcp::endpoint(numeric, address_.port));
    try_next();
    return;
  }
  resolver_.async_resolve(
      address_.host, std::to_string(address_.port), tcp::resolver::address_configured,
      [self = shared_from_this()](const error_code& error,
                                  const tcp::resolver::results_type& found) {
        if (self->done_) return;
        for (const auto& entry : found)
          self->endpoints_.emplace_back(entry.endpoint());
        if (error)
          self->last_failure_ = fmt::format("the name {} does not resolve ({})",
                                            self->address_.host, error.message());
        self->try_next();
      });
}

void ConnectOperation::try_next() {
  if (next_endpoint_ == endpoints_.size()) {
    fail(ErrorKind::Unreachable,
         fmt::format("cannot connect to {}: {}", to_string(address_), last_failure_));
    return;
  }
  const Endpoint endpoint = endpoints_[next_endpoint_++];
  error_code error;
  socket_.close(error);
  socket_.open(endpoint.protocol(), error);
  if (error) {
    last_failure_ = error.message();
    try_next();
    return;
  }
  socket_.async_connect(endpoint, [self = shared_from_this()](const error_code& result) {
    if (!self->done_) self->on_tcp_connected(result);
  });
}

void ConnectOperation::on_tcp_connected(const error_code& error) {
  if (!error && !connected_to_itself(socket_)) {
    succeed();
    return;
  }
  last_failure_ = error ? error.message() : std::generic_category().message(ECONNREFUSED);
  try_next();
}

// Connecting to a Unix socket is immediate: accepted into the backlog, refused, or EAGAIN while the
// backlog is full, which no readiness event announces the end of.
void ConnectOperation::try_unix() {
  error_code error;
  if (address_.unix_path.size() >= sizeof(sockaddr_un::sun_path)) {
    error = boost::asio::error::name_too_long;
  } else {
    const Endpoint endpoint(boost::asio::local::stream_protocol::endpoint(address_.unix_path));
    if (!socket_.is_open()) socket_.open(endpoint.protocol(), error);
    if (!error) socket_.native_non_blocking(true, error);
    if (!error && ::connect(socket_.native_handle(), endpoint.data(),
                            static_cast<socklen_t>(endpoint.size())) != 0)
      error = error_code(errno, boost::system::system_category());
  }
  if (!error)
    succeed();
  else if (error == boost::asio::error::try_again)
    retry_.start(kUnixRetryInterval, [this] { try_unix(); });
  else
    fail(ErrorKind::Unreachable,
         fmt::format("cannot connect to {}: {}", to_string(address_), error.message()));
}

void ConnectOperation::succeed() {
  error_code error;
  finish(adopt(loop_, AcceptedSocket(socket_.release(error), to_string(address_))));
}

void ConnectOperation::fail(ErrorKind kind, const std::string& message) {
  finish(make_error(kind, message));
}

void ConnectOperation::finish(Result<std::unique_ptr<Stream>> result) {
  const auto self = shared_from_this();
  ConnectCallback on_done = std::move(on_done_);
  cancel();
  on_done(std::move(result));
}

ConnectHandle::ConnectHandle() = default;
ConnectHandle::ConnectHandle(std::shared_ptr<ConnectOperation> operation)
    : operation_(std::move(operation)) {}
ConnectHandle::~ConnectHandle() {
  cancel();
}
ConnectHandle::ConnectHandle(ConnectHandle&&) noexcept = default;
ConnectHandle& ConnectHandle::operator=(ConnectHandle&& other) noexcept {
  if (this == &other) return *this;
  cancel();
  operation_ = std::move(other.operation_);
  return *this;
}

void ConnectHandle::cancel() {
  if (operation_) operation_->cancel();
  operation_.reset();
}

ConnectHandle connect(Loop& loop, const Address& address, Duration timeout,
                      ConnectCallback on_done) {
  ASSERT(loop.in_loop_thread());
  auto operation = std::make_shared<ConnectOperation>(loop, address, std::move(on_done));
  operation->begin(timeout);
  return ConnectHandle(std::move(operation));
}

}  // namespace understudy::net
