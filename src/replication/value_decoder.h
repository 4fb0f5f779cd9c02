#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "replication/column_value.h"
#include "replication/table_format.h"
#include "replication/value_layout.h"

namespace understudy::replication {

// Makes values of one column from the bytes of row images. What to do is found out once; the column
// has to outlive this.
//
// Where the log and the definition say nothing of it, a number is taken for signed, a text is
// Bytes, and ENUM and SET are the number that the server keeps (uint64).
class ValueDecoder {
 public:
  explicit ValueDecoder(const ColumnFormat& column);

  // Nothing: the column cannot even be skipped, so rows of its table cannot be read.
  [[nodiscard]] const std::optional<ValueLayout>& layout() const { return layout_; }

  // `bytes` is a value as take_value() gives it. Makes `out` over, whose memory is used again.
  // False if the bytes are none of this type; `out` is then undefined.
  bool decode(ByteView bytes, ColumnValue& out) const;

 private:
  enum class How : std::uint8_t {
    Nothing,
    Signed,
    Unsigned,
    Real,
    Decimal,
    Bits,
    Year,
    Date,
    DateTime,
    Time,
    Timestamp,
    OldDateTime,
    OldTime,
    OldTimestamp,
    Enum,
    Set,
    Text,
    Binary,
    FixedBinary,
    Compressed,
    Json,
    Geometry,
    Inet,
    Uuid,
  };

  static How how_to_decode(const ColumnFormat& column);
  static How how_to_decode_text(const ColumnFormat& column);
  static How how_to_decode_string(const ColumnFormat& column);
  void text(ByteView bytes, ColumnValue& out) const;
  bool decode_other(ByteView bytes, ColumnValue& out) const;
  bool decode_time(ByteView bytes, ColumnValue& out) const;
  bool members(ByteView bytes, ColumnValue& out) const;

  const ColumnFormat* column_;
  std::optional<ValueLayout> layout_;
  How how_;
};

}  // namespace understudy::replication
