#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"
#include "base/time.h"

namespace understudy::backend {

// How many statements all connections of all workers have prepared on one server. Thread-safe.
struct PreparedCount {
  // Servers grant max_prepared_stmt_count to all their clients together, 16382 unless told
  // otherwise: some are left for those who come past us.
  static constexpr std::int64_t kMax = 12'000;
  std::atomic<std::int64_t> count{0};
};

// The statements prepared on one connection, by text and what else a server reads them by
// (SessionState::append_preparing()); the one not used for longest goes when there
// are too many on it or on its server. One thread at a time.
class PreparedCache {
 public:
  static constexpr std::size_t kStatementsMax = 256;

  explicit PreparedCache(std::shared_ptr<PreparedCount> of_server)
      : of_server_(std::move(of_server)) {}
  ~PreparedCache();
  PreparedCache(const PreparedCache&) = delete;
  PreparedCache& operator=(const PreparedCache&) = delete;

  // The server's id of this statement, which is used now.
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view text, Instant now);

  // Remembers that the server prepared `text` under `server_id`. Appends to `out` the
  // COM_STMT_CLOSE packets of what is no longer needed: an older id of the same text, or the one
  // not used for longest.
  void add(std::string_view text, std::uint32_t server_id, Instant now, Bytes& out);

  // Appends the COM_STMT_CLOSE packets of those that were not used since `oldest`, and forgets
  // them.
  void close_unused(Instant oldest, Bytes& out);

  [[nodiscard]] std::size_t size() const { return by_text_.size(); }

 private:
  struct Entry {
    std::string text;
    std::uint32_t server_id;
    Instant used;
  };
  void close_last(Bytes& out);

  const std::shared_ptr<PreparedCount> of_server_;
  std::list<Entry> entries_;  // used last, first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_;
};

}  // namespace understudy::backend
