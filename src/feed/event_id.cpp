#include "feed/event_id.h"

#include <fmt/format.h>

#include <charconv>

namespace understudy::feed {
namespace {

Error wrong(std::string_view text) {
  return make_error(ErrorKind::Invalid,
                    fmt::format("\"{}\" is no event's id; write what an event had as its id, or a "
                                "GTID position such as 0-1-123",
                                text.substr(0, 100)));
}

}  // namespace

std::string to_string(const EventId& id) {
  std::string text = replication::to_string(id.after);
  if (id.rows != 0) {
    text += fmt::format("~{}:{}", replication::to_string(id.gtid), id.rows);
  }
  return text;
}

Result<EventId> parse_event_id(std::string_view text) {
  EventId id;
  const std::size_t mark = text.find('~');
  Result<replication::Position> after = replication::Position::parse(text.substr(0, mark));
  if (!after) return wrong(text);
  id.after = std::move(after).value();
  if (mark == std::string_view::npos) return id;

  const std::string_view partial = text.substr(mark + 1);
  const std::size_t colon = partial.rfind(':');
  if (colon == std::string_view::npos) return wrong(text);
  Result<replication::TransactionId> gtid =
      replication::parse_transaction_id(partial.substr(0, colon));
  if (!gtid) return wrong(text);
  id.gtid = std::move(gtid).value();
  const std::string_view rows = partial.substr(colon + 1);
  const auto [end, error] = std::from_chars(rows.data(), rows.data() + rows.size(), id.rows);
  if (error != std::errc{} || end != rows.data() + rows.size() || id.rows == 0) return wrong(text);
  return id;
}

}  // namespace understudy::feed
