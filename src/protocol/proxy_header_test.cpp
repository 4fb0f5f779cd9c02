#include "protocol/proxy_header.h"

#include <gtest/gtest.h>

#include <string>

namespace understudy::protocol {
namespace {

using State = ProxyHeader::State;

std::string version2(std::uint8_t command, std::uint8_t family, std::string_view addresses) {
  std::string text("\r\n\r\n\0\r\nQUIT\n", 12);
  text += static_cast<char>(command);
  text += static_cast<char>(family);
  text += static_cast<char>(addresses.size() >> 8);
  text += static_cast<char>(addresses.size() & 0xff);
  return text.append(addresses);
}

// Everything before the whole header asks for more; what follows it does not matter.
void expect_source(const std::string& text, const std::string& source) {
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_EQ(parse_proxy_header(as_bytes(text).first(size)).state, State::More) << size;
  for (const std::string& follows : {std::string(), std::string("\x20\0\0\1", 4)}) {
    const ProxyHeader header = parse_proxy_header(as_bytes(text + follows));
    EXPECT_EQ(header.state, State::Whole);
    EXPECT_EQ(header.size, text.size());
    EXPECT_EQ(header.source, source);
  }
}

TEST(ProxyHeaderTest, Version1) {
  expect_source("PROXY TCP4 203.0.113.7 10.0.0.1 51000 3306\r\n", "203.0.113.7");
  expect_source("PROXY TCP6 2001:db8::7 ::1 51000 3306\r\n", "2001:db8::7");
  expect_source("PROXY UNKNOWN\r\n", "");
  expect_source("PROXY UNKNOWN ffff:f::1 ffff::1 65535 65535\r\n", "");
}

TEST(ProxyHeaderTest, Version2) {
  const std::string ports("\xc7\x38\x0c\xea", 4);
  const std::string four = std::string("\xcb\x00\x71\x07\x0a\x00\x00\x01", 8) + ports;
  expect_source(version2(0x21, 0x11, four), "203.0.113.7");
  expect_source(version2(0x21, 0x11, four + "\x03" + std::string(2, '\0')), "203.0.113.7");
  const std::string six = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + '\x07' +
                          std::string(15, '\0') + '\x01' + ports;
  expect_source(version2(0x21, 0x21, six), "2001:db8::7");
  expect_source(version2(0x20, 0x00, ""), "");
  expect_source(version2(0x21, 0x31, std::string(216, 'x')), "");  // Unix sockets
}

TEST(ProxyHeaderTest, OtherBytesAreNone) {
  EXPECT_EQ(parse_proxy_header(as_bytes(std::string("\x20\0\0\1", 4))).state, State::None);
  EXPECT_EQ(parse_proxy_header(as_bytes("PROXX")).state, State::None);
  EXPECT_EQ(parse_proxy_header(as_bytes("\r\n\r\n\r\n")).state, State::None);
}

TEST(ProxyHeaderTest, BrokenOnes) {
  for (const std::string& text :
       {std::string("PROXY \r\n"), std::string("PROXY TCP4\r\n"),
        std::string("PROXY TCP4 ::1 ::1 1 2\r\n"), std::string("PROXY TCP4 here there 1 2\r\n"),
        std::string("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n"), "PROXY TCP4 " + std::string(200, '1'),
        version2(0x11, 0x11, std::string(12, 'x')), version2(0x21, 0x11, std::string(11, 'x')),
        version2(0x22, 0x11, std::string(12, 'x')), version2(0x21, 0x21, std::string(35, 'x')),
        version2(0x21, 0x11, std::string(5000, 'x'))})
    EXPECT_EQ(parse_proxy_header(as_bytes(text)).state, State::Broken) << text;
}

}  // namespace
}  // namespace understudy::protocol
