// Any bytes are a query of GET /api/changes, a filter, an event's id and a statement to the change
// feed. What is written again reads as the same.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "feed/json_text.h"
#include "feed/request.h"
#include "feed/statement_effect.h"

namespace {

using namespace understudy;
using namespace understudy::feed;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

void check_id(std::string_view text) {
  const Result<EventId> id = parse_event_id(text);
  if (!id.ok()) return;
  const Result<EventId> again = parse_event_id(to_string(*id));
  require(again.ok() && *again == *id, "an id reads as it is written");
}

void check_filter(std::string_view text) {
  const Result<Filter> filter = parse_filter(text);
  if (!filter.ok()) return;
  const replication::ColumnValue values[] = {
      replication::SqlNull{},          std::int64_t{5},   0.5,
      replication::DecimalText{"1.5"}, std::string(text), replication::CivilTime{},
      replication::TimeSpan{1, 6}};
  for (const Comparison& comparison : *filter) {
    for (const replication::ColumnValue& value : values)
      static_cast<void>(holds(comparison, value));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_id(text);
  check_filter(text);
  const Result<Request> request = parse_request(text, {});
  if (request.ok()) {
    require(!request->selection.tables.empty(), "a request names a table");
    static_cast<void>(to_string(request->selection));
  }
  const TableId wanted[] = {{"a", "b"}};
  static_cast<void>(effect_of(text, "a", wanted));

  std::string json;
  append_json_string(json, text);
  require(json.find('\n') == std::string::npos, "a text is one line");
  return 0;
}
