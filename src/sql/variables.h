#pragma once

#include <cstdint>
#include <string_view>

namespace understudy::sql {

// What a system variable means for routing.
enum class VariableKind : std::uint8_t {
  Other,    // reading it is for the primary; setting it is an ordinary session change
  Session,  // of the session: the same wherever the session's state was brought
  Autocommit,
  Transaction,      // @@x of the next transaction: isolation and access mode
  SessionResult,    // of the last statement: warning_count, error_count
  ResultUnmovable,  // likewise, and setting it is not reported: last_insert_id, identity
  Schema,           // session_track_schema: harmless to set
  Tracking,         // what the server reports
  Unmovable,  // changes what the connection writes or generates, in ways that are not reported
};

// `name` without @@ and scope, in any case.
VariableKind variable_kind(std::string_view name);

// As text of a token `@@…`: splits off `global.`, `session.`, `local.`, `persist.`,
// `persist_only.`.
enum class VariableScope : std::uint8_t { None, Session, Global };
struct ScopedVariable {
  VariableScope scope = VariableScope::None;
  std::string_view name;
};
ScopedVariable split_scope(std::string_view text);

}  // namespace understudy::sql
