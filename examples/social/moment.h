#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <understudy/value.h>

namespace social {

// A place in a list that is ordered by time, newest first: what is older follows.
struct Cursor {
  understudy::DateTime created;
  std::uint64_t id = 0;
};

// Before everything.
Cursor newest();
// "2026-11-26 20:15:03.123456,42", and back; throws std::invalid_argument for another text.
std::string to_text(const Cursor& cursor);
Cursor to_cursor(std::string_view text);

// "2026-11-26 20:15:03.123456"
std::string to_text(const understudy::DateTime& moment);
// Now in UTC by this machine's clock, `back` seconds ago, on a full `step` of seconds: those who
// ask within a step ask the same, and one answer serves them all.
understudy::DateTime rounded_now(std::int64_t step, std::int64_t back = 0);

}  // namespace social
