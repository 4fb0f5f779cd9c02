#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "protocol/response_scanner.h"

namespace understudy::backend {

// A checksum of what one answer told its client: column definitions, rows, rows affected, insert
// ids, counts of warnings, the code of an error. What differs by server and moment is left out:
// status flags, GTIDs and other session changes, the text of an error. How the bytes were split
// between steps makes no difference. Pure.
class AnswerSum {
 public:
  void add(const protocol::ScanStep& step, std::uint32_t capabilities);

  [[nodiscard]] std::uint64_t value() const;
  // Of the last OK packet; 0 if there was none.
  [[nodiscard]] std::uint64_t insert_id() const { return insert_id_; }

 private:
  void add_bytes(ByteView bytes);
  void add_number(std::uint64_t number);
  void add_ok(const protocol::ScanStep& step, std::uint32_t capabilities);
  void end_bytes();

  std::uint64_t hash_ = 0x9e3779b97f4a7c15ULL;
  std::uint64_t partial_ = 0;     // bytes that do not fill a word yet
  std::size_t partial_size_ = 0;  // of them
  std::uint64_t raw_size_ = 0;    // bytes since the last number
  std::uint64_t insert_id_ = 0;
};

}  // namespace understudy::backend
