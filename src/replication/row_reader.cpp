#include "replication/row_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "replication/bitmap.h"

namespace understudy::replication {
Error RowReader::bad_row(std::string_view what) const {
  return make_error(ErrorKind::Malformed, fmt::format("malformed row of table {}.{}: {}",
                                                      table_->schema, table_->name, what));
}

Error RowReader::bad_value(std::uint32_t column) const {
  const ColumnFormat& format = table_->columns[column];
  return bad_row(fmt::format("column {} ({}) of type {} holds none of its values", column + 1,
                             format.name, format.type));
}

Result<void> RowReader::start(const RowsEvent& event,
                              const std::shared_ptr<const TableFormat>& table,
                              std::span<const std::uint32_t> only) {
  rest_ = ByteReader(ByteView{});
  if (!event.table) return {};  // no rows
  if (table && table->columns.size() != event.table->columns.size()) {
    return make_error(
        ErrorKind::Invalid,
        fmt::format("table {}.{} is logged with {} columns, not {}", event.table->schema,
                    event.table->name, event.table->columns.size(), table->columns.size()));
  }
  if (Result<void> done = prepare_table(table ? table : event.table, only); !done) {
    return done;
  }
  partial_ = event.partial;
  const bool has_before = event.change != RowChange::Written;
  const bool has_after = event.change != RowChange::Deleted;
  if (Result<void> done = prepare_image(before_, has_before, event.columns_before); !done) {
    return done;
  }
  if (Result<void> done = prepare_image(after_, has_after, event.columns_after); !done) return done;
  rest_ = ByteReader(event.images);
  return {};
}

Result<void> RowReader::prepare_table(const std::shared_ptr<const TableFormat>& table,
                                      std::span<const std::uint32_t> only) {
  if (table_ == table && std::ranges::equal(only_, only)) return {};
  table_ = table;
  only_.assign(only.begin(), only.end());
  before_ = {};
  after_ = {};
  wanted_.assign(table_->columns.size(), only.empty());
  decoders_.clear();
  for (const ColumnFormat& column : table_->columns)
    decoders_.emplace_back(column);
  for (const std::uint32_t column : only) {
    if (column >= wanted_.size()) {
      table_ = nullptr;
      return make_error(ErrorKind::Invalid, "a column that the table has not got");
    }
    wanted_[column] = true;
  }
  return {};
}

Result<void> RowReader::prepare_image(Image& image, bool used, ByteView present) {
  image.used = used;
  if (!used) return {};
  const std::size_t columns = table_->columns.size();
  if (present.size() != bitmap_size(columns)) return bad_row("its columns");
  if (image.prepared && std::ranges::equal(image.present, present)) return {};
  image.prepared = false;
  image.present.assign(present.begin(), present.end());
  image.steps.clear();
  image.values.assign(columns, ColumnValue());
  for (std::uint32_t i = 0; i < columns; ++i) {
    if (!bit_at(present, i)) continue;
    const std::optional<ValueLayout>& layout = decoders_[i].layout();
    if (!layout) {
      return make_error(ErrorKind::Unsupported,
                        fmt::format("column {} of table {}.{} has a type that is not decoded ({})",
                                    i + 1, table_->schema, table_->name, table_->columns[i].type));
    }
    image.steps.push_back({i, wanted_[i], *layout, 0, 0});
  }
  find_runs(image.steps);
  image.prepared = true;
  return {};
}

// Where no value of a row is NULL, neighbours of known size that nobody wants are skipped at once.
void RowReader::find_runs(std::vector<Step>& steps) {
  for (std::size_t i = steps.size(); i-- > 0;) {
    Step& step = steps[i];
    if (step.wanted || step.layout.prefix != 0) continue;
    step.run = step.layout.fixed;
    step.run_steps = 1;
    if (i + 1 < steps.size() && steps[i + 1].run_steps > 0) {
      step.run += steps[i + 1].run;
      step.run_steps += steps[i + 1].run_steps;
    }
  }
}

Result<bool> RowReader::next() {
  if (rest_.remaining() == 0) return false;
  const std::size_t before = rest_.remaining();
  if (before_.used) {
    if (Result<void> read = read_image(before_); !read) return read.error();
  }
  if (after_.used) {
    Result<void> read = partial_ ? read_partial_image() : read_image(after_);
    if (!read) return read.error();
  }
  // Only images without any column take no bytes, and then nothing says how many there are.
  if (rest_.remaining() == before) return bad_row("it has no columns");
  return true;
}

Result<void> RowReader::read_image(Image& image) {
  const ByteView nulls = rest_.take(bitmap_size(image.steps.size()));
  if (rest_.failed()) return bad_row("it is too short");
  const bool any_null = std::ranges::any_of(nulls, [](std::uint8_t byte) { return byte != 0; });
  for (std::size_t i = 0; i < image.steps.size() && !rest_.failed(); ++i) {
    const Step& step = image.steps[i];
    if (!any_null && step.run_steps > 0) {
      rest_.take(step.run);
      i += step.run_steps - 1;
      continue;
    }
    if (any_null && bit_at(nulls, i)) {
      if (step.wanted) image.values[step.column] = SqlNull{};
      continue;
    }
    const ByteView value = take_value(step.layout, rest_);
    if (!step.wanted || rest_.failed()) continue;
    if (!decoders_[step.column].decode(value, image.values[step.column])) {
      return bad_value(step.column);
    }
  }
  if (rest_.failed()) return bad_row("it is too short");
  return {};
}

}  // namespace understudy::replication
