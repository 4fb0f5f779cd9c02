#include "replication/query_status.h"

#include <fmt/format.h>

#include "replication/character_set.h"

namespace understudy::replication {
namespace {

// Source: MySQL, libs/mysql/binlog/event/statement_events.h; MariaDB, sql/log_event.h.
enum class Variable : std::uint8_t {
  Flags = 0,
  SqlMode = 1,
  Catalog = 2,
  AutoIncrement = 3,
  Charset = 4,
  TimeZone = 5,
  CatalogWithoutEnd = 6,
};

// Passes over a variable, or fails at one that is not known.
void pass(Variable variable, ByteReader& reader) {
  switch (variable) {
    case Variable::Flags:
    case Variable::AutoIncrement:
      reader.take(4);
      return;
    case Variable::Catalog:
      reader.take(reader.u8() + std::size_t{1});
      return;
    case Variable::TimeZone:
    case Variable::CatalogWithoutEnd:
      reader.take(reader.u8());
      return;
    default:
      reader.fail();
  }
}

}  // namespace

void read_query_status(ByteView status, QueryEvent& query) {
  constexpr std::size_t kOtherCollations = 4;  // of the connection and the server
  ByteReader reader(status);
  while (reader.remaining() > 0) {
    const auto variable = static_cast<Variable>(reader.u8());
    if (variable == Variable::SqlMode) {
      const std::uint64_t mode = reader.u64();
      if (!reader.failed()) query.sql_mode = mode;
    } else if (variable == Variable::Charset) {
      const std::uint16_t collation = reader.u16();
      if (!reader.failed()) query.client_collation = collation;
      reader.take(kOtherCollations);
    } else {
      pass(variable, reader);
    }
  }
}

sql::Modes modes_of(const QueryEvent& query) {
  const CharacterSet set = character_set_of(query.client_collation.value_or(0));
  return sql::modes_of(fmt::format("{}", query.sql_mode.value_or(0)), name_of(set));
}

}  // namespace understudy::replication
