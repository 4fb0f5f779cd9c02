#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "replication/binlog_event.h"
#include "replication/column_value.h"
#include "replication/value_decoder.h"

namespace understudy::replication {

// Decodes the rows of row events to values, row after row. Made for one to be kept for many
// events: what it knows of a table, and the memory of values, is used again. A value of one thread.
//
//   RowReader reader;
//   if (auto started = reader.start(event); !started) …
//   for (auto more = reader.next(); …; more = reader.next()) { if (!more) error; if (!*more) end;
//     reader.before()[i], reader.after()[i] }
class RowReader {
 public:
  // Begins with the rows of an event, whose bytes have to live until the last next(). `table`: its
  // format with what a definition adds; nullptr: as the log has it. With `only` the other columns
  // stay Absent and are merely skipped. Errors: Unsupported, if the table has a column whose size
  // is not known; Malformed; Invalid, if `table` is another one or `only` names no column of it.
  Result<void> start(const RowsEvent& event,
                     const std::shared_ptr<const TableFormat>& table = nullptr,
                     std::span<const std::uint32_t> only = {});

  // The next row; false behind the last one. Error: Malformed; there is no going on then.
  Result<bool> next();

  // Of the row that next() has found, a value for each column of the table. before() is empty for
  // rows that were written, after() for those that were deleted.
  [[nodiscard]] const std::vector<ColumnValue>& before() const { return values_of(before_); }
  [[nodiscard]] const std::vector<ColumnValue>& after() const { return values_of(after_); }

  [[nodiscard]] const std::shared_ptr<const TableFormat>& table() const { return table_; }

 private:
  struct Step {
    std::uint32_t column = 0;
    bool wanted = false;
    ValueLayout layout;
    std::uint32_t run = 0;  // bytes of this and the following columns that are skipped in one go
    std::uint32_t run_steps = 0;
  };
  struct Image {
    bool used = false;      // rows of this event have it
    bool prepared = false;  // for `present`
    Bytes present;
    std::vector<Step> steps;
    std::vector<ColumnValue> values;
  };

  Result<void> prepare_table(const std::shared_ptr<const TableFormat>& table,
                             std::span<const std::uint32_t> only);
  Result<void> prepare_image(Image& image, bool used, ByteView present);
  [[nodiscard]] const std::vector<ColumnValue>& values_of(const Image& image) const {
    return image.used ? image.values : nothing_;
  }
  static void find_runs(std::vector<Step>& steps);
  Result<void> read_image(Image& image);
  Result<void> read_partial_image();
  bool apply_changes(std::uint32_t column, ByteView changes);
  [[nodiscard]] Error bad_row(std::string_view what) const;
  [[nodiscard]] Error bad_value(std::uint32_t column) const;

  std::shared_ptr<const TableFormat> table_;
  std::vector<std::uint32_t> only_;
  std::vector<ValueDecoder> decoders_;
  std::vector<bool> wanted_;
  bool partial_ = false;
  ByteReader rest_{ByteView{}};
  Image before_;
  Image after_;
  std::vector<ColumnValue> nothing_;  // stays empty
};

}  // namespace understudy::replication
