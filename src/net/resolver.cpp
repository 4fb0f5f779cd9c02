#include "net/resolver.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <utility>

#include "net/loop.h"

namespace understudy::net {

using boost::asio::ip::tcp;

Resolver::Resolver() = default;
Resolver::~Resolver() = default;

void Resolver::resolve(Loop& loop, const Address& address, Done done) {
  if (thread_ == nullptr) thread_ = std::make_unique<boost::asio::thread_pool>(1);
  boost::asio::post(*thread_, [&loop, executor = thread_->get_executor(), host = address.host,
                               port = address.port, done = std::move(done)]() mutable {
    boost::system::error_code error;
    const auto results = tcp::resolver(executor).resolve(host, std::to_string(port),
                                                         tcp::resolver::address_configured, error);
    std::vector<Endpoint> found;
    for (const auto& entry : results)
      found.emplace_back(entry.endpoint());
    loop.post([found = std::move(found), failure = error ? error.message() : std::string(),
               done = std::move(done)]() mutable { done(std::move(found), std::move(failure)); });
  });
}

void Resolver::stop() {
  thread_.reset();
}

}  // namespace understudy::net
