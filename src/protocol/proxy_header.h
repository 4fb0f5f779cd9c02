#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace understudy::protocol {

// The header of the PROXY protocol (HAProxy: "The PROXY protocol", versions 1 and 2), by which a
// load balancer says for whom it has connected.
struct ProxyHeader {
  enum class State : std::uint8_t {
    None,    // these bytes begin with something else
    More,    // more bytes decide
    Whole,   // it is the first `size` bytes
    Broken,  // it begins like one, and is none
  };

  State state = State::None;
  std::size_t size = 0;
  std::string source;  // numeric address; empty: the connection is the balancer's own
};

// Longer ones are Broken.
inline constexpr std::size_t kProxyHeaderBytesMax = 2048;

ProxyHeader parse_proxy_header(ByteView bytes);

}  // namespace understudy::protocol
