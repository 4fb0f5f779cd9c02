#include "backend/binary_warnings.h"

#include <gtest/gtest.h>

#include "protocol/packet.h"

namespace understudy::backend {
namespace {

Bytes answer(const std::vector<Bytes>& rows, const Bytes& end) {
  Bytes bytes;
  std::uint8_t sequence = 1;
  protocol::append_packet(bytes, sequence, Bytes{3});
  for (const std::string_view column : {"Level", "Code", "Message"})
    protocol::append_packet(bytes, sequence, as_bytes(column));
  if (end.size() == 5) protocol::append_packet(bytes, sequence, end);
  for (const Bytes& row : rows)
    protocol::append_packet(bytes, sequence, row);
  protocol::append_packet(bytes, sequence, end);
  return bytes;
}

TEST(BinaryWarningsTest, EachRowIsPacked) {
  const Bytes text = {4, 'N', 'o', 't', 'e', 4, '1', '2', '9', '2', 2, 'm', 'e'};
  const Bytes binary = {0, 0, 4, 'N', 'o', 't', 'e', 0x0c, 0x05, 0, 0, 2, 'm', 'e'};
  for (const Bytes& end : {Bytes{0xfe, 1, 0, 2, 0}, Bytes{0xfe, 0, 0, 2, 0, 1, 0}})
    EXPECT_EQ(binary_warnings(answer({text, text}, end)), answer({binary, binary}, end));
}

TEST(BinaryWarningsTest, WhatIsCutShortEndsThere) {
  const Bytes whole = answer({}, {0xfe, 1, 0, 2, 0});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_LE(binary_warnings(ByteView(whole).first(size)).size(), size);
}

}  // namespace
}  // namespace understudy::backend
