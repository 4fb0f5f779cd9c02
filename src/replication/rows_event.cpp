#include "replication/rows_event.h"

#include <array>
#include <span>

#include "protocol/lenenc.h"
#include "replication/bitmap.h"
#include "replication/event_bodies.h"
#include "replication/row_image.h"

namespace understudy::replication {

std::optional<RowsKind> rows_kind(EventType type) {
  switch (type) {
    case EventType::WriteRowsV1:
      return RowsKind{RowChange::Written};
    case EventType::UpdateRowsV1:
      return RowsKind{RowChange::Updated};
    case EventType::DeleteRowsV1:
      return RowsKind{RowChange::Deleted};
    case EventType::WriteRowsV2:
      return RowsKind{RowChange::Written, true};
    case EventType::UpdateRowsV2:
      return RowsKind{RowChange::Updated, true};
    case EventType::DeleteRowsV2:
      return RowsKind{RowChange::Deleted, true};
    case EventType::PartialUpdateRows:
      return RowsKind{RowChange::Updated, true, false, true};
    case EventType::WriteRowsCompressedV1:
      return RowsKind{RowChange::Written, false, true};
    case EventType::UpdateRowsCompressedV1:
      return RowsKind{RowChange::Updated, false, true};
    case EventType::DeleteRowsCompressedV1:
      return RowsKind{RowChange::Deleted, false, true};
    case EventType::WriteRowsCompressed:
      return RowsKind{RowChange::Written, true, true};
    case EventType::UpdateRowsCompressed:
      return RowsKind{RowChange::Updated, true, true};
    case EventType::DeleteRowsCompressed:
      return RowsKind{RowChange::Deleted, true, true};
    default:
      return std::nullopt;
  }
}

RowsHeader read_rows_header(const RowsKind& kind, ByteReader& reader) {
  constexpr std::uint16_t kEndsStatement = 1;
  RowsHeader header;
  header.table_id = reader.integer(6);
  header.ends_statement = (reader.u16() & kEndsStatement) != 0;
  if (!kind.second_version) return header;
  const std::uint16_t extra = reader.u16();  // counts itself
  if (extra < 2) {
    reader.fail();
  } else {
    reader.take(extra - 2u);
  }
  return header;
}

Result<void> read_rows_columns(ByteReader& reader, RowsEvent& event) {
  const std::uint64_t columns = protocol::read_lenenc(reader);
  if (reader.failed() || columns != event.table->columns.size()) {
    return malformed_event("the columns of a row event");
  }
  const ByteView first = reader.take(bitmap_size(columns));
  const bool both = event.change == RowChange::Updated;
  const ByteView second = both ? reader.take(bitmap_size(columns)) : ByteView();
  if (reader.failed()) return malformed_event("a short row event");
  if (event.change != RowChange::Written) event.columns_before = first;
  if (event.change == RowChange::Written) event.columns_after = first;
  if (both) event.columns_after = second;
  return {};
}

Result<void> count_rows_of(RowsEvent& event) {
  const bool written = event.change == RowChange::Written;
  const std::array<ByteView, 2> present{written ? event.columns_after : event.columns_before,
                                        event.columns_after};
  const std::size_t images = event.change == RowChange::Updated ? 2 : 1;
  auto count =
      count_rows(*event.table, std::span(present).first(images), event.images, event.partial);
  if (!count) return count.error();
  event.count = *count;
  return {};
}

}  // namespace understudy::replication
