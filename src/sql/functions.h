#pragma once

#include <cstdint>
#include <string_view>

namespace understudy::sql {

// What a call of a built-in function means for the route of its statement.
enum class FunctionKind : std::uint8_t {
  Unknown,        // stored, loadable, or not listed: may do anything
  Pure,           // the same on every server that has the same data (or random, or the time)
  PureAdjacent,   // likewise, but with a space before the ( the name is a stored function's
  SessionResult,  // tells of the session's last statement
  TakesLock,      // GET_LOCK
  ReleasesLock,   // RELEASE_LOCK, RELEASE_ALL_LOCKS
  Sequence,       // NEXTVAL, SETVAL, LASTVAL
  OfServer,       // differs by server or connection
};

// `name` in any case, without schema or quotes. Only functions that MariaDB 10.11 has built in are
// listed (its information_schema.SQL_FUNCTIONS and grammar): those shadow stored functions.
FunctionKind function_kind(std::string_view name);

// Why a call of a pure function may give another value later, or to another session with the same
// schema and variables, over the same rows (static, for people); empty if it does not.
std::string_view variation(std::string_view name);

inline constexpr std::string_view kVariesByTime = "depends on the time";
inline constexpr std::string_view kVariesByAccount = "depends on who asks";
// MariaDB converts a TIME to a DATETIME of the present day wherever one meets the other (measured
// on 10.11: DATE(SEC_TO_TIME(10)) is today), and no text tells where that happens.
inline constexpr std::string_view kVariesByDay =
    "has a time of day, which may become one of the present day";

}  // namespace understudy::sql
