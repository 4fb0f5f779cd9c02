#include <algorithm>

#include "protocol/constants.h"
#include "protocol/lenenc.h"
#include "replication/bitmap.h"
#include "replication/json_changes.h"
#include "replication/row_reader.h"
#include "replication/value_slot.h"

// The image after an update in MySQL's PARTIAL_UPDATE_ROWS_EVENT, whose JSON columns may hold what
// changed in the document only:
//
// image := options:lenenc [partial bits] null bits, values
// partial bits, if the options have bit 0: one for each JSON column of the table
namespace understudy::replication {
namespace {

bool is_json(const ColumnFormat& column) {
  return column.type == static_cast<std::uint8_t>(protocol::ColumnType::Json);
}

}  // namespace

Result<void> RowReader::read_partial_image() {
  const std::uint64_t options = protocol::read_lenenc(rest_);
  if (rest_.failed()) return bad_row("it is too short");
  if ((options & 1) == 0) return read_image(after_);
  const auto documents = static_cast<std::size_t>(std::ranges::count_if(table_->columns, is_json));
  const ByteView partial = rest_.take(bitmap_size(documents));
  const ByteView nulls = rest_.take(bitmap_size(after_.steps.size()));
  if (rest_.failed()) return bad_row("it is too short");
  std::size_t step_index = 0;
  std::size_t document = 0;
  for (std::uint32_t i = 0; i < table_->columns.size() && !rest_.failed(); ++i) {
    const bool changes_only = is_json(table_->columns[i]) && bit_at(partial, document++);
    if (step_index == after_.steps.size() || after_.steps[step_index].column != i) continue;
    const Step& step = after_.steps[step_index];
    ColumnValue& held = after_.values[i];
    if (bit_at(nulls, step_index++)) {
      if (step.wanted) held = SqlNull{};
      continue;
    }
    const ByteView value = take_value(step.layout, rest_);
    if (!step.wanted || rest_.failed()) continue;
    const bool good = changes_only ? apply_changes(i, value) : decoders_[i].decode(value, held);
    if (!good) return bad_value(i);
  }
  if (rest_.failed()) return bad_row("it is too short");
  return {};
}

// The document before is the one that was changed, if the image before has it.
bool RowReader::apply_changes(std::uint32_t column, ByteView changes) {
  Result<std::vector<JsonChange>> parsed = read_json_changes(changes);
  if (!parsed) return false;
  const auto* before = before_.used ? std::get_if<JsonText>(&before_.values[column]) : nullptr;
  std::string& json = slot<JsonText>(after_.values[column]).text;
  if (before != nullptr && apply_json_changes(before->text, *parsed, json)) return true;
  slot<JsonChanges>(after_.values[column]).text = to_text(*parsed);
  return true;
}

}  // namespace understudy::replication
