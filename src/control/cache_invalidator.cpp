#include "control/cache_invalidator.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>

#include "cache/marks.h"
#include "protocol/constants.h"
#include "replication/transaction_form.h"
#include "sql/lexer.h"

namespace understudy::control {
namespace {

using replication::RowChange;
using replication::RowsEvent;

// A transaction that changes more rows than this invalidates the rest of its tables as a whole.
constexpr std::uint64_t kRowsMax = 65536;

// The server's own tables: who may read what is among them.
constexpr std::string_view kServerSchema = "mysql";

// The words with which a statement begins, in lower case.
std::array<std::string, 3> first_words(std::string_view text) {
  std::array<std::string, 3> words;
  sql::Lexer lexer(text, {});
  for (std::string& word : words) {
    const sql::Token token = lexer.next();
    if (token.kind != sql::TokenKind::Word) break;
    word = token.text;
    std::ranges::transform(word, word.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
  }
  return words;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// Statements in the log that change nothing by themselves.
bool changes_nothing(const std::array<std::string, 3>& words) {
  if (is_one_of(words[0], {"begin", "commit", "rollback", "savepoint", "release", "start"}))
    return true;
  return is_one_of(words[0], {"create", "drop"}) &&
         (words[1] == "temporary" || words[2] == "temporary");
}

// Those that change data, or who may read it, but not what tables are.
bool keeps_definitions(const std::array<std::string, 3>& words) {
  if (is_one_of(words[0], {"insert", "update", "delete", "replace", "load", "truncate", "analyze",
                           "optimize", "flush", "grant", "revoke", "set", "xa", "call"}))
    return true;
  return is_one_of(words[0], {"create", "drop", "alter", "rename"}) &&
         (is_one_of(words[1], {"user", "role"}) || is_one_of(words[2], {"user", "role"}));
}

// How many bytes a column of whole numbers takes; 0 for another.
std::size_t integer_width(std::uint8_t type) {
  switch (static_cast<protocol::ColumnType>(type)) {
    case protocol::ColumnType::Tiny:
      return 1;
    case protocol::ColumnType::Short:
      return 2;
    case protocol::ColumnType::Int24:
      return 3;
    case protocol::ColumnType::Long:
      return 4;
    case protocol::ColumnType::LongLong:
      return 8;
    default:
      return 0;
  }
}

// The value in 64 bits, as the mark of its row has it. The log does not always know whether a
// column is UNSIGNED; what it holds is the same.
std::uint64_t key_bits(std::uint64_t value, std::size_t width, bool is_unsigned) {
  const auto unused = static_cast<int>(64 - 8 * width);
  const std::uint64_t high = value << unused;
  if (is_unsigned) return high >> unused;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(high) >> unused);
}

const std::uint64_t* bits_of(const replication::ColumnValue& value, std::uint64_t& room) {
  if (const auto* is_unsigned = std::get_if<std::uint64_t>(&value)) {
    room = *is_unsigned;
  } else if (const auto* is_signed = std::get_if<std::int64_t>(&value)) {
    room = static_cast<std::uint64_t>(*is_signed);
  } else {
    return nullptr;
  }
  return &room;
}

}  // namespace

void Cascades::add(Table parent, Table child) {
  children_[std::move(parent)].push_back(std::move(child));
}

std::vector<Cascades::Table> Cascades::reached_from(const Table& parent) const {
  std::vector<Table> reached;
  std::vector<Table> open{parent};
  while (!open.empty()) {
    const Table table = std::move(open.back());
    open.pop_back();
    const auto children = children_.find(table);
    if (children == children_.end()) continue;
    for (const Table& child : children->second) {
      if (std::ranges::find(reached, child) != reached.end()) continue;
      reached.push_back(child);
      open.push_back(child);
    }
  }
  return reached;
}

CacheInvalidator::Definitions CacheInvalidator::take(const replication::BinlogEvent& event,
                                                     std::uint64_t number) {
  note_place(event);
  if (replication::begun_by(event)) {
    rows_ = 0;
  } else if (const auto* query = std::get_if<replication::QueryEvent>(&event.body)) {
    return take_query(*query, number);
  } else if (const auto* rows = std::get_if<RowsEvent>(&event.body)) {
    take_rows(*rows, number);
  } else if (std::holds_alternative<replication::IncidentEvent>(event.body)) {
    marks_.touch_everything(number);  // what is missing is not known
  }
  return Definitions::Kept;
}

// Offsets have 32 bits: one that does not grow has gone round, and is taken for the end of all.
void CacheInvalidator::note_place(const replication::BinlogEvent& event) {
  if (const auto* rotate = std::get_if<replication::RotateEvent>(&event.body)) {
    const std::string_view file = rotate->file;
    const std::string_view digits = file.substr(file.find_last_of('.') + 1);
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    end_ = {number, 0};
    return;
  }
  const std::uint64_t next = event.header.next_position;
  if (next == 0) return;  // the server has made it up
  end_.offset = next < end_.offset ? std::numeric_limits<std::uint64_t>::max() : next;
}

CacheInvalidator::Definitions CacheInvalidator::take_query(const replication::QueryEvent& event,
                                                           std::uint64_t number) {
  const auto words = first_words(event.text);
  if (changes_nothing(words)) return Definitions::Kept;
  // A statement says nothing of what its triggers and functions do: in doubt it is all.
  marks_.touch_everything(number);
  return keeps_definitions(words) ? Definitions::Kept : Definitions::Changed;
}

void CacheInvalidator::take_rows(const RowsEvent& event, std::uint64_t number) {
  if (!event.table) return;
  const replication::TableFormat& table = *event.table;
  if (table.schema == kServerSchema) return marks_.touch_everything(number);
  if (!cascades_.empty() && event.change != RowChange::Written) {
    for (const auto& [schema, name] : cascades_.reached_from({table.schema, table.name}))
      touch_table(schema, name, number);
  }
  const backend::TableFactsPtr facts = tables_.peek(table.schema, table.name);
  if (rows_ > kRowsMax || !facts || facts->key.empty() || !touch_keys(event, *facts, number))
    touch_table(table.schema, table.name, number);
}

void CacheInvalidator::touch_table(std::string_view schema, std::string_view table,
                                   std::uint64_t number) {
  marks_.touch(cache::rows_of(schema, table), number);
  marks_.touch(cache::whole_table(schema, table), number);
}

// False if the rows or their keys cannot be read.
bool CacheInvalidator::touch_keys(const RowsEvent& event, const backend::TableFacts& facts,
                                  std::uint64_t number) {
  const auto& columns = event.table->columns;
  if (facts.column_count != columns.size()) return false;
  key_columns_.clear();
  for (const backend::TableFacts::KeyColumn& part : facts.key) {
    if (integer_width(columns[part.index].type) == 0) return false;
    key_columns_.push_back(static_cast<std::uint32_t>(part.index));
  }
  if (!rows_reader_.start(event, nullptr, key_columns_).ok()) return false;
  const cache::Mark rows = cache::rows_of(event.table->schema, event.table->name);
  key_.resize(facts.key.size());
  // An image may leave a column out that it has in common with the one before it.
  const auto touch = [&](const std::vector<replication::ColumnValue>& image, bool complete) {
    if (image.empty()) return true;
    for (std::size_t i = 0; i < facts.key.size(); ++i) {
      const std::size_t index = facts.key[i].index;
      std::uint64_t room = 0;
      const std::uint64_t* const bits = bits_of(image[index], room);
      if (bits != nullptr)
        key_[i] = key_bits(*bits, integer_width(columns[index].type), facts.key[i].is_unsigned);
      else if (complete || !std::holds_alternative<replication::Absent>(image[index]))
        return false;
    }
    marks_.touch(cache::row_of(rows, key_), number);
    return true;
  };
  for (;;) {
    const Result<bool> more = rows_reader_.next();
    if (!more.ok()) return false;
    if (!*more) break;
    ++rows_;
    const bool updated = event.change == RowChange::Updated;
    if (!touch(rows_reader_.before(), true) || !touch(rows_reader_.after(), !updated)) return false;
  }
  marks_.touch(rows, number);
  return true;
}

}  // namespace understudy::control
