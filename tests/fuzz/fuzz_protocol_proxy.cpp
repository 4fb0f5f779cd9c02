// Any bytes may begin a connection from a network that may send PROXY headers.
#include <cstdint>
#include <cstdlib>

#include "protocol/proxy_header.h"

using namespace understudy;
using namespace understudy::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const ProxyHeader whole = parse_proxy_header(bytes);
  if (whole.state == ProxyHeader::State::Whole && whole.size > kProxyHeaderBytesMax) std::abort();
  // What is decided stays decided with every byte that follows.
  for (std::size_t part = 0; part < size && part < 256; ++part) {
    const ProxyHeader header = parse_proxy_header(bytes.first(part));
    if (header.state == ProxyHeader::State::More) continue;
    if (header.state != whole.state || header.source != whole.source) std::abort();
    if (header.state == ProxyHeader::State::Whole && header.size > part) std::abort();
  }
  return 0;
}
