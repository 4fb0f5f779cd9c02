#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/unique_function.h"
#include "net/endpoint.h"

namespace boost::asio {
class thread_pool;
}

namespace understudy::net {

class Loop;

// Looks names up, which blocks, on a thread of its own that the first look-up starts. Belongs to a
// loop. Private to src/net.
class Resolver {
 public:
  // What was found, and why there is nothing.
  using Done = UniqueFunction<void(std::vector<Endpoint> found, std::string failure)>;

  Resolver();
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Calls `done` from the loop, unless that ends first.
  void resolve(Loop& loop, const Address& address, Done done);

  // Waits for the look-up under way; destroys what was not called, or has been posted.
  void stop();

 private:
  std::unique_ptr<boost::asio::thread_pool> thread_;
};

}  // namespace understudy::net
