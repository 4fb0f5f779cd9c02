#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace understudy::replication {

// What MySQL names a server by (server_uuid); all zeros: not known, or a MariaDB server.
using ServerUuid = std::array<std::uint8_t, 16>;

// "3e11fa47-71ca-11e1-9e33-c80aa9429562"; upper case is read, too.
std::string to_string(const ServerUuid& uuid);
std::optional<ServerUuid> parse_uuid(std::string_view text);

// A transaction's global id in MySQL: "uuid:number", "uuid:tag:number" since 8.3.
struct MySqlGtid {
  ServerUuid uuid{};
  std::string tag = {};  // empty: none
  std::uint64_t number = 0;
  friend auto operator<=>(const MySqlGtid&, const MySqlGtid&) = default;
};

// The transactions of one server and tag with numbers `first` to `last`.
struct MySqlGtidRange {
  ServerUuid uuid{};
  std::string tag = {};
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  friend bool operator==(const MySqlGtidRange&, const MySqlGtidRange&) = default;
};

std::string to_string(const MySqlGtid& gtid);
// As servers write a set, e.g. "uuid:1-5:7,uuid:tag:1".
std::string to_string(const std::vector<MySqlGtidRange>& set);

// A set as a Previous_gtids event has it. Error: Malformed.
Result<std::vector<MySqlGtidRange>> read_gtid_set(ByteView bytes);
// The same for COM_BINLOG_DUMP_GTID; `set` is sorted by server, tag and number.
void append_gtid_set(Bytes& out, const std::vector<MySqlGtidRange>& set);

// Integers of MySQL's own serialization: as many bytes as the lowest bits of the first one that are
// set, and one; the value stands above them. Signed ones have their sign in the lowest bit.
std::uint64_t read_serialized(ByteReader& reader);
std::int64_t read_serialized_signed(ByteReader& reader);

}  // namespace understudy::replication
