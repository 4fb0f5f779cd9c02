#include "event.h"

#include <algorithm>
#include <stdexcept>

namespace analytics {
namespace {

constexpr std::uint64_t kUserMax = (std::uint64_t{1} << 53) - 1;  // what JavaScript can count to
constexpr std::size_t kTypeBytesMax = 40;
constexpr std::size_t kMetadataBytesMax = 1000;
// Older ones would change charts that people have seen; clocks of other machines differ a little.
constexpr std::chrono::hours kLate{24};
constexpr std::chrono::minutes kEarly{1};

bool may_be_in_type(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

std::uint64_t user_of(const Json& from) {
  const auto found = from.find("user");
  if (found == from.end() || !found->is_number_unsigned() || found->get<std::uint64_t>() == 0 ||
      found->get<std::uint64_t>() > kUserMax)
    throw std::invalid_argument("user has to be a whole number from 1 to 2^53 - 1");
  return found->get<std::uint64_t>();
}

std::string type_of(const Json& from) {
  const auto found = from.find("type");
  if (found != from.end() && found->is_string()) {
    auto type = found->get<std::string>();
    if (!type.empty() && type.size() <= kTypeBytesMax && std::ranges::all_of(type, may_be_in_type))
      return type;
  }
  throw std::invalid_argument("type has to be 1 to 40 of the characters a-z 0-9 _ . -");
}

std::string metadata_of(const Json& from) {
  const auto found = from.find("metadata");
  if (found == from.end()) return "{}";
  if (found->is_object()) {
    std::string metadata = found->dump();
    if (metadata.size() <= kMetadataBytesMax) return metadata;
  }
  throw std::invalid_argument("metadata has to be a JSON object of at most 1000 bytes");
}

TimePoint time_of(const Json& from, TimePoint present) {
  const auto found = from.find("time");
  if (found == from.end()) return present;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() <= kUserMax) {
    const TimePoint time{Milliseconds(found->get<std::int64_t>())};
    if (time >= present - kLate && time <= present + kEarly) return time;
  }
  throw std::invalid_argument(
      "time has to be milliseconds since 1970, of the last 24 hours, in whole numbers");
}

}  // namespace

Event event_from_json(const Json& from, TimePoint present) {
  if (!from.is_object()) throw std::invalid_argument("an event has to be a JSON object");
  return {user_of(from), type_of(from), metadata_of(from), time_of(from, present)};
}

std::vector<Event> events_from_json(const Json& from, TimePoint present) {
  if (!from.is_array()) return {event_from_json(from, present)};
  std::vector<Event> events;
  for (const Json& each : from)
    events.push_back(event_from_json(each, present));
  return events;
}

}  // namespace analytics
