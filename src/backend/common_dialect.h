#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/dialect.h"

namespace understudy::backend {

// 'text', for statements; and `name`.
std::string quoted(std::string_view text);
std::string quoted_name(std::string_view name);

double to_seconds(Duration duration);

// What has to be set for a server to report every change of a session.
inline constexpr std::string_view kTracking =
    "session_track_system_variables='*', session_track_schema=ON, session_track_state_change=ON, "
    "session_track_transaction_info='CHARACTERISTICS'";

// Before a SET GLOBAL read_only, which would wait for locks and commits for as long as they last,
// even when we have gone.
std::string bounded_lock_wait(Duration timeout);

// Whether a row has this value in the column, or another one; a missing column counts as another.
bool any_is(const TextResult& result, std::string_view column, std::string_view value);
bool any_but(const TextResult& result, std::string_view column, std::string_view value);

// What both flavours say in the same words.
class CommonDialect : public Dialect {
 public:
  // Both wait functions select 0 for a position that is applied.
  [[nodiscard]] bool wait_succeeded(std::string_view value) const override { return value == "0"; }
  [[nodiscard]] bool without_filters(const TextResult& log_filters) const override;
  [[nodiscard]] std::string own_grants() const override { return "SHOW GRANTS"; }
  [[nodiscard]] std::string cascades() const override;
  [[nodiscard]] std::string table_facts(std::string_view schema,
                                        std::string_view table) const override;
  [[nodiscard]] std::string columns(std::string_view schema, std::string_view table) const override;
  [[nodiscard]] Result<NumberedColumn> numbered_column(const TextResult& columns,
                                                       std::size_t column_count) const override;
  [[nodiscard]] std::string kill(std::string_view connection) const override;
};

}  // namespace understudy::backend
