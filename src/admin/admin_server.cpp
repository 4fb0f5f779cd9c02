#include "admin/admin_server.h"

#include <unordered_map>
#include <utility>

#include "admin/http_session.h"
#include "net/listener.h"

namespace understudy::admin {

class AdminServer::Impl {
 public:
  Impl(net::Loop& loop, AdminApi& api, const AdminLimits& limits)
      : loop_(loop), api_(api), limits_(limits) {}

  Result<void> listen(const Address& address) {
    auto listener = net::listen(loop_, address, [this](Result<net::AcceptedSocket> accepted) {
      // Without descriptors the listener tries again by itself.
      if (accepted.ok()) open_session(std::move(*accepted));
    });
    if (!listener.ok()) return listener.error();
    listener_ = std::move(*listener);
    return {};
  }

  [[nodiscard]] const Address& address() const { return listener_->local_address(); }

 private:
  // More connections than the limit are closed at once: a client that holds many must not keep
  // others from seeing the state.
  void open_session(net::AcceptedSocket accepted) {
    if (sessions_.size() >= limits_.connections_max) return;
    auto stream = net::adopt(loop_, std::move(accepted));
    if (!stream.ok()) return;
    auto session =
        std::make_unique<HttpSession>(loop_, std::move(*stream), api_, limits_,
                                      [this](HttpSession& done) { close_session(done); });
    HttpSession* const key = session.get();
    sessions_.emplace(key, std::move(session));
  }

  // Called by the session itself, which is still on the stack: destroyed in the next turn.
  void close_session(HttpSession& session) {
    const auto found = sessions_.find(&session);
    loop_.post([gone = std::move(found->second)] {});
    sessions_.erase(found);
  }

  net::Loop& loop_;
  AdminApi& api_;
  const AdminLimits limits_;
  std::unordered_map<HttpSession*, std::unique_ptr<HttpSession>> sessions_;
  std::unique_ptr<net::Listener> listener_;
};

AdminServer::AdminServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AdminServer::~AdminServer() = default;

const Address& AdminServer::address() const {
  return impl_->address();
}

Result<std::unique_ptr<AdminServer>> AdminServer::start(net::Loop& loop, const Address& address,
                                                        AdminApi& api, const AdminLimits& limits) {
  auto impl = std::make_unique<Impl>(loop, api, limits);
  if (const Result<void> listening = impl->listen(address); !listening.ok())
    return listening.error();
  return std::make_unique<AdminServer>(std::move(impl));
}

}  // namespace understudy::admin
