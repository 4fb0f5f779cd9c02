#include "replication/stored_forms.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "replication/packed_value.h"

namespace understudy::replication {
namespace {

constexpr std::size_t kGroups = 8;
using Groups = std::array<unsigned, kGroups>;

struct Zeros {
  std::size_t first = kGroups;
  std::size_t count = 0;
};

Zeros longest_zeros(const Groups& groups) {
  Zeros longest;
  Zeros here;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (groups[i] != 0) {
      here = {};
      continue;
    }
    if (here.count == 0) here.first = i;
    ++here.count;
    if (here.count > longest.count) longest = here;
  }
  return longest;
}

void append_inet4(const std::uint8_t* address, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{}.{}.{}.{}", address[0], address[1], address[2],
                 address[3]);
}

// The longest run of zeros is left out, and an IPv4 address in it is written as one, both as
// MariaDB 10.11 does.
void append_inet6(const std::array<std::uint8_t, 16>& address, std::string& out) {
  Groups groups{};
  for (std::size_t i = 0; i < kGroups; ++i)
    groups[i] = static_cast<unsigned>(address[2 * i] << 8 | address[2 * i + 1]);
  const Zeros zeros = longest_zeros(groups);
  const bool inet4 =
      zeros.first == 0 && (zeros.count == 6 || (zeros.count == 5 && groups[5] == 0xffff));
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == zeros.first) {
      out += "::";
      i += zeros.count - 1;
      continue;
    }
    if (i > 0 && i != zeros.first + zeros.count) out += ':';
    if (inet4 && i == 6) return append_inet4(&address[12], out);
    fmt::format_to(std::back_inserter(out), "{:x}", groups[i]);
  }
}

}  // namespace

bool inflate_exactly(ByteView compressed, std::size_t size, bool raw, Bytes& out) {
  constexpr std::size_t kRatioMax = 1032;  // zlib.net, "Maximum Compression Factor"
  if (size / kRatioMax > compressed.size() || compressed.size() > UINT32_MAX || size > UINT32_MAX) {
    return false;
  }
  out.resize(size);
  z_stream stream{};
  if (::inflateInit2(&stream, raw ? -MAX_WBITS : MAX_WBITS) != Z_OK) return false;
  stream.next_in = const_cast<Bytef*>(compressed.data());
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(size);
  const int done = ::inflate(&stream, Z_FINISH);
  ::inflateEnd(&stream);
  return done == Z_STREAM_END && stream.total_out == size;
}

bool uncompress_column(ByteView stored, Bytes& out) {
  constexpr std::uint8_t kRaw = 0x08;
  constexpr std::uint8_t kPlain = 0;
  constexpr std::uint8_t kZlib = 8;
  out.clear();
  if (stored.empty()) return true;
  const std::uint8_t head = stored[0];
  if (head >> 4 == kPlain) {
    append(out, stored.subspan(1));
    return true;
  }
  const std::size_t size_bytes = head & 7u;
  if (head >> 4 != kZlib || stored.size() < 1 + size_bytes) return false;
  const std::uint64_t size = read_big_endian(stored.subspan(1, size_bytes));
  return inflate_exactly(stored.subspan(1 + size_bytes), size, (head & kRaw) != 0, out);
}

Result<void> uncompress_event_part(ByteView stored, std::size_t size_max, Bytes& out) {
  const auto malformed = [] {
    return make_error(ErrorKind::Malformed, "malformed binary log event: it is compressed wrongly");
  };
  constexpr std::uint8_t kCompressed = 0x80;
  const std::uint8_t head = stored.empty() ? std::uint8_t{0} : stored[0];
  const std::size_t size_bytes = head & 7u;
  if ((head & ~7u) != kCompressed || size_bytes < 1 || size_bytes > 4 ||
      stored.size() < 1 + size_bytes) {
    return malformed();
  }
  const std::uint64_t size = read_big_endian(stored.subspan(1, size_bytes));
  if (size > size_max) {
    return make_error(ErrorKind::Exhausted,
                      fmt::format("a compressed event of {} bytes, more than {}", size, size_max));
  }
  if (!inflate_exactly(stored.subspan(1 + size_bytes), size, false, out)) return malformed();
  return {};
}

bool append_inet(ByteView stored, std::size_t size, std::string& out) {
  std::array<std::uint8_t, 16> address{};
  if (stored.size() > size || size > address.size()) return false;
  std::ranges::copy(stored, address.begin());
  if (size == 4) {
    append_inet4(address.data(), out);
  } else {
    append_inet6(address, out);
  }
  return true;
}

// MariaDB keeps the parts of versions 1 to 5 in the opposite order, so that they sort by node and
// time; newer versions sort as they are (MDEV-29959).
bool append_uuid(ByteView stored, std::string& out) {
  constexpr std::array<std::uint8_t, 16> kTurned = {12, 13, 14, 15, 10, 11, 8, 9,
                                                    6,  7,  0,  1,  2,  3,  4, 5};
  std::array<std::uint8_t, 16> uuid{};
  if (stored.size() > uuid.size()) return false;
  std::ranges::copy(stored, uuid.begin());
  const bool turned = (uuid[6] & 0x80) != 0 && uuid[8] > 0 && uuid[8] < 0x60;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    fmt::format_to(std::back_inserter(out), "{:02x}", uuid[turned ? kTurned[i] : i]);
  }
  return true;
}

}  // namespace understudy::replication
