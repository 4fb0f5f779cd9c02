#include "net/listener.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "net/descriptor.h"
#include "net/endpoint.h"
#include "net/loop_core.h"
#include "net/timer.h"

namespace understudy::net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr Duration kPauseWithoutDescriptors = std::chrono::milliseconds(100);
constexpr int kAcceptsPerReadiness = 64;  // then other events of the loop get their turn

Error cannot_listen(const Address& address, int error_number) {
  std::string reason = std::generic_category().message(error_number);
  if (error_number == EADDRINUSE)
    reason = "the address is in use; stop the process that uses it or choose another address";
  else if (error_number == EADDRNOTAVAIL)
    reason = "no interface of this machine has that address";
  else if (error_number == EACCES)
    reason += address.is_unix() ? "; check the rights of the folder" : "; choose a port above 1023";
  return make_error(ErrorKind::Invalid,
                    fmt::format("cannot listen on {}: {}", to_string(address), reason));
}

Result<Endpoint> resolve_local(const Address& address) {
  if (address.is_unix()) {
    if (address.unix_path.size() >= sizeof(sockaddr_un::sun_path))
      return make_error(ErrorKind::Invalid,
                        fmt::format("cannot listen on {}: the path is longer "
                                    "than {} bytes",
                                    to_string(address), sizeof(sockaddr_un::sun_path) - 1));
    return Endpoint(boost::asio::local::stream_protocol::endpoint(address.unix_path));
  }
  error_code error;
  boost::asio::io_context context;
  tcp::resolver resolver(context);
  const auto found =
      resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive, error);
  if (error || found.empty())
    return make_error(ErrorKind::Invalid,
                      fmt::format("cannot listen on {}: the name {} does not resolve",
                                  to_string(address), address.host));
  return Endpoint(found.begin()->endpoint());
}

// A client of a Unix socket has no name, as a rule.
std::string peer_name(const Endpoint& peer) {
  const Address address = address_of(peer);
  return peer.protocol().family() == AF_UNIX ? "unix:" + address.unix_path : to_string(address);
}

// A Unix socket whose process is gone leaves its file behind, which blocks bind().
bool remove_if_stale(const Endpoint& endpoint, const Address& address) {
  if (!address.is_unix()) return false;
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return false;
  const bool refused =
      ::connect(probe, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 &&
      errno == ECONNREFUSED;
  ::close(probe);
  return refused && ::unlink(address.unix_path.c_str()) == 0;
}

// Returns an errno, 0 if the socket listens.
int bind_and_listen(int descriptor, const Endpoint& endpoint, const Address& address) {
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto size = static_cast<socklen_t>(endpoint.size());
  if (::bind(descriptor, endpoint.data(), size) != 0) {
    const int reason = errno;
    if (reason != EADDRINUSE || !remove_if_stale(endpoint, address)) return reason;
    if (::bind(descriptor, endpoint.data(), size) != 0) return errno;
  }
  // Who may log in is decided by the handshake, not by the file's rights (mysqld does the same).
  if (address.is_unix() && ::chmod(address.unix_path.c_str(), 0777) != 0) return errno;
  return ::listen(descriptor, SOMAXCONN) == 0 ? 0 : errno;
}

// Shared with the call that accepts, in which the listener may be destroyed.
struct Acceptor final : Poller::Watch, std::enable_shared_from_this<Acceptor> {
  Acceptor(Loop& on, Descriptor listening, AcceptCallback callback)
      : loop(on), socket(std::move(listening)), pause(on), on_accept(std::move(callback)) {}

  void on_ready(std::uint32_t /*events*/) override {
    const auto self = shared_from_this();
    accept_some();
  }

  void accept_some() {
    for (int i = 0; i < kAcceptsPerReadiness && !closed; ++i) {
      Endpoint peer;
      auto size = static_cast<socklen_t>(peer.capacity());
      const int descriptor =
          ::accept4(socket.number(), peer.data(), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (descriptor < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) break;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
          on_exhausted(errno);
          return;
        }
        continue;  // this one connection failed (ECONNABORTED and the like)
      }
      peer.resize(size);
      on_accept(AcceptedSocket(descriptor, peer_name(peer)));
    }
  }

  void on_exhausted(int error_number) {
    watch(0);
    on_accept(
        make_error(ErrorKind::Exhausted,
                   fmt::format("cannot accept connections on {}: {}; raise the limit of "
                               "open files (ulimit -n)",
                               to_string(local), std::generic_category().message(error_number))));
    if (!closed) pause.start(kPauseWithoutDescriptors, [this] { watch(EPOLLIN); });
  }

  void watch(std::uint32_t events) { loop.core().poller.change(socket.number(), *this, events); }

  void close() {
    if (closed) return;
    closed = true;
    pause.cancel();
    loop.core().poller.remove(socket.number(), *this);
    socket.reset();
    if (local.is_unix()) ::unlink(local.unix_path.c_str());
  }

  Loop& loop;
  Descriptor socket;
  Timer pause;
  AcceptCallback on_accept;
  Address local;
  bool closed = false;
};

class SocketListener final : public Listener {
 public:
  explicit SocketListener(std::shared_ptr<Acceptor> acceptor) : acceptor_(std::move(acceptor)) {}
  ~SocketListener() override { acceptor_->close(); }
  [[nodiscard]] const Address& local_address() const override { return acceptor_->local; }
  void close() override { acceptor_->close(); }

 private:
  std::shared_ptr<Acceptor> acceptor_;
};

}  // namespace

Result<std::unique_ptr<Listener>> listen(Loop& loop, const Address& address,
                                         AcceptCallback on_accept) {
  ASSERT(loop.in_loop_thread());
  const Result<Endpoint> endpoint = resolve_local(address);
  if (!endpoint) return endpoint.error();
  const int family = endpoint->protocol().family();
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.open()) return cannot_listen(address, errno);
  if (const int reason = bind_and_listen(socket.number(), *endpoint, address))
    return cannot_listen(address, reason);
  const auto acceptor = std::make_shared<Acceptor>(loop, std::move(socket), std::move(on_accept));
  acceptor->local =
      address.is_unix() ? address : address_of(local_endpoint(acceptor->socket.number()));
  if (const int reason = loop.core().poller.add(acceptor->socket.number(), *acceptor, EPOLLIN))
    return cannot_listen(address, reason);
  return std::unique_ptr<Listener>(std::make_unique<SocketListener>(acceptor));
}

}  // namespace understudy::net
