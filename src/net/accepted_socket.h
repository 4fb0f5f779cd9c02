#pragma once

#include <string>

namespace understudy::net {

// A connection that belongs to no loop, because a listener has just accepted it or a stream gave it
// away: may move to another thread. Closed when destroyed.
class AcceptedSocket {
 public:
  AcceptedSocket(int descriptor, std::string peer_address);
  ~AcceptedSocket();
  AcceptedSocket(AcceptedSocket&& other) noexcept;
  AcceptedSocket& operator=(AcceptedSocket&& other) noexcept;

  [[nodiscard]] const std::string& peer_address() const { return peer_address_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  // Gives the descriptor away: the caller closes it.
  [[nodiscard]] int release();

 private:
  int descriptor_;
  std::string peer_address_;
};

}  // namespace understudy::net
