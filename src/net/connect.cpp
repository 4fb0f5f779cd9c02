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

#include "net/descriptor.h"
#include "net/endpoint.h"
#include "net/listener.h"
#include "net/loop_core.h"
#include "net/timer.h"

namespace understudy::net {

using boost::asio::ip::tcp;

namespace {

constexpr Duration kUnixRetryInterval = std::chrono::milliseconds(5);

// A connect to a port of the ephemeral range on which nobody listens may by chance be given that
// very port as its own, and then it is connected to itself.
bool connected_to_itself(int descriptor) {
  const Endpoint local = local_endpoint(descriptor);
  return local != Endpoint() && local == remote_endpoint(descriptor);
}

Descriptor open_socket(int family) {
  return Descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// Returns an errno, 0 if it is connected.
int result_of_connect(int descriptor) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error == 0 && connected_to_itself(descriptor) ? ECONNREFUSED : error;
}

}  // namespace

class ConnectOperation final : public std::enable_shared_from_this<ConnectOperation>,
                               private Poller::Watch {
 public:
  ConnectOperation(Loop& loop, Address address, ConnectCallback on_done)
      : loop_(loop),
        address_(std::move(address)),
        on_done_(std::move(on_done)),
        deadline_(loop),
        retry_(loop) {}

  void begin(Duration timeout);
  void cancel();

 private:
  void resolve();
  void try_next();
  void on_ready(std::uint32_t events) override;
  int start_connect(const Endpoint& endpoint);
  void drop_socket();
  void try_unix();
  void succeed();
  void fail(ErrorKind kind, const std::string& message);
  void finish(Result<std::unique_ptr<Stream>> result);

  Loop& loop_;
  Address address_;
  ConnectCallback on_done_;
  Descriptor socket_;
  bool watched_ = false;
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
  drop_socket();
}

void ConnectOperation::drop_socket() {
  if (std::exchange(watched_, false)) loop_.core().poller.remove(socket_.number(), *this);
  socket_.reset();
}

void ConnectOperation::resolve() {
  if (address_.is_unix()) {
    try_unix();
    return;
  }
  boost::system::error_code not_numeric;
  const auto numeric = boost::asio::ip::make_address(address_.host, not_numeric);
  if (!not_numeric) {
    endpoints_.emplace_back(tcp::endpoint(numeric, address_.port));
    try_next();
    return;
  }
  loop_.core().resolver.resolve(
      loop_, address_,
      [self = shared_from_this()](std::vector<Endpoint> found, const std::string& failure) {
        if (self->done_) return;
        self->endpoints_ = std::move(found);
        if (!failure.empty())
          self->last_failure_ =
              fmt::format("the name {} does not resolve ({})", self->address_.host, failure);
        self->try_next();
      });
}

void ConnectOperation::try_next() {
  while (next_endpoint_ < endpoints_.size()) {
    drop_socket();
    const int error = start_connect(endpoints_[next_endpoint_++]);
    if (error == 0) return;
    last_failure_ = std::generic_category().message(error);
  }
  fail(ErrorKind::Unreachable,
       fmt::format("cannot connect to {}: {}", to_string(address_), last_failure_));
}

// Returns an errno, 0 if on_ready() will be told of the outcome.
int ConnectOperation::start_connect(const Endpoint& endpoint) {
  socket_ = open_socket(endpoint.protocol().family());
  if (!socket_.open()) return errno;
  const auto size = static_cast<socklen_t>(endpoint.size());
  if (::connect(socket_.number(), endpoint.data(), size) != 0 && errno != EINPROGRESS) return errno;
  const int error = loop_.core().poller.add(socket_.number(), *this, EPOLLOUT);
  watched_ = error == 0;
  return error;
}

void ConnectOperation::on_ready(std::uint32_t /*events*/) {
  const auto self = shared_from_this();
  const int error = result_of_connect(socket_.number());
  if (error == 0) return succeed();
  last_failure_ = std::generic_category().message(error);
  try_next();
}

// Connecting to a Unix socket is immediate: accepted into the backlog, refused, or EAGAIN while the
// backlog is full, which no readiness event announces the end of.
void ConnectOperation::try_unix() {
  int error = 0;
  if (address_.unix_path.size() >= sizeof(sockaddr_un::sun_path)) {
    error = ENAMETOOLONG;
  } else {
    const Endpoint endpoint(boost::asio::local::stream_protocol::endpoint(address_.unix_path));
    if (!socket_.open()) socket_ = open_socket(AF_UNIX);
    if (::connect(socket_.number(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0)
      error = errno;
  }
  if (error == 0)
    succeed();
  else if (error == EAGAIN)
    retry_.start(kUnixRetryInterval, [this] { try_unix(); });
  else
    fail(ErrorKind::Unreachable, fmt::format("cannot connect to {}: {}", to_string(address_),
                                             std::generic_category().message(error)));
}

void ConnectOperation::succeed() {
  if (std::exchange(watched_, false)) loop_.core().poller.remove(socket_.number(), *this);
  finish(adopt(loop_, AcceptedSocket(socket_.release(), to_string(address_))));
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
