#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace understudy::bench {

// A binary log in memory, as a MariaDB server without checksums sends it: transactions that each
// write one row into a table with one INT column.
class CannedBinlog {
 public:
  CannedBinlog();

  // Appends the packets that come before all transactions: the file's name (a made-up rotate
  // event), the format, where in the GTID sequence this begins. `sequence` is the packets' number.
  void append_start(Bytes& out, std::uint8_t& sequence) const;
  // The transaction with this index.
  void append_transaction(Bytes& out, std::uint8_t& sequence, std::size_t index) const;
  void append_heartbeat(Bytes& out, std::uint8_t& sequence) const;

  // Logs a transaction that writes the row `id`.
  void write(std::string_view schema, std::string_view table, std::int32_t id);

  [[nodiscard]] std::size_t size() const { return transactions_.size(); }
  // Of the first transaction after this position; the first of all after another domain's.
  [[nodiscard]] std::size_t index_after(std::string_view position) const;
  [[nodiscard]] std::string gtid() const;  // of the last transaction
  [[nodiscard]] static std::string file();
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  // An event; those of the file move its end on.
  Bytes event(std::uint8_t type, std::uint16_t flags, std::uint64_t next_position,
              ByteView body) const;
  void log_event(std::vector<Bytes>& events, std::uint8_t type, ByteView body);
  [[nodiscard]] Bytes format_event() const;

  std::vector<std::vector<Bytes>> transactions_;  // the events of each
  std::uint64_t end_ = 0;                         // of the file
};

}  // namespace understudy::bench
