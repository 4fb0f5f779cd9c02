#pragma once

#include <string_view>

#include "base/ip_address.h"
#include "base/result.h"

namespace understudy {

// A range of IP addresses.
class Network {
 public:
  // Reads "10.0.0.0/8", "192.168.1.5", "fd00::/8" or "::1". Error: Invalid, with what is wrong.
  static Result<Network> parse(std::string_view text);

  // `address` is numeric; anything else is in no network.
  [[nodiscard]] bool contains(std::string_view address) const;

  friend bool operator==(const Network&, const Network&) = default;

 private:
  IpAddress address_;
  unsigned prefix_ = 0;  // bits that count
};

}  // namespace understudy
